import type { Database } from 'better-sqlite3';
import type { CheckName } from '../lib/check-names.ts';
import type { Instant, Ms } from '../lib/time.ts';
import { fromMicros, toMicros } from './micros.ts';

/** How often a check or a route of a system is made, and how long one of its samples speaks for the time after it. */
export interface Pace {
  readonly system: string;
  readonly check: CheckName;
  readonly intervalMs: Ms;
  readonly holdMs: Ms;
}

/** A pace, and the time in which it was configured: [since, until); null: it still is. */
export interface PaceSpan extends Pace {
  readonly since: Instant;
  readonly until: Instant | null;
}

/**
 * Writes what is configured from now on, as far as it differs from what the store has: an agent does it at its start. What
 * is configured no longer ended when the last agent was alive; what the store knows only from its samples (it is older
 * than this table) is taken to have been configured like this from its first sample on. Throws SqliteError.
 */
export function recordPaces(
  db: Database,
  paces: readonly Pace[],
  { now, aliveAt }: { readonly now: Instant; readonly aliveAt: Instant | null },
): void {
  const add = db.prepare(
    'INSERT INTO paces (system, check_name, since_at, interval_us, hold_us) VALUES (?, ?, ?, ?, ?)',
  );
  const keyOf = (system: string, check: string): string => `${system}/${check}`;
  const ended = Math.min(now, aliveAt ?? now);

  db.transaction(() => {
    const before = new Map(newestRows(db).map((row) => [keyOf(row.system, row.check_name), row]));
    // The table is told in order, also by a clock that was set back.
    const since = (row: Row | undefined, at: Instant): number => Math.max(toMicros(at), row?.since_at ?? -Infinity);
    for (const { system, check, intervalMs, holdMs } of paces) {
      const key = keyOf(system, check);
      const row = before.get(key);
      before.delete(key);
      const [interval, hold] = [toMicros(intervalMs), toMicros(holdMs)];
      if (row?.interval_us === interval && row.hold_us === hold) continue;
      const from =
        row === undefined ? Math.min(firstSeen(db, system, check) ?? Infinity, toMicros(now)) : since(row, now);
      add.run(system, check, from, interval, hold);
    }
    for (const row of before.values())
      if (row.interval_us !== null) add.run(row.system, row.check_name, since(row, ended), null, null);
  }).immediate();
}

/** What was configured of a system at any time in [from, to), oldest first. */
export function pacesBetween(db: Database, system: string, from: Instant, to: Instant): readonly PaceSpan[] {
  const rows = db
    .prepare<{ system: string; from: number; to: number }, SpanRow>(
      `SELECT * FROM (
         SELECT system, check_name, since_at, interval_us, hold_us,
           lead(since_at) OVER (PARTITION BY check_name ORDER BY n) AS until_at
         FROM paces WHERE system = :system)
       WHERE interval_us IS NOT NULL AND since_at < :to
         AND (until_at IS NULL OR (until_at > :from AND until_at > since_at))
       ORDER BY since_at, check_name`,
    )
    .all({ system, from: toMicros(from), to: toMicros(to) });
  return rows.map((row) => ({
    system: row.system,
    check: row.check_name,
    intervalMs: fromMicros(row.interval_us),
    holdMs: fromMicros(row.hold_us),
    since: fromMicros(row.since_at),
    until: row.until_at === null ? null : fromMicros(row.until_at),
  }));
}

interface Row {
  readonly system: string;
  readonly check_name: CheckName;
  readonly since_at: number;
  readonly interval_us: number | null;
  readonly hold_us: number | null;
}

interface SpanRow extends Row {
  readonly interval_us: number;
  readonly hold_us: number;
  readonly until_at: number | null;
}

function newestRows(db: Database): readonly Row[] {
  return db
    .prepare<[], Row>(
      `SELECT system, check_name, since_at, interval_us, hold_us FROM paces
       WHERE n IN (SELECT max(n) FROM paces GROUP BY system, check_name)`,
    )
    .all();
}

/** In µs; null: never. Asked once of each check, so a search through rows may be. */
function firstSeen(db: Database, system: string, check: CheckName): number | null {
  const of = [system, check] as const;
  const run = db
    .prepare<[string, string], number | null>(
      'SELECT min(r.from_at) FROM targets t JOIN runs r ON r.target = t.n WHERE t.system = ? AND t.check_name = ?',
    )
    .pluck();
  const isRoute = db.prepare<[string, string], number>('SELECT 1 FROM routes WHERE system = ? AND kind = ?').pluck();
  const probe = db
    .prepare<[string, string], number>(
      `SELECT p.launched_at FROM probes p CROSS JOIN routes r ON r.n = p.route
       WHERE r.system = ? AND r.kind = ? ORDER BY p.n LIMIT 1`,
    )
    .pluck();
  const seen = [run.get(...of) ?? null, isRoute.get(...of) === undefined ? null : (probe.get(...of) ?? null)];
  const known = seen.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}
