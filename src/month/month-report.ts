import type { Database } from 'better-sqlite3';
import type { Contract } from '../config/contract.ts';
import { VERSION } from '../lib/version.ts';
import { computeReport } from '../sla/compute-report.ts';
import { reportChanges } from '../sla/report-changes.ts';
import type { Report } from '../sla/report.ts';
import { newestRevisions, revisionsOf, type Revision } from '../store/revisions.ts';
import { whyNotCovered } from './covered.ts';
import { knownUntil } from './known.ts';
import { LACKING, type Lacking } from './lacking.ts';
import { laterFacts } from './later.ts';
import { monthParts } from './month-facts.ts';
import { contractOf } from './published.ts';
import { createReader } from './reader.ts';

export interface ReportAsked {
  readonly system: string;
  /** `2026-10`. */
  readonly month: string;
  /** What a month is computed by that was not closed; a closed one has its own. */
  readonly contract: Contract;
  /** A revision by its number; `live`: as it would be now; `newest`: the last revision, else live. */
  readonly which: 'newest' | 'live' | number;
}

/** A month's report, or what the store lacks for it. */
export type MonthReport =
  | {
      readonly kind: 'closed';
      readonly revision: Revision;
      /** How many facts that may touch it became known since, in no later revision yet. */
      readonly later: number;
    }
  | { readonly kind: 'live'; readonly report: Report }
  | { readonly kind: 'refused'; readonly lacking: Lacking };

/**
 * Answers with a closed month's revision as it was published, and computes what was not closed. A live report of a closed
 * month has the number of the revision that it equals, or that it would become. To be called inside one transaction.
 */
export function monthReport(db: Database, { system, month, contract, which }: ReportAsked): MonthReport {
  const revisions = revisionsOf(db, system, month);
  const newest = revisions.at(-1);
  if (typeof which === 'number') {
    const revision = revisions.find((one) => one.revision === which);
    if (revision !== undefined) return asClosed(db, revision);
    return { kind: 'refused', lacking: LACKING.noRevision(month, which, revisions.length) };
  }
  if (which === 'newest' && newest !== undefined) return asClosed(db, newest);
  const known = knownUntil(db);
  const lacking = whyNotCovered(db, { system, month, contract, known });
  if (lacking !== null) return { kind: 'refused', lacking };
  const product = `mailwitness ${VERSION}`;
  const parts = monthParts(createReader(db), { system, month, contract, known, product });
  const report = computeReport({ ...parts, messages: parts.messages() }, contract, month);
  if (newest === undefined) return { kind: 'live', report };
  const isSame = reportChanges(JSON.parse(newest.report) as Report, report).length === 0;
  return { kind: 'live', report: { ...report, revision: newest.revision + (isSame ? 0 : 1) } };
}

function asClosed(db: Database, revision: Revision): MonthReport {
  const { system, month } = revision;
  const contract = contractOf(revision);
  const closed = newestRevisions(db, system).find((one) => one.month === month && one.revision === revision.revision);
  const later = contract === undefined || closed === undefined ? 0 : laterFacts(db, { system, contract, closed });
  return { kind: 'closed', revision, later };
}
