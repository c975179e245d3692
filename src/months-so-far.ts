import type { Clock, Timer } from './lib/clock.ts';
import { messageOf } from './lib/errors.ts';
import type { Log } from './lib/log.ts';
import { MINUTE, SECOND, type Ms } from './lib/time.ts';
import type { MonthFigures } from './metrics/month-figures.ts';
import type { MonthSeries } from './metrics/month-series.ts';
import type { MonthEntry, MonthList } from './month/month-list.ts';

/** Keeps the figures of the running month and the list of months that can be asked for, each about a minute old at most. */
export interface MonthsSoFar<Figures extends MonthFigures = MonthFigures> {
  start(): void;
  /** No further round begins, and what is under way is given up. */
  stop(): Promise<void>;
  /** As last known, oldest first. */
  monthsOf(system: string): readonly MonthEntry[];
  /** Of the running month, as last computed; null: not yet. */
  figuresOf(system: string): Figures | null;
}

/** Where there is nothing of a month yet there will be in a moment: whoever has just begun does not look at nothing for long. */
const AT_FIRST: Ms = 3 * SECOND;
/** Where a round takes long it comes more seldom, so that it never takes more than a twentieth of a core. */
const REST = 19;
/** Longest that one system's figures may take. */
const LIMIT: Ms = 30 * SECOND;

/**
 * Asks for one system after the other, `everyMs` after the round before was over: nobody waits for it, and it holds up
 * nothing. `figures` answers null where there is nothing of the running month yet.
 */
export function createMonthsSoFar<Figures extends MonthFigures>(parts: {
  readonly systems: readonly string[];
  readonly figures: (system: string, signal: AbortSignal) => Promise<Figures | null>;
  readonly list: (system: string, signal: AbortSignal) => Promise<MonthList>;
  readonly told: MonthSeries;
  readonly everyMs?: Ms;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly log: Log;
}): MonthsSoFar<Figures> {
  const { systems, figures, list, told, everyMs = MINUTE, clock, log } = parts;
  const months = new Map<string, readonly MonthEntry[]>();
  const latest = new Map<string, Figures>();
  const failing = new Set<string>();
  const stopping = new AbortController();
  let timer: Timer | null = null;
  const empty = new Set<string>();
  let round: Promise<void> = Promise.resolve();

  function begin(): void {
    const begunAt = clock.now();
    round = refresh().then(() => {
      if (!stopping.signal.aborted)
        timer = clock.after(Math.max(empty.size > 0 ? AT_FIRST : everyMs, REST * (clock.now() - begunAt)), begin);
    });
  }

  async function refresh(): Promise<void> {
    for (const system of systems) {
      if (stopping.signal.aborted) return;
      try {
        await within(LIMIT, (signal) => refreshOne(system, signal));
        if (failing.delete(system)) log.info({ system }, 'the figures of the running month are computed again');
      } catch (error) {
        if (stopping.signal.aborted) return;
        told.failed(system);
        if (failing.has(system)) continue;
        failing.add(system);
        log.error(
          { system, error: messageOf(error) },
          'the figures of the running month could not be computed: those in the metrics grow old; tried again each minute',
        );
      }
    }
  }

  async function refreshOne(system: string, signal: AbortSignal): Promise<void> {
    months.set(system, (await list(system, signal)).months);
    const found = await figures(system, signal);
    if (found === null) return void empty.add(system);
    empty.delete(system);
    latest.set(system, found);
    told.computed(system, found);
  }

  /** Rejects when it takes longer, or when all is to end. */
  async function within(limitMs: Ms, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const limit = new AbortController();
    const over = clock.after(limitMs, () =>
      limit.abort(new Error(`they were not computed within ${limitMs / SECOND} s`)),
    );
    const signal = AbortSignal.any([limit.signal, stopping.signal]);
    const given = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    try {
      await Promise.race([run(signal), given]);
    } finally {
      over.cancel();
    }
  }

  return {
    start: begin,
    async stop() {
      stopping.abort();
      timer?.cancel();
      await round;
    },
    monthsOf: (system) => months.get(system) ?? [],
    figuresOf: (system) => latest.get(system) ?? null,
  };
}
