import type { Database } from 'better-sqlite3';
import type { Instant } from '../lib/time.ts';
import type { ReportChange } from '../sla/report-changes.ts';
import { keepEvidence, type RevisionOf } from './kept-evidence.ts';
import { fromMicros, toMicros } from './micros.ts';

/** A closed month as it was published. Texts come back byte for byte as they were given. */
export interface Revision extends RevisionOf {
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

/** With the packed bytes that its hash names; from here on the store keeps them. */
export interface NewRevision extends Omit<Revision, 'system' | 'month' | 'revision'> {
  readonly evidence: Iterable<Uint8Array>;
}

/**
 * Publishes a revision and returns its number. `revise` is told the newest one, inside the transaction, and gives what
 * shall stand after it, or null for nothing: so two that close at once publish one after the other. Throws SqliteError.
 */
export function addRevision(
  db: Database,
  { system, month }: Omit<RevisionOf, 'revision'>,
  revise: (newest: Revision | null, next: number) => NewRevision | null,
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
      keepEvidence(db, { system, month, revision }, made.evidence);
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

/** The newest revision of a closed month, without its texts. */
export interface NewestRevision {
  readonly month: string;
  readonly revision: number;
  /** Until when what became known is in its figures, or changes nothing in them. */
  readonly since: Instant;
}

/** Of each month of a system that was closed for good, oldest first. */
export function newestRevisions(db: Database, system: string): readonly NewestRevision[] {
  return db
    .prepare<[string], { readonly month: string; readonly revision: number; readonly since: number }>(
      `SELECT r.month, r.revision, max(r.closed_at, ifnull(c.checked_at, 0)) AS since
       FROM revisions r LEFT JOIN revision_checks c ON c.revision = r.n
       WHERE r.system = ? AND r.provisional = 0
         AND r.revision = (SELECT max(revision) FROM revisions WHERE system = r.system AND month = r.month)
       ORDER BY r.month`,
    )
    .all(system)
    .map((row) => ({ ...row, since: fromMicros(row.since) }));
}

/** Remembers that what had become known by `at` changes nothing in a revision. */
export function addCheck(db: Database, { system, month, revision }: RevisionOf, at: Instant): void {
  db.prepare(
    `INSERT INTO revision_checks (revision, checked_at)
     SELECT n, ? FROM revisions WHERE system = ? AND month = ? AND revision = ?
     ON CONFLICT (revision) DO UPDATE SET checked_at = max(checked_at, excluded.checked_at)`,
  ).run(toMicros(at), system, month, revision);
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
