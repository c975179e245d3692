import type { Database } from 'better-sqlite3';
import type { Millis } from '../facts/facts.ts';
import { toMillis } from './run-rows.ts';

/** The first instant of which the store tells anything that was measured of a system; null: of none. */
export function firstData(db: Database, system: string): Millis | null {
  const found = db
    .prepare<{ system: string }, number | null>(
      `SELECT min(at) FROM (
         SELECT (SELECT from_at FROM runs WHERE target = t.n ORDER BY to_at, n LIMIT 1) AS at FROM targets t WHERE t.system = :system
         UNION ALL SELECT (SELECT min(accepted_at) FROM probes WHERE route = r.n AND accepted_at IS NOT NULL) FROM routes r WHERE r.system = :system
         UNION ALL SELECT (SELECT from_at FROM route_runs WHERE fold = f.n ORDER BY to_at, n LIMIT 1)
           FROM route_folds f JOIN targets t ON t.n = f.target WHERE t.system = :system)`,
    )
    .pluck()
    .get({ system });
  return found === null || found === undefined ? null : toMillis(found);
}

/** The systems that the store has anything of, by name. */
export function systemsIn(db: Database): readonly string[] {
  return db
    .prepare<[], string>('SELECT system FROM targets UNION SELECT system FROM routes ORDER BY system')
    .pluck()
    .all();
}
