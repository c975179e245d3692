import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIdIndex } from './id-index.ts';

describe('an index of ids', () => {
  test('is what a map of all texts would say', () => {
    const ids = fc.oneof(
      fc.string({ maxLength: 3, unit: 'binary' }),
      fc.constantFrom('a', '\uD800', '\uDC00', '\uFFFD'),
    );
    const told = fc.array(fc.tuple(ids, fc.constantFrom('x', 'y', 'xy', '')), { maxLength: 60 });
    fc.assert(
      fc.property(told, (lines) => {
        const index = createIdIndex();
        const map = new Map<string, { said: string; line: number }>();
        for (const [at, [id, said]] of lines.entries()) {
          const known = map.get(id);
          if (known === undefined) map.set(id, { said, line: at + 1 });
          const expected = known === undefined ? 'new' : known.said === said ? 'same' : { saysElseOnLine: known.line };
          expect(index.add(id, said, at + 1)).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('finds each of a hundred thousand again, and ids longer than its blocks', () => {
    const index = createIdIndex();
    const idOf = (at: number): string =>
      at % 10_000 === 7 ? 'x'.repeat(1_048_570 + at) : `id-${at}-${'é'.repeat(at % 40)}`;
    for (let at = 0; at < 100_000; at++) expect(index.add(idOf(at), `said ${at}`, at)).toBe('new');
    for (let at = 0; at < 100_000; at++) {
      if (index.add(idOf(at), `said ${at}`, at) !== 'same') throw new Error(`${at} was not found`);
    }
    expect(index.add(idOf(17), 'else', 1)).toEqual({ saysElseOnLine: 17 });
    expect(index.add(idOf(50_007), 'else', 1)).toEqual({ saysElseOnLine: 50_007 });
  });
});
