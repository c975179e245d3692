import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../lib/clock.ts';
import type { Ms } from '../lib/time.ts';

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
 * Runs each entry at `phase + n * interval` of the monotonic clock. A due instant that passed while the process stood
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

  function plan(entry: Entry, dueAt: number): void {
    timers.set(
      entry.name,
      clock.after(dueAt - clock.now(), () => {
        const late = Math.max(0, clock.now() - dueAt);
        plan(entry, dueAt + entry.intervalMs * (1 + Math.floor(late / entry.intervalMs)));
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
      for (const entry of entries) plan(entry, clock.now() + phaseOf(entry));
    },
    async stop(): Promise<void> {
      for (const timer of timers.values()) timer.cancel();
      timers.clear();
      await Promise.all(underWay);
    },
  };
}

/** 0 <= phase < interval, by the hash of the name; at most ten seconds, so that a new agent shows something soon. */
export function phaseOf(entry: Pick<Entry, 'name' | 'intervalMs'>): Ms {
  const share = createHash('sha256').update(entry.name).digest().readUInt32BE(0) / 2 ** 32;
  return share * Math.min(entry.intervalMs, 10_000);
}
