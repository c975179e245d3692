import type { Database } from 'better-sqlite3';
import { DAY, type Instant } from '../lib/time.ts';
import type { CheckKind, RouteKind } from '../probe/probe.ts';
import { covers, join, runOf, splitAt } from '../probe/run.ts';
import type { Gap, GapWhy, Run, Sample } from '../probe/sample.ts';
import type { Cause } from '../probe/visit.ts';
import { fromMicros, toMicros } from './micros.ts';

export interface RunTable {
  /** Returns whether the sample began a run. */
  add(target: number, sample: Sample): boolean;
  /** Ends the open run of one target, as it is. */
  end(target: number): void;
  /** Books a gap: the open runs that it covers end where it begins. */
  addGap(gap: Gap): void;
  /** Ends the runs that no sample can continue any more: a day old, or their hold is over. */
  endStale(at: Instant): void;
  endAll(): void;
}

interface Row {
  readonly n: number;
  readonly target_n: number;
  readonly system: string;
  readonly check_name: CheckKind | RouteKind;
  readonly target: string;
  readonly ok: number;
  readonly from_at: number;
  readonly to_at: number;
  readonly samples: number;
  readonly transients: number;
  readonly hold_us: number;
  readonly cause: Cause | null;
  readonly detail: string | null;
}

export function createRunTable(db: Database): RunTable {
  const openRuns = `SELECT r.n, r.target AS target_n, t.system, t.check_name, t.target, r.ok, r.from_at, r.to_at, r.samples,
      r.transients, r.hold_us, r.cause, r.detail
    FROM runs r JOIN targets t ON t.n = r.target WHERE r.closed = 0`;
  const allOpen = db.prepare<[], Row>(openRuns);
  const openOf = db.prepare<[number], Row>(`${openRuns} AND r.target = ?`);
  const toldUntil = db.prepare<[number], number | null>('SELECT max(to_at) FROM runs WHERE target = ?').pluck();
  const begin = db.prepare(
    `INSERT INTO runs (target, ok, from_at, to_at, samples, transients, hold_us, cause, detail, closed)
     VALUES (:target, :ok, :from_at, :to_at, :samples, :transients, :hold_us, :cause, :detail, 0)`,
  );
  const change = db.prepare(
    'UPDATE runs SET from_at = :from_at, to_at = :to_at, samples = :samples, transients = :transients WHERE n = :n',
  );
  const drop = db.prepare('DELETE FROM runs WHERE n = ?');
  const end = db.prepare('UPDATE runs SET closed = 1 WHERE target = ? AND closed = 0');
  const endAll = db.prepare('UPDATE runs SET closed = 1 WHERE closed = 0');
  const endStale = db.prepare(
    `UPDATE runs SET closed = 1 WHERE closed = 0 AND (:at - from_at >= ${toMicros(DAY)} OR :at - to_at > hold_us)`,
  );
  const addGap = db.prepare('INSERT INTO gaps (from_at, to_at, why) VALUES (?, ?, ?)');
  const gapsSince = db.prepare<[number], { from_at: number; to_at: number; why: GapWhy }>(
    'SELECT from_at, to_at, why FROM gaps WHERE to_at > ? ORDER BY from_at',
  );

  function insert(target: number, run: Run): void {
    begin.run({
      target,
      ok: Number(run.ok),
      ...figuresOf(run),
      hold_us: toMicros(run.holdMs),
      cause: run.cause ?? null,
      detail: run.detail ?? null,
    });
  }

  /** A sample less the gaps that are booked already; its last part stands for it, null when nothing is left. */
  function outsideGaps(sample: Run): Run | null {
    let rest: Run | null = sample;
    for (const row of gapsSince.all(toMicros(sample.from))) {
      const gap: Gap = { from: fromMicros(row.from_at), to: fromMicros(row.to_at), why: row.why };
      if (!covers(gap, sample.check)) continue;
      const parts = splitAt(rest, gap);
      rest = parts.after ?? parts.before;
      if (rest === null) return null;
    }
    return rest;
  }

  return {
    add(target, sample) {
      const one = outsideGaps(inMicros(runOf(sample)));
      if (one === null) return false;
      const row = openOf.get(target);
      const told = toldUntil.get(target) ?? null;
      const joined = join(row === undefined ? null : fromRow(row), one, told === null ? -Infinity : fromMicros(told));
      if (joined.kind === 'grown' && row !== undefined) change.run({ n: row.n, ...figuresOf(joined.run) });
      if (joined.kind !== 'begun') return false;
      end.run(target);
      insert(target, joined.run);
      return true;
    },
    end: (target) => void end.run(target),
    addGap(gap) {
      const [from, to] = [Math.min(gap.from, gap.to), Math.max(gap.from, gap.to)];
      addGap.run(toMicros(from), toMicros(to), gap.why);
      for (const row of allOpen.all()) {
        if (!covers(gap, row.check_name)) continue;
        const run = fromRow(row);
        const { before, after } = splitAt(run, { from: fromMicros(toMicros(from)), to: fromMicros(toMicros(to)) });
        if (before === null && after === null) drop.run(row.n);
        else if (before === null && after !== null) change.run({ n: row.n, ...figuresOf(after) });
        else if (before !== null) {
          change.run({ n: row.n, ...figuresOf(before) });
          end.run(row.target_n);
          if (after !== null) insert(row.target_n, after);
        }
      }
    },
    endStale: (at) => void endStale.run({ at: toMicros(at) }),
    endAll: () => void endAll.run(),
  };
}

function figuresOf(run: Run): { from_at: number; to_at: number; samples: number; transients: number } {
  return { from_at: toMicros(run.from), to_at: toMicros(run.to), samples: run.samples, transients: run.transients };
}

// The rule compares with what was read back, so it must see the same microseconds.
function inMicros(run: Run): Run {
  return {
    ...run,
    from: fromMicros(toMicros(run.from)),
    to: fromMicros(toMicros(run.to)),
    holdMs: fromMicros(toMicros(run.holdMs)),
  };
}

function fromRow(row: Row): Run {
  return {
    system: row.system,
    check: row.check_name,
    target: row.target,
    ok: row.ok === 1,
    from: fromMicros(row.from_at),
    to: fromMicros(row.to_at),
    samples: row.samples,
    transients: row.transients,
    holdMs: fromMicros(row.hold_us),
    ...(row.cause === null ? {} : { cause: row.cause }),
    ...(row.detail === null ? {} : { detail: row.detail }),
  };
}
