import type { Ms } from '../lib/time.ts';

/** Between two questions when nothing young is under way; with the limit of one answer it notices a dead line in 30 s. */
export const SLOW_GAP_MS: Ms = 10_000;

const FIRST_MS = 3;
const STEADY_MS = 50;
const SHARE = 0.03;

/**
 * Gap to the next question while the youngest open probe is `ageMs` old: a quarter of the age, but 3 ms at least, for no
 * system is faster; at 50 ms it stays until that is 3 % of the age, and grows with it from there. So the error of a delay
 * is a small share of it, and an hour of waiting costs some hundred questions.
 */
export function askGap(ageMs: Ms, floorMs: Ms, slowMs: Ms = SLOW_GAP_MS): Ms {
  const gap = Math.min(Math.max(FIRST_MS, ageMs / 4), Math.max(STEADY_MS, ageMs * SHARE));
  return Math.max(floorMs, Math.min(gap, slowMs));
}

const JUNK_FIRST_MS = 300;
const JUNK_SLOWEST_MS = 60_000;

/**
 * Age of the youngest open probe at which Junk is looked into next, when it was looked into at `ageMs` (0: not yet). Most
 * probes have come out before the first look and cost none.
 */
export function junkAge(ageMs: Ms): Ms {
  if (ageMs < JUNK_FIRST_MS) return JUNK_FIRST_MS;
  return ageMs + Math.min(JUNK_SLOWEST_MS, ageMs / 4);
}
