import { performance } from 'node:perf_hooks';
import { uptime } from 'node:os';
import { createShifts } from './clock.ts';
import type { Clock, ClockReadings, Timer } from './clock.ts';
import type { Instant, Ms } from './time.ts';

/** The machine's clock, and what its keeper (schedule/heartbeat.ts) needs when it noticed a jump. */
export interface SystemClock extends Clock {
  read(): ClockReadings;
  /** The machine slept: that time truly passed, though the monotonic clock stood still. */
  slept(ms: Ms): void;
  /** Somebody set the wall clock: instants from now on are written down on the new scale. */
  stepped(ms: Ms): void;
}

/** Wall clock read once, then carried on by the monotonic clock. */
export function createSystemClock(): SystemClock {
  const shifts = createShifts();
  let anchorMs = Date.now() - performance.now();
  const now = (): Instant => anchorMs + performance.now();
  return {
    now,
    shiftAt: shifts.at,
    read: () => ({ wallMs: Date.now(), monotonicMs: performance.now(), uptimeMs: uptime() * 1_000 }),
    slept(ms): void {
      anchorMs += ms;
    },
    stepped(ms): void {
      shifts.add(now(), ms);
    },
    after(delayMs: Ms, run: () => void): Timer {
      const timer = setTimeout(run, Math.max(0, delayMs));
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
