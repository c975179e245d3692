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
  /**
   * `look` is called before an instant is told that may be wrong, so that no instant is told between a wake-up and the
   * next beat: wall and monotonic clock have come apart by more than `apartMs`, or nobody has `read` for `quietMs`.
   */
  watch(look: () => void, limits: { readonly apartMs: Ms; readonly quietMs: Ms }): void;
  unwatch(): void;
}

/** Wall clock read once, then carried on by the monotonic clock. */
export function createSystemClock(): SystemClock {
  const shifts = createShifts();
  let anchorMs = Date.now() - performance.now();
  let watched: { readonly look: () => void; readonly apartMs: Ms; readonly quietMs: Ms } | null = null;
  let apartMs = 0;
  let readMs = 0;

  function now(): Instant {
    if (watched !== null && isInDoubt(watched)) {
      const { look } = watched;
      const before = watched;
      // Whoever looks asks for instants, too.
      watched = null;
      look();
      watched ??= before;
    }
    return anchorMs + performance.now();
  }

  // Two cheap readings: the boot clock, which tells a sleep from a step, is a file.
  function isInDoubt(limits: { readonly apartMs: Ms; readonly quietMs: Ms }): boolean {
    const ms = performance.now();
    return ms - readMs > limits.quietMs || Math.abs(Date.now() - ms - apartMs) > limits.apartMs;
  }

  return {
    now,
    shiftAt: shifts.at,
    read() {
      readMs = performance.now();
      return { wallMs: Date.now(), monotonicMs: readMs, uptimeMs: uptime() * 1_000 };
    },
    slept(ms): void {
      anchorMs += ms;
      apartMs += ms;
    },
    stepped(ms): void {
      apartMs += ms;
      shifts.add(now(), ms);
    },
    watch(look, limits): void {
      apartMs = Date.now() - performance.now();
      watched = { look, ...limits };
    },
    unwatch: () => void (watched = null),
    after(delayMs: Ms, run: () => void): Timer {
      const timer = setTimeout(run, Math.max(0, delayMs));
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
