import { monitorEventLoopDelay } from 'node:perf_hooks';
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
  stop(): void;
}

const RESOLUTION_MS = 20;
const NONE: LagFigures = { median: 0, p99: 0, max: 0 };

/** Watches how late the event loop is. The watch holds no process alive. */
export function watchEventLoop(clock: Clock): EventLoopLag {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let before = NONE;
  let since: Instant = clock.now();

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
    stop: () => void histogram.disable(),
  };

  function figures(): LagFigures {
    return {
      median: lateness(histogram.percentile(50)),
      p99: lateness(histogram.percentile(99)),
      max: lateness(histogram.max),
    };
  }
}

// Node records the whole distance between two turns of its timer, in ns; only what exceeds the asked distance is lag.
function lateness(distanceNs: number): Ms {
  return Math.max(0, distanceNs / 1e6 - RESOLUTION_MS);
}
