import type { Instant } from '../lib/time.ts';

/** Whole microseconds, the store's unit: of an instant since the Unix epoch, or of a duration (`Ms`). */
export function toMicros(ms: Instant): number {
  return Math.round(ms * 1_000);
}

/** An instant comes back as the double nearest to its microsecond, so that writing it again gives the same number. */
export function fromMicros(micros: number): Instant {
  return micros / 1_000;
}

export function toMicrosOrNull(ms: Instant | null): number | null {
  return ms === null ? null : toMicros(ms);
}

export function fromMicrosOrNull(micros: number | null): Instant | null {
  return micros === null ? null : fromMicros(micros);
}
