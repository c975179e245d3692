import { array, assert, boolean, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GapFact, RunFact } from '../facts/facts.ts';
import { ConfigError } from '../lib/errors.ts';
import { lineOf } from './line.ts';
import { checkRuns, type Placed } from './overlap.ts';

const MINUTE = 60_000;

/** Minutes after ten on some day; the rest is the same for all. */
function run(from: number, to: number, more: Partial<RunFact> = {}): RunFact {
  const span = { from: Date.UTC(2026, 9, 1, 10) + from * MINUTE, to: Date.UTC(2026, 9, 1, 10) + to * MINUTE };
  return { type: 'run', vantage: 'hq', check: 'imap', ok: true, ...span, samples: 1, ...more };
}
function gap(from: number, to: number, more: Partial<GapFact> = {}): GapFact {
  const span = { from: Date.UTC(2026, 9, 1, 10) + from * MINUTE, to: Date.UTC(2026, 9, 1, 10) + to * MINUTE };
  return { type: 'gap', vantage: 'hq', ...span, why: 'stopped', ...more };
}

/** The facts stand on the lines 2, 3, 4, ... */
function check(...facts: readonly (RunFact | GapFact)[]): RunFact[] {
  const runs: Placed<RunFact>[] = [];
  const gaps: Placed<GapFact>[] = [];
  facts.forEach((fact, index) => {
    if (fact.type === 'run') runs.push({ fact, line: index + 2 });
    else gaps.push({ fact, line: index + 2 });
  });
  return checkRuns(runs, gaps, 'x');
}

