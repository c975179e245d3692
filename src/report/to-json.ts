import type { Report } from '../sla/report.ts';

/** A report as programs read it and as a closed month is kept. The same report gives the same bytes. */
export function toJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
