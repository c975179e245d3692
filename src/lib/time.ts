/**
 * Units of the whole program. An instant is milliseconds since the Unix epoch with a fraction (a double holds a
 * quarter of a microsecond there); a duration is milliseconds. Only the store differs: it keeps whole microseconds.
 */
export type Instant = number;
/** A length of time in milliseconds, with a fraction. */
export type Ms = number;

export const SECOND: Ms = 1_000;
export const MINUTE: Ms = 60_000;
export const HOUR: Ms = 3_600_000;
export const DAY: Ms = 86_400_000;

/** RFC 3339 in UTC, floored to the millisecond. */
export function toIso(at: Instant): string {
  return new Date(Math.floor(at)).toISOString();
}

/** A duration for people: `9 ms`, `1.25 s`, `3 min 20 s`, `2 h 5 min`. */
export function humanMs(ms: Ms): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  if (ms < HOUR) return join(Math.floor(ms / MINUTE), 'min', Math.floor((ms % MINUTE) / 1_000), 's');
  return join(Math.floor(ms / HOUR), 'h', Math.floor((ms % HOUR) / MINUTE), 'min');
}

function join(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}
