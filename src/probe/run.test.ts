import { describe, expect, test } from 'vitest';
import { DAY, MINUTE, SECOND } from '../lib/time.ts';
import { covers, join, runOf, splitAt, untold } from './run.ts';
import type { GapWhy, Run, Sample } from './sample.ts';

const HOLD = 45 * SECOND;
const failure = { cause: 'connect', phase: 'connect', detail: 'refused' } as const;

function sample(from: number, to: number, change: Partial<Sample> = {}): Sample {
  const ok = change.ok ?? true;
  const base = { system: 's', check: 'imap', target: 'hq', from, to, ok, holdMs: HOLD, phases: [] } as const;
  return { ...base, ...(ok ? {} : { failure }), ...change };
}

/** In words, so that a row says what it means. */
function words(run: Run): string {
  const counts = `${run.samples}${run.transients > 0 ? ` (${run.transients} transient)` : ''}`;
  return `${run.ok ? 'good' : 'bad'} ${run.from}-${run.to} of ${counts}${run.cause === undefined ? '' : ` ${run.cause}`}`;
}

function runsOf(samples: readonly Sample[]): string[] {
  const runs: Run[] = [];
  for (const one of samples) {
    const open = runs.at(-1) ?? null;
    const joined = join(open, runOf(one), open?.to ?? -Infinity);
    if (joined.kind === 'grown') runs.pop();
    if (joined.kind !== 'told') runs.push(joined.run);
  }
  return runs.map(words);
}

describe('samples become runs', () => {
  const rows: [string, readonly Sample[], readonly string[]][] = [
    ['a sample alone is a run of one', [sample(0, 5)], ['good 0-5 of 1']],
    ['equal samples within the hold are one run', [sample(0, 5), sample(15_000, 15_005)], ['good 0-15005 of 2']],
    ['at the hold exactly they still are', [sample(0, 5), sample(45_005, 45_010)], ['good 0-45010 of 2']],
    [
      'past the hold a new run begins',
      [sample(0, 5), sample(45_006, 45_010)],
      ['good 0-5 of 1', 'good 45006-45010 of 1'],
    ],
    [
      'another result begins a new run',
      [sample(0, 5), sample(15_000, 15_005, { ok: false })],
      ['good 0-5 of 1', 'bad 15000-15005 of 1 connect'],
    ],
    [
      'a bad run keeps the cause of its first sample',
      [sample(0, 5, { ok: false }), sample(15_000, 15_005, { ok: false, failure: { ...failure, cause: 'timeout' } })],
      ['bad 0-15005 of 2 connect'],
    ],
    [
      'a first attempt that failed alone is counted and ends nothing',
      [sample(0, 5), sample(15_000, 15_005, { transient: failure }), sample(30_000, 30_005)],
      ['good 0-30005 of 3 (1 transient)'],
    ],
    [
      'another hold begins a new run',
      [sample(0, 5), sample(15_000, 15_005, { holdMs: MINUTE })],
      ['good 0-5 of 1', 'good 15000-15005 of 1'],
    ],
    [
      'launches that overlap count once in time',
      [sample(0, 60_000, { ok: false }), sample(30_000, 35_000, { ok: false })],
      ['bad 0-60000 of 2 connect'],
    ],
    [
      'a run begins where the one before ended when their visits overlap',
      [sample(0, 60), sample(50, 90, { ok: false })],
      ['good 0-60 of 1', 'bad 60-90 of 1 connect'],
    ],
    ['a sample of told time changes nothing', [sample(100, 160), sample(50, 90, { ok: false })], ['good 100-160 of 1']],
  ];
  test.each(rows)('%s', (_name, samples, expected) => {
    expect(runsOf(samples)).toEqual(expected);
  });

  test('no run is longer than a day', () => {
    const step = 40 * SECOND;
    const samples = Array.from({ length: (2 * DAY) / step }, (_, i) => sample(i * step, i * step + 5));
    const [first, ...rest] = runsOf(samples);
    expect(first).toBe(`good 0-${DAY - step + 5} of ${DAY / step}`);
    expect(rest).toHaveLength(1);
  });
});

describe('a gap takes its time out of a run', () => {
  const run = runOf(sample(100, 200));
  const long: Run = { ...run, samples: 5, transients: 5 };
  const rows: [string, Run, [number, number], string | null, string | null][] = [
    ['after the run it leaves it', run, [200, 300], 'good 100-200 of 1', null],
    ['before the run it leaves it', run, [50, 100], null, 'good 100-200 of 1'],
    ['over the run it leaves nothing', run, [100, 200], null, null],
    ['over its end it cuts the end', run, [150, 300], 'good 100-150 of 1', null],
    ['over its start it cuts the start', run, [50, 150], null, 'good 150-200 of 1'],
    [
      'inside a run of many, the last sample lies after it',
      long,
      [150, 160],
      'good 100-150 of 4 (4 transient)',
      'good 160-200 of 1 (1 transient)',
    ],
    ['inside a single visit, its answer came after it', run, [150, 160], null, 'good 160-200 of 1'],
    ['of no length at the end it ends the run', run, [200, 200], 'good 100-200 of 1', null],
  ];
  test.each(rows)('%s', (_name, of, [from, to], before, after) => {
    const parts = splitAt(of, { from, to });
    expect([parts.before && words(parts.before), parts.after && words(parts.after)]).toEqual([before, after]);
  });

  test.each<[GapWhy, Run['check'], boolean]>([
    ['sink', 'outbound', true],
    ['sink', 'inbound', false],
    ['sink', 'imap', false],
    ['stopped', 'imap', true],
    ['own-line', 'inbound', true],
  ])('%s covers %s: %s', (why, check, expected) => {
    expect(covers({ from: 0, to: 1, why }, check)).toBe(expected);
  });
});

describe('of a gap only what no run tells is left', () => {
  const rows: [string, [number, number], readonly [number, number][], readonly [number, number][]][] = [
    [
      'all of it where no run lies',
      [10, 20],
      [
        [0, 10],
        [20, 30],
      ],
      [[10, 20]],
    ],
    ['its end behind a run', [10, 20], [[5, 12]], [[12, 20]]],
    ['its begin before a run', [10, 20], [[15, 25]], [[10, 15]]],
    [
      'both sides of a run',
      [10, 20],
      [[13, 15]],
      [
        [10, 13],
        [15, 20],
      ],
    ],
    [
      'both sides of a run of no length',
      [10, 20],
      [[13, 13]],
      [
        [10, 13],
        [13, 20],
      ],
    ],
    [
      'what lies between runs that overlap each other',
      [10, 20],
      [
        [11, 16],
        [12, 13],
        [18, 19],
      ],
      [
        [10, 11],
        [16, 18],
        [19, 20],
      ],
    ],
    ['nothing inside a run', [10, 20], [[0, 30]], []],
    ['nothing of no length inside a run', [10, 10], [[0, 30]], []],
    ['one of no length where a run ends', [10, 10], [[0, 10]], [[10, 10]]],
  ];
  test.each(rows)('%s', (_name, [from, to], told, expected) => {
    const spans = told.map(([start, end]) => ({ from: start, to: end }));
    expect(untold({ from, to }, spans).map((part) => [part.from, part.to])).toEqual(expected);
  });
});
