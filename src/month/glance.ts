import { monthFigures, type Direction, type MonthFigures } from '../metrics/month-figures.ts';
import { MINUTE, type Ms } from '../lib/time.ts';
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
  /** Of the first clause on each; null: the contract has none. */
  readonly spread: Readonly<Record<Direction, Spread | null>>;
  readonly clauses: readonly GlanceClause[];
}

export interface Spread {
  /** That came out. */
  readonly n: number;
  readonly lost: number;
  readonly p95S: number | null;
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
    spread: { send: spreadOf(report, 'send_delay'), receive: spreadOf(report, 'receive_delay') },
    clauses: report.clauses.flatMap((clause) => {
      if (clause.kind === 'blank') return [];
      const { id, title, verdict, reason } = clause;
      return [{ id, title, verdict, ...(reason !== undefined && { reason }) }];
    }),
  };
}

function spreadOf(report: Report, measure: string): Spread | null {
  const clause = report.clauses.find((one): one is DelayClause => 'measure' in one && one.measure === measure);
  return clause === undefined ? null : { n: clause.n, lost: clause.lost, p95S: clause.p95_s };
}
