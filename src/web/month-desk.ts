import type { ReportText, ReportTextAsked } from '../month/month-answers.ts';
import type { MonthList } from '../month/month-list.ts';

/** What the pages ask about months. Whoever joins it computes elsewhere: not one figure in the thread that measures. */
export interface MonthDesk {
  /** Rejects when it could not be computed at all. Once `signal` fires nobody waits any more, and the next one is asked. */
  report(asked: ReportTextAsked, signal: AbortSignal): Promise<ReportText>;
  /** Rejects as above. */
  list(system: string, signal: AbortSignal): Promise<MonthList>;
}
