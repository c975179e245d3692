import type { Database } from 'better-sqlite3';
import type { Instant } from '../lib/time.ts';
import { fromMicros, toMicros } from './micros.ts';

/** An evidence file that was written. */
export interface Export {
  readonly system: string;
  /** `2026-10`. */
  readonly month: string;
  readonly at: Instant;
  /** Of the whole file, hex. */
  readonly sha256: string;
  readonly lines: number;
  /** The header's `to`: the instant at which it was known. */
  readonly until: Instant;
}

/** Throws SqliteError. */
export function addExport(db: Database, made: Export): void {
  db.prepare('INSERT INTO exports (system, month, at, sha256, lines, until_at) VALUES (?, ?, ?, ?, ?, ?)').run(
    made.system,
    made.month,
    toMicros(made.at),
    made.sha256,
    made.lines,
    toMicros(made.until),
  );
}

/** The exports of a month, the first one first. */
export function exportsOf(db: Database, system: string, month: string): readonly Export[] {
  return db
    .prepare<[string, string], Row>('SELECT * FROM exports WHERE system = ? AND month = ? ORDER BY n')
    .all(system, month)
    .map(({ at, until_at, sha256, lines }) => ({
      system,
      month,
      at: fromMicros(at),
      sha256,
      lines,
      until: fromMicros(until_at),
    }));
}

interface Row {
  readonly at: number;
  readonly sha256: string;
  readonly lines: number;
  readonly until_at: number;
}
