import type { Database } from 'better-sqlite3';
import type { Contract, Title } from '../config/contract.ts';
import type { Instant } from '../lib/time.ts';
import { availabilityOf } from '../sla/availability.ts';
import { monthAt } from '../sla/month.ts';
import type { ClauseReport, ObjectiveReport, Report, Verdict } from '../sla/report.ts';
import { perform, type Deed } from '../store/acts.ts';
import { EntryError, type EntryProblem } from '../store/entry.ts';
import { stateOf } from '../store/exclusion-state.ts';
import { listExclusions } from '../store/exclusions.ts';
import { listRecords } from '../store/records.ts';
import { shadowEntries } from '../store/shadow-entries.ts';
import { knownUntil } from './known.ts';
import { monthReport } from './month-report.ts';
import { spansOfRecord, type Dated } from './months-touched.ts';

/** What somebody thinks of doing. */
export interface PreviewAsked {
  readonly system: string;
  readonly deed: Exclude<Deed, { kind: 'sign in' | 'sign out' }>;
  readonly person: string;
  readonly now: Instant;
}

/** What would become of the figures. */
export type Preview =
  | {
      readonly kind: 'preview';
      /** It counts only once somebody else approves it: so the figures are then. */ readonly onceApproved: boolean;
      readonly months: readonly PreviewMonth[];
    }
  | { readonly kind: 'refused'; readonly problems: readonly EntryProblem[] };

export interface PreviewMonth {
  readonly month: string;
  /** Null: it cannot be computed, or not yet. */
  readonly figures: readonly PreviewFigure[] | null;
}

/** An objective of a clause, before and after. */
export interface PreviewFigure {
  readonly clause: string;
  readonly title: Title;
  readonly metric: string;
  readonly over_s?: number;
  readonly before: Shown;
  readonly after: Shown;
}

export interface Shown {
  readonly value: number | null;
  /** What the samples, and what is still on its way, leave possible; null: the figure has no bounds. */
  readonly bounds: { readonly low: number; readonly high: number } | null;
  readonly verdict: Verdict;
}

/** A window over more months than that is cut for the preview. */
const MOST_MONTHS = 3;

/**
 * The months that a deed touches, computed with and without it from one snapshot of the store; nothing is written. Of a
 * month that was closed both are what a new revision would say. What the rules of entries forbid is refused as it would be.
 */
export function previewDeed(db: Database, { system, deed, person, now }: PreviewAsked, contract: Contract): Preview {
  db.pragma('temp_store = MEMORY');
  db.exec('BEGIN');
  try {
    const before = touched(db, system, deed);
    const reports = new Map(monthsOf(before, contract).map((month) => [month, live(db, system, month, contract)]));
    shadowEntries(db);
    const { id } = perform(db, deed, person, now);
    const onceApproved = deed.kind === 'enter exclusion' && isWaiting(db, system, id, contract);
    if (onceApproved && id !== null) perform(db, { kind: 'approve exclusion', system, id }, `not ${person}`, now);
    const months = [...reports].map(([month, report]): PreviewMonth => {
      const after = report === null ? null : live(db, system, month, contract);
      return { month, figures: report === null || after === null ? null : figuresOf(report, after) };
    });
    return { kind: 'preview', onceApproved, months };
  } catch (error) {
    if (error instanceof EntryError) return { kind: 'refused', problems: error.problems };
    throw error;
  } finally {
    db.exec('ROLLBACK');
  }
}

interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** What is entered or acted on, and what it replaces. */
function touched(db: Database, system: string, deed: PreviewAsked['deed']): readonly Span[] {
  const windowOf = (id: string | undefined): readonly Span[] =>
    listExclusions(db, system).flatMap(({ fact }) => (fact.id === id ? [fact] : []));
  const records = deed.kind === 'enter record' || deed.kind === 'withdraw record' ? listRecords(db, system) : [];
  const spansOf = (record: Dated, id: string | undefined): readonly Span[] =>
    spansOfRecord(
      record,
      records.filter(({ fact }) => fact.id !== id),
      knownUntil(db),
    );
  const recordOf = (id: string | undefined): readonly Span[] =>
    records.flatMap(({ fact }) => (fact.id === id ? spansOf({ ...fact, body: { ...fact } }, id) : []));
  switch (deed.kind) {
    case 'enter exclusion':
      return [deed.entry, ...windowOf(deed.entry.replaces)];
    case 'approve exclusion':
    case 'withdraw exclusion':
      return windowOf(deed.id);
    case 'enter record':
      return [...spansOf(deed.record, undefined), ...recordOf(deed.record.replaces)];
    case 'withdraw record':
      return recordOf(deed.id);
  }
}

function monthsOf(spans: readonly Span[], { timezone }: Contract): readonly string[] {
  const months = new Set<string>();
  for (const { from, to } of spans) {
    // A day at a time finds every month; a window that is years long is cut.
    for (let at = from; at < to && months.size < MOST_MONTHS; at += 86_400_000) months.add(monthAt(at, timezone));
    if (months.size < MOST_MONTHS && to > from) months.add(monthAt(to - 1, timezone));
  }
  return [...months].sort().slice(0, MOST_MONTHS);
}

function live(db: Database, system: string, month: string, contract: Contract): Report | null {
  const found = monthReport(db, { system, month, contract, which: 'live' });
  return found.kind === 'live' ? found.report : null;
}

function isWaiting(db: Database, system: string, id: string | null, contract: Contract): boolean {
  const entered = listExclusions(db, system).find(({ fact }) => fact.id === id);
  return entered !== undefined && stateOf(entered, contract) === 'waiting';
}

/** Those of time and delay, which windows bear on, and whatever else would change. */
function figuresOf(before: Report, after: Report): readonly PreviewFigure[] {
  return before.clauses.flatMap((clause, index) => {
    const then = after.clauses[index];
    if (clause.kind === 'blank' || then === undefined || then.kind === 'blank') return [];
    return clause.objectives.flatMap((objective, at): PreviewFigure[] => {
      const other = then.objectives[at];
      if (other === undefined) return [];
      const [one, two] = [shown(before, clause, objective), shown(after, then, other)];
      const changes = one.value !== two.value || one.verdict !== two.verdict;
      if (clause.kind === 'count' && !changes) return [];
      const { metric, over_s } = objective;
      const { id, title } = clause;
      return [{ clause: id, title, metric, ...(over_s !== undefined && { over_s }), before: one, after: two }];
    });
  });
}

function shown(report: Report, clause: ClauseReport, objective: ObjectiveReport): Shown {
  const { value, verdict } = objective;
  const [low, high] = boundsOf(report, clause, objective);
  const bounds = low === null || high === null || low === high ? null : { low, high };
  return { value, bounds, verdict };
}

function boundsOf(
  { month_minutes }: Report,
  clause: ClauseReport,
  { metric, over_s }: ObjectiveReport,
): readonly [number | null, number | null] {
  if (clause.kind === 'time' && metric === 'down_minutes') return [clause.least, clause.most];
  if (clause.kind === 'time' && metric === 'availability') {
    const share = (down: number | null): number | null => (down === null ? null : availabilityOf(down, month_minutes));
    return [share(clause.most), share(clause.least)];
  }
  if (clause.kind === 'delay' && metric === 'mean_s') return [clause.mean_least_s, clause.mean_most_s];
  if (clause.kind === 'delay' && metric === 'exceedances') {
    // The clause's own count is of the smallest.
    const smallest = Math.min(...clause.objectives.map((one) => one.over_s ?? Infinity));
    return over_s === smallest ? [clause.exceedances_least, clause.exceedances_most] : [null, null];
  }
  return [null, null];
}
