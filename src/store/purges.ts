import type { Database } from 'better-sqlite3';
import type { Millis } from '../facts/facts.ts';
import type { Instant } from '../lib/time.ts';
import { refuse } from './entry.ts';
import { fromMicros, toMicros } from './micros.ts';
import { exportsOf } from './exports.ts';
import { revisionsOf } from './revisions.ts';

/** A month of a system whose messages are deleted: those accepted in [from, to). */
export interface Purge {
  readonly system: string;
  /** `2026-10`. */
  readonly month: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly at: Instant;
  /** How many there were when it was decided. */
  readonly messages: number;
}

/** Messages deleted in one transaction: an agent that wants to write waits for one of them at most. */
const AT_ONCE = 1_000;

/** What a purge of a span deletes: the messages that have ended. */
export interface Purgeable {
  readonly messages: number;
  /** Acceptance of the first and the last one; null: there is none. */
  readonly first: Instant | null;
  readonly last: Instant | null;
}

export function findPurgeable(db: Database, { system, from, to }: Pick<Purge, 'system' | 'from' | 'to'>): Purgeable {
  const found = db
    .prepare<[string, number, number], { messages: number; first: number | null; last: number | null }>(
      `SELECT count(*) AS messages, min(p.accepted_at) AS first, max(p.accepted_at) AS last FROM ${PURGEABLE}`,
    )
    .get(system, toMicros(from), toMicros(to));
  const { messages = 0, first = null, last = null } = found ?? {};
  return {
    messages,
    first: first === null ? null : fromMicros(first),
    last: last === null ? null : fromMicros(last),
  };
}

/**
 * The last news of what a purge of a span deletes, in whole ms, floored: an end, or something seen after it. An export that
 * was known before it lacks them. Null: there is nothing to delete.
 */
export function lastNewsOf(db: Database, { system, from, to }: Pick<Purge, 'system' | 'from' | 'to'>): Millis | null {
  const newest = (sql: string): number | null =>
    db.prepare<[string, number, number], number | null>(sql).pluck().get(system, toMicros(from), toMicros(to)) ?? null;
  const settled = newest(`SELECT max(p.settled_at) FROM ${PURGEABLE}`);
  const seen = newest(
    `SELECT max(s.at) FROM sightings s CROSS JOIN ${PURGEABLE} AND s.probe = p.n AND s.meaning IN ('late', 'duplicate')`,
  );
  return settled === null ? null : Math.floor(Math.max(settled, seen ?? settled) / 1_000);
}

/**
 * Decides that a month's messages go; from here on the store lets them be deleted. Throws EntryError for a month that is
 * not closed for good, not exported up to its end, or purged already.
 */
export function addPurge(db: Database, { system, month, from, to, at }: Omit<Purge, 'messages'>): Purge {
  return db
    .transaction(() => {
      if (purgesOf(db, system).some((purge) => purge.month === month))
        throw refuse('month', 'a month that was not purged yet', month);
      if (!revisionsOf(db, system, month).some(({ provisional }) => !provisional))
        throw refuse('month', 'a month that is closed, and not provisionally', month);
      if (!exportsOf(db, system, month).some(({ until }) => until >= to))
        throw refuse('month', 'a month whose evidence was exported after its end', month);
      const { messages } = findPurgeable(db, { system, from, to });
      db.prepare('INSERT INTO purges (system, month, from_at, to_at, at, messages) VALUES (?, ?, ?, ?, ?, ?)').run(
        system,
        month,
        toMicros(from),
        toMicros(to),
        toMicros(at),
        messages,
      );
      return { system, month, from, to, at, messages };
    })
    .immediate();
}

/** The purges of a system, the first one first. */
export function purgesOf(db: Database, system: string): readonly Purge[] {
  return db
    .prepare<[string], Row>('SELECT month, from_at, to_at, at, messages FROM purges WHERE system = ? ORDER BY n')
    .all(system)
    .map((row) => ({
      system,
      month: row.month,
      from: fromMicros(row.from_at),
      to: fromMicros(row.to_at),
      at: fromMicros(row.at),
      messages: row.messages,
    }));
}

/**
 * Deletes some of what a purge lets go, with their sightings and dialogues, and returns how many messages went; 0: all did.
 * One small transaction: whoever calls it again and again leaves an agent beside it time to write in between. A purge that
 * was cut short is finished by going on.
 */
export function deleteSomePurged(db: Database, { system, from, to }: Pick<Purge, 'system' | 'from' | 'to'>): number {
  const some = db.prepare<[string, number, number], number>(`SELECT p.n FROM ${PURGEABLE} LIMIT ${AT_ONCE}`).pluck();
  const deletions = [
    db.prepare('DELETE FROM dialogues WHERE probe = ?'),
    db.prepare('DELETE FROM sightings WHERE probe = ?'),
    db.prepare('DELETE FROM probes WHERE n = ?'),
  ];
  return db
    .transaction(() => {
      const numbers = some.all(system, toMicros(from), toMicros(to));
      for (const n of numbers) for (const deletion of deletions) deletion.run(n);
      return numbers.length;
    })
    .immediate();
}

// Over the index of each route by acceptance.
const PURGEABLE = `probes p JOIN routes r ON r.n = p.route
  WHERE r.system = ? AND p.accepted_at >= ? AND p.accepted_at < ? AND p.settled_at IS NOT NULL`;

interface Row {
  readonly month: string;
  readonly from_at: number;
  readonly to_at: number;
  readonly at: number;
  readonly messages: number;
}
