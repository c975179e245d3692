import type { Database } from 'better-sqlite3';
import type { Instant } from '../lib/time.ts';
import type { ReportChange } from '../sla/report-changes.ts';
import { fromMicros, toMicros } from './micros.ts';

/** A closed month as it was published. Texts come back byte for byte as they were given. */
export interface Revision {
  readonly system: string;
  /** `2026-10`. */
  readonly month: string;
  /** From 1 on. */
  readonly revision: number;
  readonly closedAt: Instant;
  /** Closed while messages were pending. */
  readonly provisional: boolean;
  /** JSON. */
  readonly report: string;
  /** The contract file's text. */
  readonly contract: string;
  /** Version of the program that computed it. */
  readonly engine: string;
  readonly tzdata: string;
  /** Hex. */
  readonly evidenceSha256: string;
  /** What differs from the revision before; empty in revision 1. */
  readonly changes: readonly ReportChange[];
}

/**
 * Publishes a revision and returns its number. `revise` is told the newest one, inside the transaction, and gives what
 * shall stand after it, or null for nothing: so two that close at once publish one after the other. Throws SqliteError.
 */
export function addRevision(
  db: Database,
  { system, month }: Pick<Revision, 'system' | 'month'>,
  revise: (newest: Revision | null, next: number) => Omit<Revision, 'system' | 'month' | 'revision'> | null,
): number | null {
  return db
    .transaction(() => {
      const newest = revisionsOf(db, system, month).at(-1) ?? null;
      const revision = (newest?.revision ?? 0) + 1;
      const made = revise(newest, revision);
      if (made === null) return null;
      db.prepare(
        `INSERT INTO revisions (system, month, revision, closed_at, provisional, report, contract, engine, tzdata, evidence_sha256, changes)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        system,
        month,
        revision,
        toMicros(made.closedAt),
        Number(made.provisional),
        made.report,
        made.contract,
        made.engine,
        made.tzdata,
        made.evidenceSha256,
        JSON.stringify(made.changes),
      );
      return revision;
    })
    .immediate();
}

/** The revisions of a month, the first one first; empty: it was not closed. */
export function revisionsOf(db: Database, system: string, month: string): readonly Revision[] {
  return db
    .prepare<[string, string], Row>('SELECT * FROM revisions WHERE system = ? AND month = ? ORDER BY revision')
    .all(system, month)
    .map((row) => ({
      system: row.system,
      month: row.month,
      revision: row.revision,
      closedAt: fromMicros(row.closed_at),
      provisional: row.provisional === 1,
      report: row.report,
      contract: row.contract,
      engine: row.engine,
      tzdata: row.tzdata,
      evidenceSha256: row.evidence_sha256,
      changes: JSON.parse(row.changes) as readonly ReportChange[],
    }));
}

/** The months of a system that were closed, oldest first. */
export function closedMonths(db: Database, system: string): readonly string[] {
  return db
    .prepare<[string], string>('SELECT DISTINCT month FROM revisions WHERE system = ? ORDER BY month')
    .pluck()
    .all(system);
}

interface Row {
  readonly system: string;
  readonly month: string;
  readonly revision: number;
  readonly closed_at: number;
  readonly provisional: number;
  readonly report: string;
  readonly contract: string;
  readonly engine: string;
  readonly tzdata: string;
  readonly evidence_sha256: string;
  readonly changes: string;
}

/** The months of a system that were closed for good, not provisionally. */
export function finishedMonths(db: Database, system: string): readonly string[] {
  return db
    .prepare<[string], string>(
      'SELECT DISTINCT month FROM revisions WHERE system = ? AND provisional = 0 ORDER BY month',
    )
    .pluck()
    .all(system);
}
