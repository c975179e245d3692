import { monthFigures, type Direction, type MonthFigures } from '../metrics/month-figures.ts';
import { MINUTE, type Ms } from '../lib/time.ts';
import { delayLimits, type DelayLimits } from '../sla/delay-limits.ts';
import type { DelayClause, OpenReason, Report, TimeClause, Verdict } from '../sla/report.ts';

/** The running month as the front page shows it. */
export interface MonthGlance extends MonthFigures {
  readonly month: string;
  /** IANA zone of the contract. */
  readonly timezone: string;
  /** Down time that the stricter governing limit allows in the month; null: there is none. */
  readonly budgetMs: Ms | null;
  /** Taken out of the down time by exclusions that count. */
  readonly excludedMs: Ms;
  /** What the contract allows of each. */
  readonly limits: Readonly<Record<Direction, DelayLimits>>;
  /** Of the first clause on each; null: the contract has none. */
  readonly spread: Readonly<Record<Direction, Spread | null>>;
  readonly clauses: readonly GlanceClause[];
}

export interface Spread {
  /** That came out. */
  readonly n: number;
  readonly lost: number;
  readonly p95S: number | null;
  /** In seconds; null: not known. */
  readonly mean: { readonly leastS: number | null; readonly mostS: number | null };
  readonly exceedances: { readonly least: number; readonly most: number };
}

export interface GlanceClause {
  readonly id: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly verdict: Verdict;
  readonly reason?: OpenReason;
}

/** Of a report of the running month. */
export function monthGlance(report: Report): MonthGlance {
  const figures = monthFigures(report);
  const downtime = report.clauses.find((one): one is TimeClause => 'measure' in one && one.measure === 'downtime');
  const { down, budgetLeftMs } = figures;
  return {
    ...figures,
    month: report.month,
    timezone: report.timezone,
    budgetMs: down === null || budgetLeftMs === null ? null : budgetLeftMs + down.estimateMs,
    excludedMs: Math.round((downtime?.excluded ?? 0) * MINUTE),
    limits: { send: limitsOf(report, 'send_delay'), receive: limitsOf(report, 'receive_delay') },
    spread: { send: spreadOf(report, 'send_delay'), receive: spreadOf(report, 'receive_delay') },
    clauses: report.clauses.flatMap((clause) => {
      if (clause.kind === 'blank') return [];
      const { id, title, verdict, reason } = clause;
      return [{ id, title, verdict, ...(reason !== undefined && { reason }) }];
    }),
  };
}

function delayClause(report: Report, measure: string): DelayClause | undefined {
  return report.clauses.find((one): one is DelayClause => 'measure' in one && one.measure === measure);
}

function limitsOf(report: Report, measure: string): DelayLimits {
  return delayLimits(delayClause(report, measure)?.objectives ?? []);
}

function spreadOf(report: Report, measure: string): Spread | null {
  const clause = delayClause(report, measure);
  if (clause === undefined) return null;
  const { n, lost, p95_s, mean_least_s, mean_most_s, exceedances_least, exceedances_most } = clause;
  return {
    n,
    lost,
    p95S: p95_s,
    mean: { leastS: mean_least_s, mostS: mean_most_s },
    exceedances: { least: exceedances_least, most: exceedances_most },
  };
}
