import type { Database } from 'better-sqlite3';
import { DAY, type Instant } from '../lib/time.ts';
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
   * gap that is told after it only the rest is kept, as several gaps where runs lie inside it.
   */
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
  // Target by target, for the index by end.
  const closedWithin = db.prepare<{ from: number; to: number }, Told>(
    `SELECT t.check_name, r.from_at AS "from", r.to_at AS "to" FROM targets t CROSS JOIN runs r ON r.target = t.n
     WHERE r.closed = 1 AND r.to_at > :from AND r.from_at < :to ORDER BY r.from_at`,
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

  function gapsOver(check: Run['check'], since: Instant): readonly Gap[] {
    return gapsSince
      .all(toMicros(since))
      .map((row): Gap => ({ from: fromMicros(row.from_at), to: fromMicros(row.to_at), why: row.why }))
      .filter((gap) => covers(gap, check));
  }

  /** A sample less the gaps that are booked already; its last part stands for it, null when nothing is left. */
  function outsideGaps(sample: Run): Run | null {
    let rest: Run | null = sample;
    for (const gap of gapsOver(sample.check, sample.from)) {
      const parts = splitAt(rest, gap);
      rest = parts.after ?? parts.before;
      if (rest === null) return null;
    }
    return rest;
  }

  // A run can begin before a gap that is booked already: a slow visit's answer, or a clock that was set back.
  function joinOutsideGaps(open: Run | null, one: Run, told: Instant): Joined {
    const joined = join(open, one, told);
    if (joined.kind !== 'grown' || open === null) return joined;
    const over = gapsOver(open.check, open.from).some((gap) => gap.from < joined.run.to);
    return over ? join(null, one, told) : joined;
  }

  return {
    add(target, sample) {
      const one = outsideGaps(inMicros(runOf(sample)));
      if (one === null) return false;
      const row = openOf.get(target);
      const told = toldUntil.get(target) ?? null;
      const open = row === undefined ? null : fromRow(row);
      const joined = joinOutsideGaps(open, one, told === null ? -Infinity : fromMicros(told));
      if (joined.kind === 'grown' && row !== undefined) change.run({ n: row.n, ...figuresOf(joined.run) });
      if (joined.kind !== 'begun') return false;
      end.run(target);
      insert(target, joined.run);
      return true;
    },
    end: (target) => void end.run(target),
    addGap(gap) {
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
