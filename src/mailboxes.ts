import type { Clock } from './lib/clock.ts';
import type { Instant } from './lib/time.ts';
import type { MailboxWatcher } from './probe/ports.ts';
import type { Probe } from './probe/probe.ts';
import type { WaysIn } from './probe/ways-in.ts';

/** The mailboxes of all systems, by system and name: who watches them, and whether they can be looked into. */
export interface Mailboxes {
  add(system: string, mailbox: string, watcher: MailboxWatcher): void;
  start(): void;
  stop(): Promise<void>;
  /** Look often from now on: this probe is under way to its mailbox. */
  expect(probe: Probe): void;
  /** It has ended. */
  forget(probe: Probe): void;
  isWatched(probe: Probe): boolean;
  canLook(probe: Probe): boolean;
  told(system: string, mailbox: string, state: 'up' | 'down'): void;
  /** See MailboxWatcher. */
  lookedUntil(system: string, mailbox: string): Instant | null;
  /** Its watcher tried to look and could not. */
  lookFailed(system: string, mailbox: string): void;
  /** So many letters of ours are there that could not be deleted. */
  left(system: string, mailbox: string, letters: number): void;
  ownMailOf(system: string, mailbox: string | null): number;
}

export function createMailboxes(parts: {
  readonly clock: Pick<Clock, 'now'>;
  readonly waysIn: Pick<WaysIn, 'closedUntil'>;
}): Mailboxes {
  const { clock, waysIn } = parts;
  const watchers = new Map<string, MailboxWatcher>();
  const looks = new Map<string, 'up' | 'down'>();
  const ownMail = new Map<string, number>();
  const keyOf = (system: string, mailbox: string | null): string => `${system}/${mailbox}`;
  const watcherOf = (probe: Probe): MailboxWatcher | undefined => watchers.get(keyOf(probe.system, probe.mailbox));

  return {
    add: (system, mailbox, watcher) => void watchers.set(keyOf(system, mailbox), watcher),
    start: () => watchers.forEach((watcher) => watcher.start()),
    stop: async () => void (await Promise.all([...watchers.values()].map((watcher) => watcher.stop()))),
    expect: (probe) => watcherOf(probe)?.expect(probe),
    forget: (probe) => watcherOf(probe)?.forget(probe.id),
    isWatched: (probe) => watcherOf(probe) !== undefined,
    canLook: ({ system, mailbox }) => looks.get(keyOf(system, mailbox)) === 'up',
    told: (system, mailbox, state) => void looks.set(keyOf(system, mailbox), state),
    lookedUntil: (system, mailbox) => watchers.get(keyOf(system, mailbox))?.lookedUntil() ?? null,
    lookFailed(system, mailbox) {
      // While no way in worked through the system's fault, nobody could see what is under way: the bound moves on.
      const until: Instant | null = waysIn.closedUntil(system, mailbox, clock.now());
      if (until !== null) watchers.get(keyOf(system, mailbox))?.unreachableUntil(until);
    },
    left: (system, mailbox, letters) => void ownMail.set(keyOf(system, mailbox), letters),
    ownMailOf: (system, mailbox) => ownMail.get(keyOf(system, mailbox)) ?? 0,
  };
}
