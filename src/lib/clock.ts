import type { Instant, Ms } from './time.ts';

/** A timer that was set; cancelling one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * The one clock of every figure. `now()` never steps: it was anchored to the wall when the program started and has been
 * carried on by the monotonic clock since, so the difference of two of its instants is a duration whatever happened to
 * the wall. When the wall is set, only what is written down moves: `shiftAt` tells what to add to an instant of `now()`
 * to get the wall's. A probe is written with the shift of its launch, all its life.
 */
export interface Clock {
  now(): Instant;
  /** Sum, in ms, of the wall's steps before that instant of `now()`. 0 until somebody sets the clock. */
  shiftAt(at: Instant): Ms;
  after(delayMs: Ms, run: () => void): Timer;
}

/** The three readings that are compared every second: see `probe/clock-jump.ts` for what a difference means. */
export interface ClockReadings {
  readonly wallMs: Instant;
  readonly monotonicMs: Ms;
  readonly uptimeMs: Ms;
}

/** The steps of a wall clock, oldest first, as `shiftAt` needs them. */
export function createShifts(): { add(at: Instant, stepMs: Ms): void; at(at: Instant): Ms } {
  const steps: { at: Instant; total: Ms }[] = [];
  return {
    add(at, stepMs): void {
      steps.push({ at, total: (steps.at(-1)?.total ?? 0) + stepMs });
    },
    at(at): Ms {
      return steps.findLast((step) => step.at <= at)?.total ?? 0;
    },
  };
}
