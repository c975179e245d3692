import type { Clock, Timer } from './clock.ts';
import type { Instant, Ms } from './time.ts';

/** A clock that moves only when told to: for tests of rules that wait. */
export interface HandClock extends Clock {
  /** Runs the timers that fall due on the way, in order, letting promises settle after each. */
  advance(ms: Ms): Promise<void>;
  /** The wall clock is set by `ms`: instants jump, timers do not. */
  step(ms: Ms): void;
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export function createHandClock(start: Instant): HandClock {
  let wall = start;
  let elapsed = 0;
  let shift = 0;
  let order = 0;
  const timers = new Set<Due>();

  async function advance(ms: Ms): Promise<void> {
    const end = elapsed + ms;
    for (let next = earliest(timers, end); next !== undefined; next = earliest(timers, end)) {
      timers.delete(next);
      wall += next.at - elapsed;
      elapsed = next.at;
      next.run();
      await settled();
    }
    wall += end - elapsed;
    elapsed = end;
    await settled();
  }

  return {
    now: () => wall,
    get shiftMs(): Ms {
      return shift;
    },
    advance,
    step(ms: Ms): void {
      wall += ms;
      shift += ms;
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
