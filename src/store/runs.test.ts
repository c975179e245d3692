import Database from 'better-sqlite3';
import { assert, array, boolean, constantFrom, integer, oneof, property, record, constant } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covers } from '../probe/run.ts';
import { GAP_WHYS, type Gap, type Run } from '../probe/sample.ts';
import { fromMicros } from './micros.ts';
import { migrate } from './migrations.ts';
import { createNames } from './names.ts';
import { createRunTable } from './runs.ts';

const T = 1_790_000_000_000;
const failure = { cause: 'connect', phase: 'connect', detail: 'refused' } as const;

interface Span {
  readonly check: Run['check'];
  readonly target: string;
  readonly from: number;
  readonly to: number;
  readonly closed: number;
}

function openTable(): {
  db: Database.Database;
  names: ReturnType<typeof createNames>;
  runs: ReturnType<typeof createRunTable>;
} {
  const db = new Database(':memory:');
  migrate(db);
  return { db, names: createNames(db), runs: createRunTable(db) };
}

/** All runs, in ms from T. */
function runsIn(db: Database.Database): readonly Span[] {
  const rows = db
    .prepare('SELECT t.check_name, t.target, r.from_at, r.to_at, r.closed FROM runs r JOIN targets t ON t.n = r.target')
    .all() as { check_name: Run['check']; target: string; from_at: number; to_at: number; closed: number }[];
  return rows.map(({ check_name: check, target, from_at, to_at, closed }) => {
    return { check, target, from: fromMicros(from_at) - T, to: fromMicros(to_at) - T, closed };
  });
}

function gapsIn(db: Database.Database): readonly Gap[] {
  const rows = db.prepare('SELECT from_at, to_at, why FROM gaps ORDER BY n').all() as {
    from_at: number;
    to_at: number;
    why: Gap['why'];
  }[];
  return rows.map((row) => ({ from: fromMicros(row.from_at) - T, to: fromMicros(row.to_at) - T, why: row.why }));
}

function overlap(a: Pick<Gap, 'from' | 'to'>, b: Pick<Gap, 'from' | 'to'>): boolean {
  return a.from < b.to && b.from < a.to;
}

/** Every pair that would make the evidence invalid, in words. */
function overlaps(runs: readonly Span[], gaps: readonly Gap[]): string[] {
  const found: string[] = [];
  for (const [index, run] of runs.entries()) {
    const words = `${run.check}/${run.target} ${run.from}-${run.to}`;
    for (const other of runs.slice(index + 1)) {
      if (other.check === run.check && other.target === run.target && overlap(run, other))
        found.push(`${words} and ${other.from}-${other.to}`);
    }
    for (const gap of gaps)
      if (covers(gap, run.check) && overlap(run, gap)) found.push(`${words} and ${gap.why} ${gap.from}-${gap.to}`);
  }
  return found;
}

/** The whole milliseconds of a gap that neither a gap nor a closed run tells. */
function lost(booked: Gap, runs: readonly Span[], gaps: readonly Gap[]): number[] {
  const tells = [...gaps.filter(({ why }) => why === booked.why), ...runs.filter((run) => covers(booked, run.check))];
  const all = Array.from({ length: booked.to - booked.from }, (_, index) => booked.from + index);
  return all.filter((at) => !tells.some((each) => each.from <= at && at + 1 <= each.to));
}

const step = record({
  // The clock is set back now and then.
  wait: oneof(
    { weight: 6, arbitrary: integer({ min: 0, max: 12 }) },
    { weight: 1, arbitrary: integer({ min: -60, max: 60 }) },
  ),
  late: integer({ min: 0, max: 5 }),
  took: integer({ min: 0, max: 25 }),
  what: oneof(
    {
      weight: 6,
      arbitrary: record({
        kind: constant('sample' as const),
        ok: boolean(),
        of: constantFrom<readonly [Run['check'], string]>(['imap', 'a'], ['imap', 'b'], ['mx', 'a'], ['outbound', 'o']),
      }),
    },
    { weight: 3, arbitrary: record({ kind: constant('gap' as const), why: constantFrom(...GAP_WHYS) }) },
    { weight: 1, arbitrary: record({ kind: constantFrom('stale' as const, 'reopened' as const) }) },
  ),
});

