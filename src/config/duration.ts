import { DAY, HOUR, MINUTE, SECOND, type Ms } from '../lib/time.ts';

const UNITS: Readonly<Record<string, Ms>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** A decimal and its unit, one optional space between, as in the contract file: `60s`, `1.5 h`, `500ms`. */
export const DURATION = /^(\d{1,12}(?:\.\d{1,6})?) ?(ms|s|m|h|d)$/;

/** The duration in milliseconds; undefined when the text is none. */
export function parseDuration(text: string): Ms | undefined {
  const [, decimal, unit] = DURATION.exec(text) ?? [];
  if (decimal === undefined || unit === undefined) return undefined;
  // A decimal times a unit is off by a bit or two (1.005 s); a microsecond is the finest that anything here keeps.
  return Math.round(Number(decimal) * (UNITS[unit] ?? 0) * 1_000) / 1_000;
}

/** As it would be written, in the largest unit that leaves no fraction: `90s`, `36h`, `3d`. */
export function printDuration(ms: Ms): string {
  const [unit, length] = Object.entries(UNITS).findLast(([, length]) => ms >= length && ms % length === 0) ?? ['ms', 1];
  return `${ms / length}${unit}`;
}
