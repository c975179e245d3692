import { MINUTE, type Instant, type Ms } from '../lib/time.ts';
import type { ClauseReport, DelayClause, Report, TimeClause, Verdict } from '../sla/report.ts';

/** The few figures of a month's report that the metrics show; small, so that it crosses over from a thread at no cost. */
export interface MonthFigures {
  /** Until when what happened is in them. */
  readonly knownAt: Instant;
  /** Of the month up to `knownAt`. */
  readonly unmeasuredMs: Ms;
  /** Of the first clause on downtime; null: the contract has none, or nothing was seen. */
  readonly down: { readonly leastMs: Ms; readonly estimateMs: Ms; readonly mostMs: Ms } | null;
  /** What the stricter governing limit leaves, below 0 once it is spent; null: there is none, or nothing was seen. */
  readonly budgetLeftMs: Ms | null;
  /** Of the first clause on each; null: the contract has none. */
  readonly delays: Readonly<Record<Direction, DelayFigures | null>>;
  readonly verdicts: readonly { readonly clause: string; readonly verdict: Verdict }[];
}

export const DIRECTIONS = ['send', 'receive'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface DelayFigures {
  /** In seconds; null: nothing came out. */
  readonly meanS: number | null;
  readonly maxS: number | null;
  readonly exceedances: number;
}

/** Of a report of the running month; of an ended one they are its last. */
export function monthFigures(report: Report): MonthFigures {
  const downtime = report.clauses.find((one): one is TimeClause => 'measure' in one && one.measure === 'downtime');
  return {
    knownAt: Date.parse(report.known_at),
    unmeasuredMs: unmeasuredSoFar(report),
    down: downOf(downtime),
    budgetLeftMs: budgetLeft(downtime, report.month_minutes),
    delays: { send: delaysOf(report.clauses, 'send_delay'), receive: delaysOf(report.clauses, 'receive_delay') },
    verdicts: report.clauses.flatMap(({ id, verdict }) => (verdict === null ? [] : [{ clause: id, verdict }])),
  };
}

/** The report counts the time to come as unmeasured, since it is none that was measured. */
function unmeasuredSoFar({ unmeasured_minutes, from, to, known_at }: Report): Ms {
  const toCome = Math.max(0, Date.parse(to) - Math.max(Date.parse(known_at), Date.parse(from)));
  return Math.max(0, msOf(unmeasured_minutes) - toCome);
}

function downOf(clause: TimeClause | undefined): MonthFigures['down'] {
  if (clause === undefined || clause.value === null || clause.least === null || clause.most === null) return null;
  return { leastMs: msOf(clause.least), estimateMs: msOf(clause.value), mostMs: msOf(clause.most) };
}

/** Availability of at least A leaves (1 - A) of the month; both kinds of limit may govern, and the stricter binds. */
function budgetLeft(clause: TimeClause | undefined, monthMinutes: number): Ms | null {
  if (clause === undefined || clause.value === null) return null;
  const budgets = clause.objectives.flatMap(({ metric, limit, governs }) => {
    if (!governs) return [];
    return [metric === 'availability' ? (1 - limit) * monthMinutes : limit];
  });
  return budgets.length === 0 ? null : msOf(Math.min(...budgets)) - msOf(clause.value);
}

function delaysOf(clauses: readonly ClauseReport[], measure: string): DelayFigures | null {
  const clause = clauses.find((one): one is DelayClause => 'measure' in one && one.measure === measure);
  if (clause === undefined) return null;
  return { meanS: clause.mean_s, maxS: clause.max_s, exceedances: clause.exceedances };
}

/** Reports say minutes with 6 decimals, which is finer than their whole milliseconds. */
function msOf(minutes: number): Ms {
  return Math.round(minutes * MINUTE);
}
