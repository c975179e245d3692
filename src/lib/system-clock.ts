import { performance } from 'node:perf_hooks';
import { uptime } from 'node:os';
import type { Clock, ClockReadings, Timer } from './clock.ts';
import type { Instant, Ms } from './time.ts';

/** The machine's clock, and what its keeper (schedule/heartbeat.ts) needs to notice that it jumped. */
export interface SystemClock extends Clock {
  read(): ClockReadings;
  /** Anchors the monotonic clock to the wall again; `shiftMs` grows by `stepMs` (0 after a suspend: that time truly passed). */
  reanchor(stepMs: Ms): void;
}

/** Wall clock read once, then carried on by the monotonic clock. */
export function createSystemClock(): SystemClock {
  let anchorMs = Date.now() - performance.now();
  let shiftMs = 0;
  return {
    now: (): Instant => anchorMs + performance.now(),
    get shiftMs(): Ms {
      return shiftMs;
    },
    read: () => ({ wallMs: Date.now(), monotonicMs: performance.now(), uptimeMs: uptime() * 1_000 }),
    reanchor(stepMs: Ms): void {
      anchorMs = Date.now() - performance.now();
      shiftMs += stepMs;
    },
    after(delayMs: Ms, run: () => void): Timer {
      const timer = setTimeout(run, Math.max(0, delayMs));
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
