import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../lib/clock.ts';
import { SECOND, type Instant, type Ms } from '../lib/time.ts';

/** One thing that falls due again and again. */
export interface Entry {
  /** Unique; its hash is the phase, so that a thousand entries do not fall due together, and it is the same after a restart. */
  readonly name: string;
  readonly intervalMs: Ms;
  /** Runs of this entry that may be under way at once: 1 for a visit, more for a launch, which never waits for the last. */
  readonly atOnce: number;
  run(): Promise<void>;
  /** A run fell due while as many as may be were under way, and was left out. */
  leftOut?(): void;
}

export interface Timetable {
  start(): void;
  /** No further run begins; resolves when those under way have ended. */
  stop(): Promise<void>;
}

/**
 * Runs each entry soon after the start, and then at `phase + n * interval` of the monotonic clock. A due instant that passed while the process stood
 * still is left out, not caught up: samples keep their spacing. `failed` hears of a bug in a run; the entry goes on.
 */
export function createTimetable(options: {
  readonly clock: Clock;
  readonly entries: readonly Entry[];
  readonly failed: (name: string, error: unknown) => void;
}): Timetable {
  const { clock, entries, failed } = options;
  const timers = new Map<string, Timer>();
  const underWay = new Set<Promise<void>>();

  function plan(entry: Entry, dueAt: Instant, nextAt: Instant): void {
    timers.set(
      entry.name,
      clock.after(dueAt - clock.now(), () => {
        const missed = Math.max(0, 1 + Math.floor((clock.now() - nextAt) / entry.intervalMs));
        const next = nextAt + missed * entry.intervalMs;
        plan(entry, next, next + entry.intervalMs);
        if (running(entry) < entry.atOnce) begin(entry);
        else entry.leftOut?.();
      }),
    );
  }

  const counts = new Map<string, number>();
  const running = (entry: Entry): number => counts.get(entry.name) ?? 0;

  function begin(entry: Entry): void {
    counts.set(entry.name, running(entry) + 1);
    const run = entry
      .run()
      .catch((error: unknown) => failed(entry.name, error))
      .finally(() => {
        counts.set(entry.name, running(entry) - 1);
        underWay.delete(run);
      });
    underWay.add(run);
  }

  return {
    start(): void {
      const startAt = clock.now();
      for (const entry of entries) {
        const { firstMs, thenMs } = dueTimesOf(entry);
        plan(entry, startAt + firstMs, startAt + thenMs);
      }
    },
    async stop(): Promise<void> {
      for (const timer of timers.values()) timer.cancel();
      timers.clear();
      await Promise.all(underWay);
    },
  };
}

/** Whoever starts the agent shall see each entry run within so long, whatever its interval. */
const FIRST_WITHIN_MS: Ms = 10 * SECOND;

/**
 * How long after the start an entry runs first, and from when on once an interval. The phase is a share of the whole
 * interval, by the hash of the name, so that a provider is not asked by all routes within the same ten seconds of each
 * five minutes. From the first run to the second it is half an interval at least, and one and a half at most.
 */
export function dueTimesOf({ name, intervalMs }: Pick<Entry, 'name' | 'intervalMs'>): { firstMs: Ms; thenMs: Ms } {
  const share = createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32;
  const firstMs = share * Math.min(intervalMs, FIRST_WITHIN_MS);
  const phase = share * intervalMs;
  const isTooSoon = phase < firstMs + intervalMs / 2;
  return { firstMs, thenMs: isTooSoon ? phase + intervalMs : phase };
}
