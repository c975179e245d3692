import type { EndpointSettings } from '../config/settings.ts';
import { MINUTE, SECOND, type Instant, type Ms } from '../lib/time.ts';
import type { MailboxWatcher } from '../probe/ports.ts';
import { createExpectations } from './expectations.ts';
import type { MailboxWatcherOptions } from './mailbox.ts';
import { judgeLetter, readOwnReport } from './own-mail.ts';
import { askGap } from './pace.ts';
import { openPop3Session, type Pop3Session } from './pop3-session.ts';
import { createVigil } from './vigil.ts';

export interface Pop3WatcherOptions extends Omit<MailboxWatcherOptions, 'imap'> {
  readonly pop3: EndpointSettings;
}

const LIMIT_MS: Ms = 15 * SECOND;
/** A session is a login: never more than one a second, and one a minute when nothing is expected. */
const SHORTEST_GAP_MS: Ms = SECOND;
const SLOW_GAP_MS: Ms = MINUTE;
/** Letters that were there before and are looked into at the start: own ones that an earlier run could not delete. */
const NEWEST_AT_START = 1_000;
const REPORT_LINES = 2_000;

/**
 * Watches a mailbox over POP3, which has one folder and shows a session only what was there at its login: a new session
 * each time. A letter of ours is deleted in the session after the one that showed it, when it has long been written down.
 */
export function createPop3Watcher(options: Pop3WatcherOptions): MailboxWatcher {
  const { system, mailbox, tokens, clock, observer, limitMs = LIMIT_MS, slowGapMs = SLOW_GAP_MS } = options;
  const expectations = createExpectations(clock);
  /** Letters that need no look any more. */
  let known: Set<string> | null = null;
  const doomed = new Set<string>();
  let clearAt: Instant | null = null;
  let left = 0;

  async function look(signal: AbortSignal): Promise<void> {
    const session = await openPop3Session({ ...options, limitMs, signal });
    try {
      const letters = await session.list();
      const at = clock.now();
      const uids = [...letters.keys()];
      known ??= new Set(uids.slice(0, -NEWEST_AT_START));
      const gone = await deleteDoomed(session, letters);
      const present = new Set<string>();
      for (const [uid, number] of letters) {
        if (!known.has(uid)) await take(session, uid, number, at);
        present.add(uid);
      }
      known = present;
      clearAt = session.openedAt;
      await session.quit();
      for (const uid of gone) doomed.delete(uid);
      if (gone.length > 0) observer.upkeep(mailbox.name, gone.length, (left = 0));
    } finally {
      session.close();
    }
  }

  async function deleteDoomed(session: Pop3Session, letters: ReadonlyMap<string, number>): Promise<readonly string[]> {
    const gone: string[] = [];
    for (const uid of doomed) {
      const number = letters.get(uid);
      try {
        if (number !== undefined) await session.delete(number);
      } catch (error) {
        left = doomed.size;
        observer.upkeep(mailbox.name, 0, left, error instanceof Error ? error.message : undefined);
        throw error;
      }
      gone.push(uid);
    }
    return gone;
  }

  async function take(session: Pop3Session, uid: string, number: number, at: Instant): Promise<void> {
    const letter = judgeLetter(await session.top(number, 0), tokens);
    switch (letter.kind) {
      case 'foreign':
        return;
      case 'forgery':
        return observer.foreign('mailbox', letter.what);
      case 'report': {
        const report = readOwnReport(await session.top(number, REPORT_LINES), tokens, mailbox.name, at);
        if (report === null || report.probe.system !== system) return;
        doomed.add(uid);
        if (report.bounce !== undefined) observer.sighted(report.bounce);
        return;
      }
      case 'probe': {
        const { probe, headers } = letter;
        if (probe.system !== system) return;
        doomed.add(uid);
        expectations.drop(probe.id);
        const copyId = `${system}/${mailbox.name}/pop3/${uid}`;
        const place = { mailbox: mailbox.name, folder: 'INBOX', junk: false } as const;
        if (probe.kind !== 'outbound') {
          observer.sighted({ kind: 'visible', probeId: probe.id, at, unseenUntil: clearAt, ...place, copyId, headers });
        }
      }
    }
  }

  function gap(): Ms {
    const { youngestAt } = expectations;
    const floor = Math.max(options.gapMs, SHORTEST_GAP_MS);
    return youngestAt === null && doomed.size === 0
      ? Math.max(floor, slowGapMs)
      : askGap(clock.now() - (youngestAt ?? clock.now()), floor);
  }

  const vigil = createVigil({
    ...options,
    mailbox: mailbox.name,
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
    stop: () => vigil.stop(),
  };
}
