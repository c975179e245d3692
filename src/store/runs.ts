import type { Database } from 'better-sqlite3';
import { DAY, HOUR, type Instant } from '../lib/time.ts';
import type { CheckKind, RouteKind } from '../probe/probe.ts';
import { covers, join, runOf, splitAt, untold, type Joined } from '../probe/run.ts';
import type { Gap, GapWhy, Run, Sample } from '../probe/sample.ts';
import type { Cause } from '../probe/visit.ts';
import { fromMicros, toMicros } from './micros.ts';

export interface RunTable {
  /** Books a sample for the time outside gaps that its target's runs do not tell. Returns whether it began a run. */
  add(target: number, sample: Sample): boolean;
  /** Ends the open run of one target, as it is. */
  end(target: number): void;
  /**
   * Books a gap: the open runs that it covers end where it begins. A closed run is a fact that was published, so of a
   * gap that is told after it only the rest is kept, as several gaps where runs lie inside it. What a wall that was set
   * forwards left out is a mark at first and told whole once the wall has stood for an hour: if it is set back before,
   * that time comes after all, and is measured.
   */
  addGap(gap: Gap): void;
  /** The wall was set, and says `at` now: what was left out and is still to come is no gap. */
  steppedTo(at: Instant): void;
  /** Ends the runs that no sample can continue any more: a day old, or their hold is over. */
  endStale(at: Instant): void;
  /** Ends all runs, and tells what was left out. */
  endAll(): void;
}

const STANDS_US = toMicros(HOUR);

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

/** What a closed run tells, in µs. */
interface Told {
  readonly check_name: Row['check_name'];
  readonly from: number;
  readonly to: number;
}

export function createRunTable(db: Database): RunTable {
  const openRuns = `SELECT r.n, r.target AS target_n, t.system, t.check_name, t.target, r.ok, r.from_at, r.to_at, r.samples,
      r.transients, r.hold_us, r.cause, r.detail
    FROM runs r JOIN targets t ON t.n = r.target WHERE r.closed = 0`;
  const allOpen = db.prepare<[], Row>(openRuns);
  const openOf = db.prepare<[number], Row>(`${openRuns} AND r.target = ?`);
  const closedSince = db.prepare<[number, number], { from_at: number; to_at: number }>(
    'SELECT from_at, to_at FROM runs WHERE target = ? AND to_at > ? AND closed = 1',
  );
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
  // Target by target, for the index by end.
  const closedWithin = db.prepare<{ from: number; to: number }, Told>(
    `SELECT t.check_name, r.from_at AS "from", r.to_at AS "to" FROM targets t CROSS JOIN runs r ON r.target = t.n
     WHERE r.closed = 1 AND r.to_at > :from AND r.from_at < :to ORDER BY r.from_at`,
  );
  const addGap = db.prepare('INSERT INTO gaps (from_at, to_at, why) VALUES (?, ?, ?)');
  const gapsSince = db.prepare<[number], { from_at: number; to_at: number; why: GapWhy }>(
    'SELECT from_at, to_at, why FROM gaps WHERE to_at > ? ORDER BY from_at',
  );

  let leftOut: readonly Gap[] = [];

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

  /** What is told of a target after `since` and stays as it is: the gaps that cover it, and its closed runs. */
  function toldSince(target: number, check: Run['check'], since: Instant): readonly { from: Instant; to: Instant }[] {
    const gaps = gapsSince.all(toMicros(since)).filter(({ why }) => covers({ from: 0, to: 0, why }, check));
    return [...gaps, ...closedSince.all(target, toMicros(since))]
      .sort((a, b) => a.from_at - b.from_at)
      .map((row) => ({ from: fromMicros(row.from_at), to: fromMicros(row.to_at) }));
  }

  /** A sample less what is told already; its last part stands for it, null when nothing is left. */
  function untoldPart(target: number, sample: Run): Run | null {
    let rest: Run | null = sample;
    for (const span of toldSince(target, sample.check, sample.from)) {
      const parts = splitAt(rest, span);
      rest = parts.after ?? parts.before;
      if (rest === null) return null;
    }
    return rest;
  }

  // A run can begin before what is told already: a slow visit's answer, or a clock that was set back.
  function joinOutside(target: number, open: Run | null, one: Run): Joined {
    const joined = join(open, one, open?.to ?? -Infinity);
    if (joined.kind !== 'grown' || open === null) return joined;
    const over = toldSince(target, open.check, open.from).some((span) => span.from < joined.run.to);
    return over ? join(null, one, open.to) : joined;
  }

  function insertGap(gap: Gap): void {
    const [from, to] = [toMicros(Math.min(gap.from, gap.to)), toMicros(Math.max(gap.from, gap.to))];
    const told = closedWithin.all({ from, to }).filter((run) => covers(gap, run.check_name));
    for (const part of untold({ from, to }, told)) addGap.run(part.from, part.to, gap.why);
    for (const row of allOpen.all()) {
      if (!covers(gap, row.check_name)) continue;
      const { before, after } = splitAt(fromRow(row), { from: fromMicros(from), to: fromMicros(to) });
      if (before === null && after === null) drop.run(row.n);
      else if (before === null && after !== null) change.run({ n: row.n, ...figuresOf(after) });
      else if (before !== null) {
        change.run({ n: row.n, ...figuresOf(before) });
        end.run(row.target_n);
        if (after !== null) insert(row.target_n, after);
      }
    }
  }

  /** Tells of what was left out as much as `until` allows, and has done with it; null: not yet. */
  function tellLeftOut(until: (gap: Gap) => Instant | null): void {
    leftOut = leftOut.filter((gap) => {
      const to = until(gap);
      if (to !== null && to > gap.from) insertGap({ ...gap, to });
      return to === null;
    });
  }

  return {
    add(target, sample) {
      const one = untoldPart(target, inMicros(runOf(sample)));
      if (one === null) return false;
      const row = openOf.get(target);
      const joined = joinOutside(target, row === undefined ? null : fromRow(row), one);
      if (joined.kind === 'grown' && row !== undefined) change.run({ n: row.n, ...figuresOf(joined.run) });
      if (joined.kind !== 'begun') return false;
      end.run(target);
      insert(target, joined.run);
      return true;
    },
    end: (target) => void end.run(target),
    addGap(gap) {
      if (gap.why !== 'clock' || gap.to <= gap.from) return insertGap(gap);
      leftOut = [...leftOut, gap];
      insertGap({ ...gap, to: gap.from });
    },
    steppedTo: (at) => tellLeftOut((gap) => (at < gap.to ? at : null)),
    endStale(at) {
      tellLeftOut((gap) => (toMicros(at) - toMicros(gap.to) >= STANDS_US ? gap.to : null));
      endStale.run({ at: toMicros(at) });
    },
    endAll() {
      tellLeftOut((gap) => gap.to);
      endAll.run();
    },
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
