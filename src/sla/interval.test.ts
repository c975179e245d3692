import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { clip, overlaps, subtract, total, union, type Interval } from './interval.ts';

const SPAN = { from: 0, to: 60 };
const intervals = fc.array(
  fc.tuple(fc.nat(60), fc.nat(60)).map(([a, b]): Interval => ({ from: Math.min(a, b), to: Math.max(a, b) })),
  { maxLength: 8 },
);

/** The instants of it, one by one: what every rule here is held against. */
function instants(of: readonly Interval[]): Set<number> {
  return new Set(of.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index)));
}

test('a union counts each instant once, in order, and nothing touches', () => {
  fc.assert(
    fc.property(intervals, (some) => {
      const whole = union(some);
      expect(instants(whole)).toEqual(instants(some));
      expect(total(whole)).toBe(instants(some).size);
      for (let index = 1; index < whole.length; index++) {
        expect(whole[index]?.from).toBeGreaterThan(whole[index - 1]?.to ?? 0);
      }
    }),
  );
});

test('what is subtracted is gone, and nothing else', () => {
  fc.assert(
    fc.property(intervals, intervals, (some, taken) => {
      const left = subtract(union(some), union(taken));
      expect(total(left)).toBe(instants(left).size);
      expect(instants(left)).toEqual(new Set([...instants(some)].filter((at) => !instants(taken).has(at))));
    }),
  );
});

test('the parts of a span that is cut in two add up to the span', () => {
  fc.assert(
    fc.property(intervals, fc.nat(60), (some, cut) => {
      const whole = union(some);
      const parts = total(clip(whole, { from: 0, to: cut })) + total(clip(whole, { from: cut, to: 60 }));
      expect(parts).toBe(total(clip(whole, SPAN)));
    }),
  );
});

test('two overlap when they share an instant; touching is none', () => {
  fc.assert(
    fc.property(intervals, fc.nat(60), fc.integer({ min: 1, max: 9 }), (some, from, length) => {
      const span = { from, to: from + length };
      const shared = [...instants([span])].some((at) => instants(some).has(at));
      expect(overlaps(union(some), span)).toBe(shared);
    }),
  );
});
