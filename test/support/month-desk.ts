import type { NoReport } from '../../src/month/report-text.ts';
import { text } from '../../src/report/language.ts';
import type { MonthDesk } from '../../src/web/reports/month-desk.ts';
import type { PageDesk } from '../../src/web/pages/page-desk.ts';

/** A desk for those who test something else: there is nothing of any month, nor of what is behind. */
export const NO_MONTHS: MonthDesk & PageDesk = {
  report: async ({ month }) => nothingOf(month),
  page: async ({ month }) => nothingOf(month),
  exportMonth: async ({ month }) => nothingOf(month),
  list: async () => ({ timezone: 'Asia/Shanghai', months: [] }),
  history: async () => ({ timezone: 'Asia/Shanghai', days: [], probes: [] }),
  day: async () => null,
  delays: async () => [],
  chart: async () => null,
  evidence: async () => null,
};

function nothingOf(month: string): NoReport {
  return {
    kind: 'none',
    why: text(`应为有数据的月份，而不是 ${month}`, `expected a month of which there is anything, got ${month}`),
  };
}
