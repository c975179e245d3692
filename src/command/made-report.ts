import type { RenderMeta } from '../report/context.ts';
import type { Report } from '../sla/report.ts';

/** A report and what is printed beside its figures. */
export interface MadeReport {
  readonly report: Report;
  readonly meta: RenderMeta;
  /** The text of a closed month, byte for byte. */
  readonly json?: string;
}

/** What a program of this version says of itself in a report. */
export function engineOf(version: string): string {
  return `mailwitness ${version}`;
}

/** Version of the time zone data of this program. */
export function tzdata(): string {
  return process.versions['tz'] ?? 'unknown';
}
