import type { MonthDesk } from '../../src/web/reports/month-desk.ts';
import type { PageDesk } from '../../src/web/pages/page-desk.ts';

/** A desk for those who test something else: there is nothing of any month, nor of what is behind. */
export const NO_MONTHS: MonthDesk & PageDesk = {
  report: async ({ month }) => ({ kind: 'none', why: `expected a month of which there is anything, got ${month}` }),
  page: async ({ month }) => ({ kind: 'none', why: `expected a month of which there is anything, got ${month}` }),
  exportMonth: async ({ month }) => ({
    kind: 'none',
    why: `expected a month of which there is anything, got ${month}`,
  }),
  list: async () => ({ timezone: 'Asia/Shanghai', months: [] }),
  history: async () => ({ timezone: 'Asia/Shanghai', days: [], probes: [] }),
  day: async () => null,
  delays: async () => [],
  chart: async () => null,
  evidence: async () => null,
};
