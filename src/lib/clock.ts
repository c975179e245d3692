import type { Instant, Ms } from './time.ts';

/** A timer that was set; cancelling one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * The one clock of every figure: monotonic time anchored to the wall. A step of the wall clock moves no instant until
 * `reanchor` is called, and `shiftMs` then tells by how much the scale was moved, so that a delay which began before
 * the step is measured on the scale it began on.
 */
export interface Clock {
  now(): Instant;
  /** Sum of all steps of the wall clock since the program started, in ms. */
  readonly shiftMs: Ms;
  after(delayMs: Ms, run: () => void): Timer;
}

/** The three readings that are compared every second: see `probe/clock-jump.ts` for what a difference means. */
export interface ClockReadings {
  readonly wallMs: Instant;
  readonly monotonicMs: Ms;
  readonly uptimeMs: Ms;
}
