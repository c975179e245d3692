import type { Database } from 'better-sqlite3';
import type { Millis } from '../facts/facts.ts';

/** The launch of the oldest message of a system that has not ended yet; whole ms, floored. Null: all have. */
export function oldestUnsettled(db: Database, system: string): Millis | null {
  const at = db
    .prepare<[string], number | null>(
      // Left to itself SQLite goes through all that the system's routes ever sent.
      `SELECT min(p.launched_at) FROM probes p INDEXED BY probes_open JOIN routes r ON r.n = p.route
       WHERE p.settled_at IS NULL AND r.system = ?`,
    )
    .pluck()
    .get(system);
  return at === null || at === undefined ? null : Math.floor(at / 1_000);
}
