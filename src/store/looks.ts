import type { Database } from 'better-sqlite3';
import type { Instant } from '../lib/time.ts';
import type { Look } from '../probe/look.ts';
import { toMicros } from './micros.ts';

export interface LookTable {
  /** Where looking stands at `at`; of places that are not told of it stays as it was. */
  set(looks: readonly Look[], at: Instant): void;
}

export function createLookTable(db: Database): LookTable {
  const set = db.prepare<[string, string, number]>(
    `INSERT INTO looks (system, place, until_at) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET until_at = excluded.until_at`,
  );
  // Told before the wall was set back: of what is accepted from now on nothing was looked for by then.
  const cut = db.prepare<{ at: number }>('UPDATE looks SET until_at = :at WHERE until_at > :at');
  return {
    set(looks, at) {
      for (const { system, place, until } of looks) set.run(system, place, toMicros(until));
      cut.run({ at: toMicros(at) });
    },
  };
}