function isTaken(...facts: readonly (RunFact | GapFact)[]): boolean {
  try {
    check(...facts);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

const RUNS = 'x:3: expected runs of one vantage, check and target not to overlap: this run overlaps the run of line 2';
const GAP = 'x:3: expected no run to overlap a gap of its vantage that covers its check: this';

describe('refused', () => {
  test.each<[string, (RunFact | GapFact)[], string]>([
    ['runs that share a minute', [run(0, 5), run(4, 9)], `${RUNS} (2026-10-01T10:00:00Z to 2026-10-01T10:05:00Z)`],
    ['in whatever order they stand', [run(4, 9), run(0, 5)], `${RUNS} (2026-10-01T10:04:00Z to 2026-10-01T10:09:00Z)`],
    ['runs that share a millisecond', [run(0, 5), run(5 - 1 / MINUTE, 9)], RUNS],
    ['a run inside another', [run(0, 9), run(4, 5)], RUNS],
    ['a run of no length inside another', [run(0, 9), run(4, 4)], RUNS],
    ['two results at one time', [run(0, 5), run(0, 5, { ok: false })], RUNS],
    ['the same run with other words', [run(0, 5), run(0, 5, { detail: 'so' })], RUNS],
    ['a run in a gap', [gap(0, 9), run(4, 5)], `${GAP} run overlaps the gap of line 2`],
    ['a gap in a run', [run(0, 9), gap(4, 5)], `${GAP} gap overlaps the run of line 2`],
    ['a run that reaches into a gap', [run(0, 5), gap(4, 9)], `${GAP} gap overlaps the run of line 2`],
    ['a run over a gap of no length', [run(0, 9), gap(4, 4)], `${GAP} gap overlaps the run of line 2`],
    [
      'a run of the route while the sink was down',
      [run(0, 9, { check: 'outbound' }), gap(4, 5, { why: 'sink' })],
      `${GAP} gap overlaps the run of line 2`,
    ],
    [
      'the first of several, by its later line',
      [run(20, 25), run(24, 29), run(0, 5), run(4, 9)],
      `${RUNS} (2026-10-01T10:20:00Z to 2026-10-01T10:25:00Z)`,
    ],
  ])('%s', (_name, facts, expected) => {
    expect(() => check(...facts)).toThrow(expected);
  });
});

describe('taken', () => {
  test.each<[string, (RunFact | GapFact)[]]>([
    ['runs that touch', [run(0, 5), run(5, 9, { ok: false }), run(9, 9)]],
    ['runs of two targets', [run(0, 5, { target: 'a' }), run(0, 5, { target: 'b' }), run(0, 5)]],
    ['runs of two checks', [run(0, 5), run(0, 5, { check: 'pop3' })]],
    ['runs of two vantages', [run(0, 5), run(0, 5, { vantage: 'branch' })]],
    ['names that would run together', [run(0, 5, { vantage: 'a,b' }), run(0, 5, { vantage: 'a', check: 'b' })]],
    ['a gap that touches', [run(0, 5), gap(5, 9), run(9, 12), gap(12, 12)]],
    ['a gap of another vantage', [run(0, 5), gap(0, 5, { vantage: 'branch' })]],
    ['a check while the sink was down', [run(0, 5), gap(0, 5, { why: 'sink' })]],
    ['gaps that overlap', [gap(0, 5), gap(3, 9, { why: 'sink' }), gap(4, 5)]],
  ])('%s', (_name, facts) => {
    expect(check(...facts)).toEqual(facts.filter(({ type }) => type === 'run'));
  });

  test('the same run twice once, even between others of the same instant', () => {
    const none = [run(0, 0), run(0, 0, { ok: false })];
    expect(check(run(0, 5), ...none, run(0, 5), ...none)).toEqual([run(0, 5), ...none]);
  });
});

test('the same is refused as by comparing each with each', () => {
  const span = {
    from: integer({ min: 0, max: 12 }),
    length: integer({ min: 0, max: 4 }),
    vantage: constantFrom('hq', 'branch'),
  };
  const runs = array(record({ ...span, check: constantFrom('imap', 'outbound'), ok: boolean() }), { maxLength: 5 });
  const gaps = array(record({ ...span, why: constantFrom('stopped', 'sink') }), { maxLength: 4 });
  const counts = { taken: 0, refused: 0 };
  assert(
    property(runs, gaps, (someRuns, someGaps) => {
      const seen = someRuns.map(({ from, length, ...more }) => run(from, from + length, more));
      const unseen = someGaps.map(({ from, length, ...more }) => gap(from, from + length, more));
      const isRefused = overlapsAny(seen, unseen);
      counts[isRefused ? 'refused' : 'taken'] += 1;
      expect(isTaken(...seen, ...unseen)).toBe(!isRefused);
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(200);
});

function overlapsAny(runs: readonly RunFact[], gaps: readonly GapFact[]): boolean {
  const meet = (a: RunFact | GapFact, b: RunFact | GapFact): boolean => a.from < b.to && b.from < a.to;
  const alike = (a: RunFact, b: RunFact): boolean => a.vantage === b.vantage && a.check === b.check;
  return runs.some(
    (a) =>
      runs.some((b) => lineOf(a) !== lineOf(b) && alike(a, b) && meet(a, b)) ||
      gaps.some((g) => g.vantage === a.vantage && (g.why !== 'sink' || a.check === 'outbound') && meet(a, g)),
  );
}

describe('a hundred thousand of each, which comparing each with each would not end', () => {
  const many = 100_000;
  const piled = Array.from({ length: many }, (_, at) => ({ fact: run(-1, -1, { samples: at + 1 }), line: at + 2 }));

  test('are taken', () => {
    const nested = Array.from({ length: many }, (_, at) => ({ fact: gap(at, 2 * many - at), line: many + at + 2 }));
    expect(checkRuns(piled, nested, 'x')).toHaveLength(many);
  });

  test('are refused', () => {
    const nested = Array.from({ length: many }, (_, at) => ({ fact: gap(at - many, many), line: many + at + 2 }));
    expect(() => checkRuns(piled, nested, 'x')).toThrow(`x:${many + 2}: expected no run to overlap a gap`);
  });
});
