import type { MailboxSettings, SystemSettings } from '../config/settings.ts';
import type { MailboxWatcher } from '../probe/ports.ts';
import type { Turns } from '../probe/turns.ts';
import { createMailboxWatcher, type MailboxWatcherOptions } from './mailbox.ts';
import { createPop3Watcher } from './pop3.ts';

export interface WatcherOptions extends Omit<
  MailboxWatcherOptions,
  'system' | 'imap' | 'gapMs' | 'refused_login_wait' | 'random'
> {
  readonly system: SystemSettings;
  readonly turns: Turns;
  readonly random?: () => number;
}

/** Each kind of watching, with the part of the system's configuration that it needs. */
const KINDS: Readonly<
  Record<MailboxSettings['watch'], (options: MailboxWatcherCommon, system: SystemSettings) => MailboxWatcher>
> = {
  imap: (options, { name, imap }) => createMailboxWatcher({ ...options, imap: present(imap, name, 'imap') }),
  pop3: (options, { name, pop3 }) => createPop3Watcher({ ...options, pop3: present(pop3, name, 'pop3') }),
};

type MailboxWatcherCommon = Omit<MailboxWatcherOptions, 'imap'> & { readonly turns: Turns };

/** The watcher of one mailbox, of the kind that its configuration says. */
export function createWatcher({ system, random = Math.random, ...options }: WatcherOptions): MailboxWatcher {
  const { name, mailbox_gap: gapMs, refused_login_wait } = system;
  return KINDS[options.mailbox.watch]({ ...options, system: name, gapMs, refused_login_wait, random }, system);
}

/** Loading refuses a mailbox whose way in is missing, so that this is a bug. */
function present<T>(endpoint: T | undefined, system: string, kind: string): T {
  if (endpoint === undefined) throw new Error(`system "${system}" has no ${kind}, but a mailbox is watched over it`);
  return endpoint;
}
