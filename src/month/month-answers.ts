import type { Database } from 'better-sqlite3';
import type { Contract } from '../config/contract.ts';
import { parseContract } from '../config/load-contract.ts';
import type { Act } from '../store/acts.ts';
import type { StoredRecord } from '../store/records.ts';
import {
  listedExclusions,
  listedActs,
  listedRecords,
  type ActsAsked,
  type ListAsked,
  type Listed,
  type ListedExclusion,
} from './entry-lists.ts';
import { monthGlance, type MonthGlance } from './glance.ts';
import { monthList, runningMonth, type MonthList } from './month-list.ts';
import { monthReport } from './month-report.ts';
import { createPageAnswers, type PageAnswers } from './page-answers.ts';
import { previewDeed, type Preview, type PreviewAsked } from './preview.ts';
import {
  reportPage,
  reportText,
  type NoReport,
  type ReportAsked,
  type ReportPage,
  type ReportText,
  type ReportTextAsked,
} from './report-text.ts';

/** What a store is asked about months while its agent runs. Plain data both ways, for it crosses over from a thread. */
export interface MonthAnswers extends PageAnswers {
  report(asked: ReportTextAsked): Promise<ReportText>;
  page(asked: ReportAsked): Promise<ReportPage | NoReport>;
  list(system: string): MonthList;
  /** Of the running month as it stands; null: there is nothing of it yet. */
  figures(system: string): MonthGlance | null;
  exclusions(asked: ListAsked): Listed<ListedExclusion>;
  records(asked: ListAsked): Listed<StoredRecord>;
  acts(asked: ActsAsked): Listed<Act>;
  /** What a deed would make of the months; nothing is written. */
  preview(asked: PreviewAsked): Preview;
}

/** A system and the contract file that it is judged by, with its text. */
export interface Agreement {
  readonly system: string;
  readonly file: string;
  readonly text: string;
}

/** Answers from a connection that need not write. Each answer is of one snapshot, while the agent goes on writing. */
export function createMonthAnswers(db: Database, agreements: readonly Agreement[]): MonthAnswers {
  const known = new Map(
    agreements.map(({ system, file, text }) => [system, { contract: parseContract(text, { file }), text }]),
  );

  function agreed(system: string): { readonly contract: Contract; readonly text: string } {
    const found = known.get(system);
    if (found === undefined) throw new Error(`system "${system}" is not one of those that this thread was started for`);
    return found;
  }

  return {
    ...createPageAnswers(db, (system) => agreed(system).contract),
    report: (asked) => reportText(db, asked, agreed(asked.system)),
    page: (asked) => reportPage(db, asked, agreed(asked.system)),
    list: (system) => db.transaction(() => monthList(db, system, agreed(system).contract.timezone))(),
    figures: (system) => db.transaction(() => runningFigures(db, system, agreed(system).contract))(),
    exclusions: (asked) => db.transaction(() => listedExclusions(db, asked, agreed(asked.system).contract))(),
    records: (asked) => db.transaction(() => listedRecords(db, asked))(),
    acts: (asked) => db.transaction(() => listedActs(db, asked))(),
    preview: (asked) => previewDeed(db, asked, agreed(asked.system).contract),
  };
}

function runningFigures(db: Database, system: string, contract: Contract): MonthGlance | null {
  const month = runningMonth(db, system, contract.timezone);
  if (month === null) return null;
  const found = monthReport(db, { system, month, contract, which: 'live' });
  return found.kind === 'live' ? monthGlance(found.report) : null;
}
