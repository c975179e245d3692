import { HOUR, SECOND, type Instant, type Ms } from '../lib/time.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { BEHIND_MS } from '../probe/behind.ts';
import type { ImapSession } from './imap-session.ts';

/** A letter of ours, proven by its token, that has been told and is to go. */
export interface Doomed {
  readonly probeId: string;
  readonly copyId: string;
}

export interface CleanUpResult {
  readonly deleted: number;
  /** Why they stay. */
  readonly words?: string;
}

/**
 * Own letters of one folder that are to be deleted, in batches: two commands for all of them. Nothing but UIDs that were
 * told here is ever named to the server, and none of them outlives its UIDVALIDITY.
 */
export interface CleanUp {
  readonly size: number;
  /** Own letters that stay because deleting them failed or is impossible here. */
  readonly left: number;
  /** First UID that is not gone yet, be it that deleting was refused: a restart must find it again. */
  readonly holdFrom: number | null;
  doom(uid: number, letter: Doomed, now: Instant): void;
  /** When the next batch is due; null while there is none. */
  readonly dueAt: Instant | null;
  /**
   * Deletes a batch of those that were doomed until `toldUntil` in the selected folder; null: none were. Throws only when the
   * connection is of no more use.
   */
  run(session: ImapSession, trash: string | null, now: Instant, toldUntil: Instant): Promise<CleanUpResult | null>;
  /** Those of ours that are only marked as deleted. */
  readonly flagged: ReadonlySet<number>;
  /** These are there still. */
  recount(flagged: readonly number[]): void;
  /** The folder could not be opened for a batch that was due: it is tried again later. */
  postpone(now: Instant): void;
  /** The UIDs mean other letters from now on. Returns what was not deleted. */
  forget(): readonly Doomed[];
}

const BATCH = 50;
const EVERY_MS: Ms = 5 * SECOND;
const MOST_KEPT = 10_000;

export function createCleanUp(): CleanUp {
  const doomed = new Map<number, Doomed & { readonly at: Instant }>();
  /** Beyond what is kept in memory: they stay, and nothing more can be done. */
  let stays = 0;
  let flagged = new Set<number>();
  let failures = 0;
  let dueAt: Instant | null = null;

  function postpone(now: Instant): void {
    failures += 1;
    dueAt = now + afterRefusals(failures);
  }

  return {
    get size() {
      return doomed.size;
    },
    get left() {
      return stays + flagged.size + (failures > 0 ? doomed.size : 0);
    },
    get holdFrom() {
      return doomed.size === 0 ? null : Math.min(...doomed.keys());
    },
    get dueAt() {
      return dueAt;
    },
    doom(uid, letter, now) {
      if (doomed.size >= MOST_KEPT) stays += 1;
      else doomed.set(uid, { ...letter, at: now });
      if (failures > 0) return;
      dueAt = Math.min(dueAt ?? Infinity, now + (doomed.size >= BATCH ? BEHIND_MS : EVERY_MS));
    },
    async run(session, trash, now, toldUntil) {
      const told = [...doomed].flatMap(([uid, { at }]) => (at <= toldUntil ? [uid] : []));
      const uids = told.slice(0, failures > 0 ? MOST_KEPT : BATCH * 10);
      if (uids.length === 0) {
        dueAt = doomed.size === 0 ? null : now + BEHIND_MS;
        return null;
      }
      const way = disposalOf(session, trash);
      try {
        await dispose(session, way, packUids(uids), trash ?? '');
      } catch (error) {
        if (!(error instanceof DialogueError) || error.failure.cause !== 'refused' || !session.usable) throw error;
        postpone(now);
        return { deleted: 0, words: error.failure.words ?? error.failure.detail };
      }
      failures = 0;
      for (const uid of uids) doomed.delete(uid);
      dueAt = doomed.size === 0 ? null : told.length > uids.length ? now : now + BEHIND_MS;
      if (way !== 'flag') return { deleted: uids.length };
      for (const uid of uids) flagged.add(uid);
      return { deleted: 0, words: 'the server has neither UIDPLUS nor MOVE: letters are only marked as deleted' };
    },
    get flagged() {
      return flagged;
    },
    recount: (there) => void (flagged = new Set(there)),
    postpone,
    forget() {
      const letters = [...doomed.values()].map(({ probeId, copyId }) => ({ probeId, copyId }));
      doomed.clear();
      failures = 0;
      stays = 0;
      flagged.clear();
      dueAt = null;
      return letters;
    },
  };
}

/** Wait before deleting is tried again. Ever more seldom: what a server refuses once it will mostly refuse again. */
export function afterRefusals(inRow: number): Ms {
  return Math.min(HOUR, 30 * SECOND * 2 ** Math.min(inRow, 10));
}

/** How letters can be deleted here, where `trash` is the folder for it. */
export function disposalOf({ disposal }: Pick<ImapSession, 'disposal'>, trash: string | null): ImapSession['disposal'] {
  return disposal === 'move' && trash === null ? 'flag' : disposal;
}

function dispose(session: ImapSession, way: ImapSession['disposal'], range: string, trash: string): Promise<void> {
  switch (way) {
    case 'expunge':
      return session.expunge(range);
    case 'move':
      return session.move(range, trash);
    case 'flag':
      return session.flagDeleted(range);
  }
}

/** `5:7,9`: exactly these UIDs, as IMAP writes them (RFC 3501 section 9, sequence-set). */
export function packUids(uids: readonly number[]): string {
  const ranges: { from: number; to: number }[] = [];
  for (const uid of [...uids].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && uid <= last.to + 1) last.to = uid;
    else ranges.push({ from: uid, to: uid });
  }
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}:${to}`)).join(',');
}
