import type { EndpointSettings } from '../config/settings.ts';
import { MINUTE, SECOND, type Instant, type Ms } from '../lib/time.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { loginAt } from '../probe/auth-pacing.ts';
import { BEHIND_MS } from '../probe/behind.ts';
import type { MailboxWatcher } from '../probe/ports.ts';
import type { Turns } from '../probe/turns.ts';
import { afterRefusals } from './clean-up.ts';
import type { Arrival } from './folder-view.ts';
import { createExpectations } from './expectations.ts';
import type { MailboxWatcherOptions } from './mailbox.ts';
import { judgeLetter, judgePlace, readOwnReport, type LetterKind, type OwnReport, type Place } from './own-mail.ts';
import { askGap } from './pace.ts';
import { openPop3Session, type Pop3Session } from './pop3-session.ts';
import { createVigil } from './vigil.ts';

export interface Pop3WatcherOptions extends Omit<MailboxWatcherOptions, 'imap'> {
  readonly pop3: EndpointSettings;
  /** See CheckContext. */
  readonly turns: Turns;
}

const LIMIT_MS: Ms = 15 * SECOND;
/** A session is a login: never more than one a second, and one a minute when nothing is expected. */
const SHORTEST_GAP_MS: Ms = SECOND;
const SLOW_GAP_MS: Ms = MINUTE;
/** Letters that were there before and are looked into at the start: own ones that an earlier run could not delete. */
const NEWEST_AT_START = 1_000;
const REPORT_LINES = 2_000;
/** A session keeps others of us out of the mailbox: the rest is looked into, and deleted, in the next one. */
const MOST_A_SESSION = 50;
const LONGEST_SESSION_MS: Ms = 10 * SECOND;

/** What a letter is, as far as it concerns this system. */
type OwnLetter =
  | Extract<LetterKind, { kind: 'probe' | 'forgery' }>
  | { readonly kind: 'report'; readonly report: OwnReport };

/**
 * Watches a mailbox over POP3, which has one folder and shows a session only what was there at its login: a new session
 * each time. A letter of ours is deleted in the session after the one that showed it, when it has long been written down.
 */
