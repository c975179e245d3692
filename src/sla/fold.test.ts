import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY, MINUTE } from '../lib/time.ts';
import { foldSamples, type FoldedRun, type RouteSample } from './fold.ts';

const T = 1_790_000_000_000;
const near = (from: number, to: number): boolean => to - from <= 3 * MINUTE;
const samples = (...said: readonly [minute: number, ok: boolean][]): RouteSample[] =>
  said.map(([minute, ok]) => ({ at: T + minute * MINUTE, ok }));
const run = (from: number, to: number, ok: boolean, count: number): FoldedRun => ({
  ok,
  from: T + from * MINUTE,
  to: T + to * MINUTE,
  samples: count,
});

test.each<[string, FoldedRun | undefined, RouteSample[], FoldedRun[]]>([
  ['nothing', undefined, [], []],
  ['nothing new: the open run as it is', run(0, 5, true, 6), [], [run(0, 5, true, 6)]],
  ['those that say the same', undefined, samples([0, true], [1, true], [2, true]), [run(0, 2, true, 3)]],
  [
    'a change, and one back',
    undefined,
    samples([0, true], [1, false], [2, true]),
    [run(0, 0, true, 1), run(1, 1, false, 1), run(2, 2, true, 1)],
  ],
  [
    'the open run goes on',
    run(0, 5, false, 6),
    samples([6, false], [7, true]),
    [run(0, 6, false, 7), run(7, 7, true, 1)],
  ],
  ['too far apart', run(0, 5, true, 6), samples([9, true]), [run(0, 5, true, 6), run(9, 9, true, 1)]],
])('%s', (_name, open, said, runs) => {
  expect(foldSamples(open, said, near)).toEqual(runs);
});

test('no run is longer than a day', () => {
  const day = Array.from({ length: 1_500 }, (_, minute) => ({ at: T + minute * MINUTE, ok: true }));
  const runs = foldSamples(undefined, day, near);
  expect(runs.map(({ samples: count }) => count)).toEqual([1_441, 59]);
  expect((runs[0]?.to ?? 0) - (runs[0]?.from ?? 0)).toBe(DAY);
});

test('folding in parts is folding at once', () => {
  const sample = fc.record({ after: fc.integer({ min: 0, max: 6 * MINUTE }), ok: fc.boolean() });
  fc.assert(
    fc.property(fc.array(sample), fc.nat(), (steps, cut) => {
      let at = T;
      const all = steps.map(({ after, ok }) => ({ at: (at += after), ok }));
      const middle = all.length === 0 ? 0 : cut % all.length;
      const first = foldSamples(undefined, all.slice(0, middle), near);
      const second = foldSamples(first.at(-1), all.slice(middle), near);
      expect([...first.slice(0, -1), ...second]).toEqual(foldSamples(undefined, all, near));
    }),
  );
});
