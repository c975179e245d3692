import { createHistogram } from 'node:perf_hooks';
import type { Clock } from '../lib/clock.ts';
import { MINUTE, type Instant, type Ms } from '../lib/time.ts';

export interface LagFigures {
  readonly median: Ms;
  readonly p99: Ms;
  readonly max: Ms;
}

export interface EventLoopLag {
  /** Worst of the window that runs and the one before it: a spike stays visible for at least a minute, whoever asks and however often. */
  read(): LagFigures;
  /** Time in ms, since the start, for which the event loop was late. The difference of two readings is the lag between them. */
  totalMs(): Ms;
  stop(): void;
}

/** What holds the loop up is seen but for one step at most. Node's own monitor would wake the idle process 50 times a second. */
const STEP_MS: Ms = 100;
/** A few milliseconds are the timer's own grain. */
const GRAIN_MS: Ms = 5;
const NONE: LagFigures = { median: 0, p99: 0, max: 0 };

/** Watches how late the event loop is. The watch holds no process alive. */
export function watchEventLoop(clock: Clock): EventLoopLag {
  const histogram = createHistogram();
  let before = NONE;
  let since: Instant = clock.now();
  let total = 0;
  let dueAt = performance.now() + STEP_MS;

  const timer = setInterval(() => {
    const now = performance.now();
    const late = Math.max(0, now - dueAt);
    total += Math.max(0, late - GRAIN_MS);
    // The histogram takes whole numbers from 1 on: microseconds.
    histogram.record(Math.round(late * 1_000) + 1);
    dueAt = now + STEP_MS;
  }, STEP_MS).unref();

  return {
    read(): LagFigures {
      const running = histogram.count === 0 ? NONE : figures();
      const worst = {
        median: Math.max(before.median, running.median),
        p99: Math.max(before.p99, running.p99),
        max: Math.max(before.max, running.max),
      };
      const age = clock.now() - since;
      if (age >= MINUTE || age < 0) {
        before = running;
        since = clock.now();
        histogram.reset();
      }
      return worst;
    },
    totalMs: () => total,
    stop: () => clearInterval(timer),
  };

  function figures(): LagFigures {
    return {
      median: toMs(histogram.percentile(50)),
      p99: toMs(histogram.percentile(99)),
      max: toMs(histogram.max),
    };
  }
}

function toMs(recorded: number): Ms {
  return (recorded - 1) / 1_000;
}
