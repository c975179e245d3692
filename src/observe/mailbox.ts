import type { EndpointSettings, MailboxSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { SECOND, type Instant, type Ms } from '../lib/time.ts';
import type { Resolver } from '../net/resolve.ts';
import { loginAt, type AuthPacing } from '../probe/auth-pacing.ts';
import type { MailboxWatcher, Observer, Watermarks } from '../probe/ports.ts';
import type { Failure } from '../probe/visit.ts';
import { createExpectations } from './expectations.ts';
import { createImapFolder, type ImapFolder } from './imap-folder.ts';
import { openImapSession } from './imap-session.ts';
import { watchOver } from './imap-watch.ts';
import type { Place, TokenReader } from './own-mail.ts';
import { SLOW_GAP_MS } from './pace.ts';
import { createVigil } from './vigil.ts';

export interface MailboxWatcherOptions {
  /** Name of the mail system. */
  readonly system: string;
  readonly mailbox: MailboxSettings;
  readonly imap: EndpointSettings;
  /** Shortest gap between two questions. */
  readonly gapMs: Ms;
  readonly tokens: TokenReader;
  readonly watermarks: Watermarks;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Shared with all who log in; its own back-off aside, the watcher keeps to it. */
  readonly logins: AuthPacing;
  /** Of the system, see AuthPacing. */
  readonly refused_login_wait: Ms;
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
  /** See Place. Default: no other watcher does. */
  readonly isShared?: Place['isShared'] | undefined;
  /** Each attempt to look that failed, with its beginning, for whoever can tell whose fault it was (see `unreachableUntil`). */
  readonly onFailedLook?: ((failure: Failure, attemptedAt: Instant) => void) | undefined;
  /** Each IMAP command, for measurements. */
  readonly onCommand?: ((name: string) => void) | undefined;
  /** Wait for one answer; with `slowGapMs` it notices a silent connection. Default 15 s. */
  readonly limitMs?: Ms | undefined;
  /** Gap between two questions while nothing young is under way. Default 10 s. */
  readonly slowGapMs?: Ms | undefined;
}

const LIMIT_MS: Ms = 15 * SECOND;

/** Watches a mailbox over IMAP: one connection, kept up with back-off, for any number of routes. */
export function createMailboxWatcher(options: MailboxWatcherOptions): MailboxWatcher {
  const { mailbox, clock, observer, limitMs = LIMIT_MS, slowGapMs = SLOW_GAP_MS } = options;
  const expectations = createExpectations(clock);
  const folders = new Map<string, ImapFolder>();
  /** All of its folders are known. */
  let wasReady = false;

  const vigil = createVigil({
    ...options,
    mailbox: mailbox.name,
    login: loginAt(options.imap, mailbox.user, options),
    async attempt(signal, ready) {
      const session = await openImapSession({
        ...options,
        limitMs,
        signal,
        onCount(path, count, before) {
          // The clock is read here, as the untagged EXISTS comes in.
          folders.get(path)?.view.counted(before + 1, count, clock.now());
          vigil.wake();
        },
        onExpunge: (path, seq) => folders.get(path)?.view.expunged(seq),
      });
      try {
        await watchOver(session, {
          ...options,
          folder,
          junkName: mailbox.junk,
          expectations,
          slowGapMs,
          vigil,
          ready() {
            wasReady = true;
            ready();
          },
          tidied: ({ deleted, words }) => observer.upkeep(mailbox.name, deleted, left(), words),
        });
        await session.logout();
      } finally {
        session.close();
        for (const { view } of folders.values()) view.closed();
      }
    },
  });

  function folder(path: string, junk: boolean): ImapFolder {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const made = createImapFolder(path, junk, {
      ...options,
      mailbox: mailbox.name,
      expectations,
      isShared: options.isShared ?? (() => false),
    });
    folders.set(path, made);
    return made;
  }

  function left(): number {
    let sum = 0;
    for (const { cleanUp } of folders.values()) sum += cleanUp.left;
    return sum;
  }

  return {
    start() {
      expectations.begin();
      vigil.start();
    },
    expect(probe) {
      expectations.expect(probe);
      vigil.wake();
    },
    forget: (probeId) => expectations.drop(probeId),
    unreachableUntil(at) {
      for (const { view } of folders.values()) view.unseenUntil(at);
    },
    lookedUntil() {
      const until = [...folders.values()].map(({ view }) => view.clearUntil);
      return !wasReady || until.includes(null) ? null : Math.min(...until.map((at) => at ?? Infinity));
    },
    async stop() {
      await vigil.stop();
      // Handed over, not waited for: the store writes what it can when it is closed, and a full disk must not keep us.
      for (const each of folders.values()) void each.save(true);
    },
  };
}