test('no run overlaps another of its target or a gap that covers it, in any order of events', () => {
  assert(
    property(array(step, { minLength: 1, maxLength: 40, size: 'max' }), (steps) => {
      const { db, names, runs } = openTable();
      try {
        let now = 0;
        const wrong: string[] = [];
        const leftOut: Gap[] = [];
        for (const { wait, late, took, what } of steps) {
          now += wait;
          const [from, to] = [now - late - took, now - late];
          if (what.kind === 'sample') {
            const [check, target] = what.of;
            const one = { system: 's', check, target, from: T + from, to: T + to, holdMs: 30, phases: [] } as const;
            runs.add(names.target(one), what.ok ? { ...one, ok: true } : { ...one, ok: false, failure });
          } else if (what.kind === 'gap') {
            runs.addGap({ from: T + from, to: T + to, why: what.why });
            const closed = runsIn(db).filter((run) => run.closed === 1);
            if (what.why === 'clock') leftOut.push({ from, to, why: what.why });
            else
              wrong.push(
                ...lost({ from, to, why: what.why }, closed, gapsIn(db)).map((at) => `${what.why} lost ${at}`),
              );
          } else if (what.kind === 'stale') runs.endStale(T + now);
          else runs.endAll();
          wrong.push(...overlaps(runsIn(db), gapsIn(db)));
        }
        runs.endAll();
        wrong.push(...overlaps(runsIn(db), gapsIn(db)));
        for (const gap of leftOut) wrong.push(...lost(gap, runsIn(db), gapsIn(db)).map((at) => `clock lost ${at}`));
        expect(wrong).toEqual([]);
      } finally {
        db.close();
      }
    }),
    { numRuns: 150, interruptAfterTimeLimit: 2_000 },
  );
});

test('a gap told late leaves a closed run as it is and is kept on both sides of it', () => {
  const { db, names, runs } = openTable();
  const one = { system: 's', check: 'imap', target: 'a', ok: true, holdMs: 30, phases: [] } as const;
  const target = names.target(one);
  runs.add(target, { ...one, from: T + 10, to: T + 20 });
  runs.end(target);
  runs.addGap({ from: T, to: T + 40, why: 'own-line' });
  runs.addGap({ from: T, to: T + 40, why: 'sink' });
  expect(runsIn(db).map(({ from, to }) => [from, to])).toEqual([[10, 20]]);
  expect(gapsIn(db).map(({ from, to, why }) => `${why} ${from}-${to}`)).toEqual([
    'own-line 0-10',
    'own-line 20-40',
    'sink 0-40',
  ]);
  db.close();
});

test('a run that begins before a gap told already does not grow over it', () => {
  const { db, names, runs } = openTable();
  const one = { system: 's', check: 'imap', target: 'a', ok: true, holdMs: 30, phases: [] } as const;
  const target = names.target(one);
  runs.addGap({ from: T + 10, to: T + 20, why: 'own-line' });
  expect(runs.add(target, { ...one, from: T + 5, to: T + 8 })).toBe(true);
  expect(runs.add(target, { ...one, from: T + 22, to: T + 25 })).toBe(true);
  expect(runsIn(db).map(({ from, to }) => [from, to])).toEqual([
    [5, 8],
    [22, 25],
  ]);
  db.close();
});

describe('a wall that was set an hour ahead', () => {
  const one = { system: 's', check: 'imap', target: 'a', ok: true, holdMs: 30_000, phases: [] } as const;

  /** Ten minutes of samples, then the wall is set ahead, then ten minutes more. */
  function ahead(): ReturnType<typeof openTable> & { sampleAt(at: number): void } {
    const table = openTable();
    const target = table.names.target(one);
    const sampleAt = (at: number): void => void table.runs.add(target, { ...one, from: T + at, to: T + at + 5 });
    for (let at = 0; at < 600_000; at += 15_000) sampleAt(at);
    table.runs.addGap({ from: T + 600_000, to: T + 4_200_000, why: 'clock' });
    for (let at = 4_200_000; at < 4_800_000; at += 15_000) sampleAt(at);
    return { ...table, sampleAt };
  }

  const spans = (of: readonly Pick<Gap, 'from' | 'to'>[]): number[][] => of.map(({ from, to }) => [from, to]);

  test('leaves a gap of that hour, told once the wall has stood', () => {
    const { db, runs } = ahead();
    expect(spans(gapsIn(db))).toEqual([[600_000, 600_000]]);
    runs.endStale(T + 4_200_000 + 3_599_999);
    expect(spans(gapsIn(db))).toEqual([[600_000, 600_000]]);
    runs.endStale(T + 4_200_000 + 3_600_000);
    expect(spans(gapsIn(db))).toEqual([
      [600_000, 600_000],
      [600_000, 4_200_000],
    ]);
    db.close();
  });

  test('leaves it told at a stop', () => {
    const { db, runs } = ahead();
    runs.endAll();
    expect(spans(gapsIn(db))).toContainEqual([600_000, 4_200_000]);
    db.close();
  });

  test('and is set right again: what is measured then is kept, but where the wrong hour was told', () => {
    const { db, runs, sampleAt } = ahead();
    runs.addGap({ from: T + 4_785_010, to: T + 4_785_010, why: 'clock' });
    runs.steppedTo(T + 1_200_000);
    for (let at = 1_200_000; at < 6_000_000; at += 15_000) sampleAt(at);
    runs.endAll();
    expect(spans(runsIn(db)).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))).toEqual([
      [0, 585_005],
      [1_200_000, 4_185_005],
      [4_200_000, 4_785_005],
      [4_800_000, 5_985_005],
    ]);
    expect(overlaps(runsIn(db), gapsIn(db))).toEqual([]);
    expect(spans(gapsIn(db))).toContainEqual([600_000, 1_200_000]);
    db.close();
  });
});
