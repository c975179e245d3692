import type { Database } from 'better-sqlite3';
import type { Millis } from '../facts/facts.ts';
import type { Instant } from '../lib/time.ts';
import type { Interval } from '../sla/interval.ts';
import { recordsBetween } from './entry-rows.ts';
import { fromMicros, toMicros } from './micros.ts';

export interface LaterAsked {
  readonly system: string;
  /** What became known after this instant. */
  readonly since: Instant;
  /** The month, in which messages were accepted and which records are of. */
  readonly month: Interval;
  /** Where windows may touch the month's figures. */
  readonly windows: { readonly from: Millis; readonly to: Millis };
}

/**
 * How many facts that may touch a month became known after an instant: windows, what was done to them, records, and messages
 * that were seen after they had ended. One too many is possible, one too few is not.
 */
export function countLaterFacts(db: Database, { system, since, month, windows }: LaterAsked): number {
  const count = (sql: string, ...values: readonly (string | number)[]): number =>
    db
      .prepare<(string | number)[], number>(sql)
      .pluck()
      .get(...values) ?? 0;
  const after = toMicros(since);
  const [from, to] = [toMicros(windows.from), toMicros(windows.to)];
  const entered = `SELECT count(*) FROM exclusions WHERE system = ? AND from_at < ? AND to_at > ? AND entered_at > ?`;
  const acted = `SELECT count(*) FROM exclusions e JOIN exclusion_acts a ON a.exclusion = e.id
    WHERE e.system = ? AND e.from_at < ? AND e.to_at > ? AND a.at > ?`;
  const seen = `SELECT count(*) FROM sightings s CROSS JOIN probes p ON p.n = s.probe JOIN routes r ON r.n = p.route
    WHERE r.system = ? AND p.accepted_at < ? AND p.accepted_at >= ? AND s.at > ? AND s.meaning IN ('late', 'duplicate')`;
  // What was withdrawn is in no evidence any more, and may have been the last before the month, or happened before its `at`.
  const withdrawn = `SELECT count(*) FROM records e JOIN record_withdrawals w ON w.record = e.id
    WHERE e.system = ? AND (e.at < ? OR e.kind IN ('definitions', 'backup', 'account-lock')) AND w.withdrawn_at > ?`;
  return (
    count(entered, system, to, from, after) +
    count(acted, system, to, from, after) +
    count(seen, system, toMicros(month.to), toMicros(month.from), after) +
    laterRecords(db, { system, since, month }) +
    count(withdrawn, system, toMicros(month.to), after)
  );
}

function laterRecords(db: Database, { system, since, month }: Omit<LaterAsked, 'windows'>): number {
  const later = new Set(
    db
      .prepare<[string, number], string>('SELECT id FROM records WHERE system = ? AND entered_at > ?')
      .pluck()
      .all(system, toMicros(since)),
  );
  if (later.size === 0) return 0;
  return recordsBetween(db, system, month.from, month.to).filter(({ id }) => later.has(id)).length;
}

/** When the newest such fact of a system became known; null: there is none. One look, whatever the number of months. */
export function newestLaterFact(db: Database, system: string): Instant | null {
  const newest = db
    .prepare<{ system: string }, number | null>(
      `SELECT max(at) FROM (
         SELECT max(entered_at) AS at FROM exclusions WHERE system = :system
         UNION ALL SELECT max(a.at) FROM exclusion_acts a JOIN exclusions e ON e.id = a.exclusion WHERE e.system = :system
         UNION ALL SELECT max(entered_at) FROM records WHERE system = :system
         UNION ALL SELECT max(w.withdrawn_at) FROM record_withdrawals w JOIN records e ON e.id = w.record WHERE e.system = :system
         UNION ALL SELECT max(at) FROM sightings WHERE meaning IN ('late', 'duplicate'))`,
    )
    .pluck()
    .get({ system });
  return newest === null || newest === undefined ? null : fromMicros(newest);
}
