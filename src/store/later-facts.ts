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
  /** Where windows, and messages that came late after all, may touch the month's figures: from the year's January on. */
  readonly reach: { readonly from: Millis; readonly to: Millis };
}

/**
 * How many facts that may touch a month became known after an instant: windows, what was done to them, records, messages of
 * the month that were seen after they had ended, and those of the year before it that came late after all, for they bear
 * on its fault days. One too many is possible, one too few is not.
 */
export function countLaterFacts(db: Database, { system, since, month, reach }: LaterAsked): number {
  const count = (sql: string, ...values: readonly (string | number)[]): number =>
    db
      .prepare<(string | number)[], number>(sql)
      .pluck()
      .get(...values) ?? 0;
  const after = toMicros(since);
  const [from, to] = [toMicros(reach.from), toMicros(reach.to)];
  // What a window replaces no longer counts, wherever the new one lies.
  const entered = `SELECT count(*) FROM exclusions e LEFT JOIN exclusions o ON o.id = e.replaces WHERE e.system = ?
    AND e.entered_at > ? AND (e.from_at < ? AND e.to_at > ? OR o.from_at < ? AND o.to_at > ?)`;
  const acted = `SELECT count(*) FROM exclusions e JOIN exclusion_acts a ON a.exclusion = e.id
    WHERE e.system = ? AND e.from_at < ? AND e.to_at > ? AND a.at > ?`;
  const seen = `SELECT count(*) FROM sightings s CROSS JOIN probes p ON p.n = s.probe JOIN routes r ON r.n = p.route
    WHERE r.system = ? AND s.at > ? AND (s.meaning IN ('late', 'duplicate') AND p.accepted_at < ? AND p.accepted_at >= ?
      OR s.meaning = 'late' AND p.accepted_at < ? AND p.accepted_at >= ?)`;
  // What was withdrawn is in no evidence any more, and may have been the last before the month, or happened before its `at`.
  const withdrawn = `SELECT count(*) FROM records e JOIN record_withdrawals w ON w.record = e.id
    WHERE e.system = ? AND (e.at < ? OR e.kind IN ('definitions', 'backup', 'account-lock')) AND w.withdrawn_at > ?`;
  return (
    count(entered, system, after, to, from, to, from) +
    count(acted, system, to, from, after) +
    count(seen, system, after, toMicros(month.to), toMicros(month.from), to, from) +
    laterRecords(db, { system, since, month }) +
    count(withdrawn, system, toMicros(month.to), after)
  );
}

function laterRecords(db: Database, { system, since, month }: Omit<LaterAsked, 'reach'>): number {
  const later = new Set(
    db
      .prepare<[string, number], string>('SELECT id FROM records WHERE system = ? AND entered_at > ?')
      .pluck()
      .all(system, toMicros(since)),
  );
  if (later.size === 0) return 0;
  const touching = new Set(correctionsBefore(db, { system, to: month.to }));
  for (const { id } of recordsBetween(db, system, month.from, month.to)) touching.add(id);
  return [...later].filter((id) => touching.has(id)).length;
}

/**
 * What replaced an update, a backup or a deletion that happened, or was told of, before `to`: the replaced one may have been
 * the last before a month, and the new one may lie beyond the month's end.
 */
function correctionsBefore(
  db: Database,
  { system, to }: { readonly system: string; readonly to: Millis },
): readonly string[] {
  return db
    .prepare<{ system: string; to: Millis; to_at: number }, string>(
      `SELECT e.id FROM records e JOIN records o ON o.id = e.replaces
       WHERE e.system = :system AND o.kind IN ('definitions', 'backup', 'account-lock') AND (o.at < :to_at
         OR coalesce(o.body ->> '$.updated_at', o.body ->> '$.finished_at', o.body ->> '$.deleted_at') < :to)`,
    )
    .pluck()
    .all({ system, to, to_at: toMicros(to) });
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