export function createPop3Watcher(options: Pop3WatcherOptions): MailboxWatcher {
  const { system, mailbox, tokens, clock, observer, limitMs = LIMIT_MS, slowGapMs = SLOW_GAP_MS } = options;
  const expectations = createExpectations(clock);
  const place: Place = { system, mailbox: mailbox.name, isShared: options.isShared ?? (() => false) };
  /** Letters that need no look any more. */
  let known: Set<string> | null = null;
  /** Those that were shown and not looked into yet. */
  const unread = new Map<string, Arrival>();
  /** Each with when it was told. */
  const doomed = new Map<string, Instant>();
  let clearAt: Instant | null = null;
  /** Own letters that the server would not delete, the one to ask for first at the front. */
  const refused = new Set<string>();
  let refusals = 0;
  let retryAt: Instant = 0;

  async function look(signal: AbortSignal): Promise<void> {
    const endTurn = await options.turns.take(loginAt(options.pop3, mailbox.user, options), signal);
    try {
      await lookNow(signal);
    } finally {
      endTurn();
    }
  }

  async function lookNow(signal: AbortSignal): Promise<void> {
    const session = await openPop3Session({ ...options, limitMs, signal });
    try {
      const letters = await session.list();
      const at = clock.now();
      const before = refused.size;
      for (const uid of refused) if (!letters.has(uid)) refused.delete(uid);
      // Nothing goes before what it tells is written down, and what was refused goes after what was not: a refusal ends
      // the session.
      const told = [...doomed].flatMap(([uid, toldAt]) => (toldAt <= at - BEHIND_MS ? [uid] : []));
      const due = observer.ledgerIsBehind() ? [] : told.length > 0 || at < retryAt ? told : [...refused];
      const uids = [...letters.keys()];
      known ??= new Set(uids.slice(0, -NEWEST_AT_START));
      for (const uid of known) if (!letters.has(uid)) known.delete(uid);
      for (const uid of unread.keys()) if (!letters.has(uid)) unread.delete(uid);
      for (const uid of uids) if (!known.has(uid) && !unread.has(uid)) unread.set(uid, { at, unseenUntil: clearAt });
      clearAt = session.openedAt;
      const endsAt = at + LONGEST_SESSION_MS;
      for (const [uid, arrival] of [...unread].slice(0, MOST_A_SESSION)) {
        if (clock.now() >= endsAt) break;
        await take(session, uid, letters.get(uid) ?? 0, arrival);
        known.add(uid);
        unread.delete(uid);
      }
      // After all was seen: a letter that cannot be deleted must not hide the next one.
      const done: string[] = [];
      const gone = await deleteAll(session, due.slice(0, MOST_A_SESSION), letters, endsAt, done);
      if (gone === null) return;
      await session.quit();
      for (const uid of done) if (!doomed.delete(uid)) refused.delete(uid);
      if (done.length > 0) refusals = 0;
      if (gone > 0 || refused.size !== before) observer.upkeep(mailbox.name, gone, refused.size);
    } finally {
      session.close();
    }
  }

  /** How many go at QUIT, with those that were asked for in `done`; null when the server refused one, which ends the session and deletes none. */
  async function deleteAll(
    session: Pop3Session,
    due: readonly string[],
    letters: ReadonlyMap<string, number>,
    endsAt: Instant,
    done: string[],
  ): Promise<number | null> {
    let count = 0;
    for (const uid of due) {
      if (clock.now() >= endsAt) break;
      done.push(uid);
      const number = letters.get(uid);
      // Looked at once more: some servers number their letters anew at each login and call that a unique id.
      const letter = number === undefined ? null : await judge(session, number);
      if (number === undefined || letter === null || letter.kind === 'forgery') continue;
      try {
        await session.delete(number);
      } catch (error) {
        if (!(error instanceof DialogueError) || error.failure.cause !== 'refused') throw error;
        doomed.delete(uid);
        // At the back: one that never goes must not keep the others.
        refused.delete(uid);
        refused.add(uid);
        refusals += 1;
        retryAt = clock.now() + afterRefusals(refusals);
        observer.upkeep(mailbox.name, 0, refused.size, error.failure.words ?? error.failure.detail);
        return null;
      }
      count += 1;
    }
    return count;
  }

  /** What is ours to delete; null: none of ours. */
  async function judge(session: Pop3Session, number: number): Promise<OwnLetter | null> {
    const letter = judgeLetter(await session.top(number, 0), tokens);
    switch (letter.kind) {
      case 'foreign':
        return null;
      case 'forgery':
        return letter;
      case 'probe': {
        const found = judgePlace(letter.probe, place);
        if (found === 'here') return letter;
        return found === 'shared' ? null : { kind: 'forgery', what: found };
      }
      case 'report': {
        const report = readOwnReport(await session.top(number, REPORT_LINES), tokens, mailbox.name, clock.now());
        return report?.probe.system === system ? { kind: 'report', report } : null;
      }
    }
  }

  async function take(session: Pop3Session, uid: string, number: number, arrival: Arrival): Promise<void> {
    const letter = await judge(session, number);
    if (letter === null) return;
    if (letter.kind === 'forgery') return observer.foreign('mailbox', letter.what);
    doomed.set(uid, clock.now());
    if (letter.kind === 'report') {
      if (letter.report.bounce !== undefined) observer.sighted({ ...letter.report.bounce, at: arrival.at });
      return;
    }
    const { probe, headers, renamed } = letter;
    expectations.drop(probe.id);
    const copyId = `${system}/${mailbox.name}/pop3/${uid}`;
    const where = { mailbox: mailbox.name, folder: 'INBOX', junk: false, ...(renamed && { renamed: true }) } as const;
    if (probe.kind !== 'outbound') {
      observer.sighted({
        kind: 'visible',
        probeId: probe.id,
        signed: probe,
        ...arrival,
        ...where,
        copyId,
        headers,
      });
    }
  }

  function gap(): Ms {
    const { youngestAt } = expectations;
    const floor = Math.max(options.gapMs, SHORTEST_GAP_MS);
    if (unread.size > 0) return floor;
    return youngestAt === null && doomed.size === 0
      ? Math.max(floor, slowGapMs)
      : askGap(clock.now() - (youngestAt ?? clock.now()), floor);
  }

  const vigil = createVigil({
    ...options,
    mailbox: mailbox.name,
    login: loginAt(options.pop3, mailbox.user, options),
    async attempt(signal, ready) {
      let lookedAt = clock.now();
      for (;;) {
        lookedAt = clock.now();
        await look(signal);
        ready();
        if (!(await vigil.until(() => lookedAt + gap()))) return;
      }
    },
  });

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
      clearAt = clearAt === null ? at : Math.max(clearAt, at);
    },
    lookedUntil() {
      const until = Math.min(clearAt ?? -Infinity, ...[...unread.values()].map((it) => it.unseenUntil ?? -Infinity));
      return until === -Infinity ? null : until;
    },
    stop: () => vigil.stop(),
  };
}
