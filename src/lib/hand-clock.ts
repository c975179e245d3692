import { createShifts } from './clock.ts';
import type { Clock, Timer } from './clock.ts';
import type { Instant, Ms } from './time.ts';

/** A clock that moves only when told to: for tests of rules that wait. */
export interface HandClock extends Clock {
  /** Runs the timers that fall due on the way, in order, letting promises settle after each. */
  advance(ms: Ms): Promise<void>;
  /** The wall clock is set by `ms`: what is written down jumps; `now()` and timers do not. */
  step(ms: Ms): void;
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export function createHandClock(start: Instant): HandClock {
  const shifts = createShifts();
  let elapsed = 0;
  let order = 0;
  const timers = new Set<Due>();

  async function advance(ms: Ms): Promise<void> {
    await settled();
    const end = elapsed + ms;
    for (let next = earliest(timers, end); next !== undefined; next = earliest(timers, end)) {
      timers.delete(next);
      elapsed = next.at;
      next.run();
      await settled();
    }
    elapsed = end;
    await settled();
  }

  return {
    now: () => start + elapsed,
    shiftAt: shifts.at,
    advance,
    step(ms: Ms): void {
      shifts.add(start + elapsed, ms);
    },
    after(delayMs: Ms, run: () => void): Timer {
      const due: Due = { at: elapsed + Math.max(0, delayMs), order: order++, run };
      timers.add(due);
      return { cancel: () => void timers.delete(due) };
    },
  };
}

function earliest(timers: ReadonlySet<Due>, end: number): Due | undefined {
  let best: Due | undefined;
  for (const due of timers) {
    if (due.at > end) continue;
    if (best === undefined || due.at < best.at || (due.at === best.at && due.order < best.order)) best = due;
  }
  return best;
}

// A few turns of the event loop: enough for chains of awaits on promises that are resolved already.
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
