import type { Database } from 'better-sqlite3';
import { parseContract } from '../config/load-contract.ts';
import type { Contract } from '../config/contract.ts';
import { ConfigError } from '../lib/errors.ts';
import type { Instant } from '../lib/time.ts';
import { VERSION } from '../lib/version.ts';
import { toJson } from '../report/to-json.ts';
import { computeReport } from '../sla/compute-report.ts';
import { reportChanges, type ReportChange } from '../sla/report-changes.ts';
import type { Report } from '../sla/report.ts';
import { addExport } from '../store/exports.ts';
import { addRevision, revisionsOf } from '../store/revisions.ts';
import { whyNotCovered } from './covered.ts';
import { writeWholeFile } from './evidence-file.ts';
import { knownUntil } from './known.ts';
import { linesOfMonth, monthParts } from './month-facts.ts';
import { packEvidence, unpackEvidence, type PackedEvidence } from './packed-evidence.ts';
import { createReader } from './reader.ts';

export interface CloseAsked {
  readonly system: string;
  /** `2026-10`. */
  readonly month: string;
  /** The contract file, and its text, which is kept. */
  readonly contract: { readonly file: string; readonly text: string };
  readonly now: Instant;
  /** Closes it also while it runs or messages are on their way. */
  readonly provisional: boolean;
  /** A file to which the evidence that the figures come from is written; one that exists is replaced. */
  readonly out?: string;
}

/** What became of it. */
export type Closed =
  | {
      readonly kind: 'closed';
      readonly revision: number;
      readonly provisional: boolean;
      readonly changes: readonly ReportChange[];
      readonly evidenceSha256: string;
    }
  /** Nothing of substance changed since this one. `evidenceSha256`: of what was written to `out`, where that was asked. */
  | { readonly kind: 'unchanged'; readonly revision: number; readonly evidenceSha256: string | null }
  /** The month runs, or messages are on their way. */
  | { readonly kind: 'early'; readonly knownAt: string; readonly endsAt: string; readonly pending: number }
  /** The store does not hold what it is to be computed from. */
  | { readonly kind: 'not covered'; readonly expected: string; readonly got: string };

/** How often it begins again because somebody else closed the month meanwhile. */
const ATTEMPTS = 5;

/**
 * Freezes a month as a new revision, in one transaction: a process that is killed in the middle leaves nothing, and of two
 * that close at once the second one sees what the first one closed. The figures are computed before that from a snapshot,
 * which holds up no agent. Throws ConfigError for a contract that is none, SqliteError.
 */
export async function closeMonth(db: Database, asked: CloseAsked): Promise<Closed> {
  const contract = parseContract(asked.contract.text, { file: asked.contract.file });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const done = await tryToClose(db, asked, contract);
    if (done !== 'overtaken') return done;
  }
  const expected = 'a month that nobody else is closing again and again';
  throw new ConfigError([{ file: 'close', path: '--month', expected, got: asked.month }]);
}

async function tryToClose(db: Database, asked: CloseAsked, contract: Contract): Promise<Closed | 'overtaken'> {
  const { system, month, out } = asked;
  db.exec('BEGIN');
  let packed: PackedEvidence | undefined;
  try {
    const known = knownUntil(db);
    const lacking = whyNotCovered(db, { system, month, contract, known });
    if (lacking !== null) return { kind: 'not covered', expected: lacking.expected.en, got: lacking.got.en };
    const seen = revisionsOf(db, system, month).at(-1) ?? null;
    const product = `mailwitness ${VERSION}`;
    const parts = monthParts(createReader(db), { system, month, contract, known, product });
    const report = computeReport({ ...parts, messages: parts.messages() }, contract, month, (seen?.revision ?? 0) + 1);
    if (report.provisional && !asked.provisional)
      return { kind: 'early', knownAt: report.known_at, endsAt: report.to, pending: report.pending };
    const changes = seen === null ? [] : reportChanges(JSON.parse(seen.report) as Report, report);
    const isNew = seen === null || changes.length > 0;
    if (!isNew && out === undefined) return { kind: 'unchanged', revision: seen?.revision ?? 0, evidenceSha256: null };
    packed = await packEvidence(linesOfMonth(parts), db.name);
    db.exec('COMMIT');
    const { sha256, lines } = packed;
    if (out !== undefined) {
      const parts = packed.parts();
      await writeWholeFile(out, (file) => unpackEvidence(parts, file));
      addExport(db, { system, month, at: asked.now, sha256, lines, until: known });
    }
    if (!isNew) return { kind: 'unchanged', revision: seen?.revision ?? 0, evidenceSha256: sha256 };
    const made = {
      closedAt: asked.now,
      provisional: report.provisional,
      report: toJson(report),
      contract: asked.contract.text,
      engine: VERSION,
      tzdata: process.versions['tz'] ?? 'unknown',
      evidenceSha256: sha256,
      changes,
    };
    const { parts: evidence } = packed;
    const revision = addRevision(db, { system, month }, (newest) =>
      (newest?.revision ?? 0) === (seen?.revision ?? 0) ? { ...made, evidence: evidence() } : null,
    );
    if (revision === null) return 'overtaken';
    return { kind: 'closed', revision, provisional: made.provisional, changes, evidenceSha256: sha256 };
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK');
    await packed?.close();
  }
}
