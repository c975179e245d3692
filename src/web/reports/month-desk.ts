import type { Evidence, EvidenceAsked } from '../../month/exporting.ts';
import type { MonthList } from '../../month/month-list.ts';
import type { NoReport, ReportAsked, ReportPage, ReportText, ReportTextAsked } from '../../month/report-text.ts';

/** What the pages ask about months. Whoever joins it computes elsewhere: not one figure in the thread that measures. */
export interface MonthDesk {
  /** Rejects when it could not be computed at all. Once `signal` fires nobody waits any more, and the next one is asked. */
  report(asked: ReportTextAsked, signal: AbortSignal): Promise<ReportText>;
  /** Rejects as above, as do those below. */
  page(asked: ReportAsked, signal: AbortSignal): Promise<ReportPage | NoReport>;
  /** A file that whoever asked reads and closes; it has no name any more. */
  exportMonth(asked: EvidenceAsked, signal: AbortSignal): Promise<Evidence | NoReport>;
  list(system: string, signal: AbortSignal): Promise<MonthList>;
}
