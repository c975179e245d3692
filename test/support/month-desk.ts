import type { MonthDesk } from '../../src/web/month-desk.ts';

/** A desk for those who test something else: there is nothing of any month. */
export const NO_MONTHS: MonthDesk = {
  report: async ({ month }) => ({ kind: 'none', why: `expected a month of which there is anything, got ${month}` }),
  list: async () => ({ timezone: 'Asia/Shanghai', months: [] }),
};
