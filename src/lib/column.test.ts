import { expect, test } from 'vitest';
import { createColumn } from './column.ts';

test.each([
  ['whole numbers below 2 ** 32', Uint32Array, (index: number) => 2 ** 32 - 1 - index],
  ['instants', Float64Array, (index: number) => Date.UTC(2026, 2, 1) + index],
] as const)('%s over many blocks come back as they were', (_name, kind, valueOf) => {
  const column = createColumn(kind);
  const values = Array.from({ length: 40_001 }, (_, index) => valueOf(index));
  for (const value of values) column.push(value);
  expect(column.length).toBe(40_001);
  expect(values.every((value, index) => column.at(index) === value)).toBe(true);
  expect(column.toArray()).toEqual(Float64Array.from(values));
  expect(column.at(column.length)).toBe(0);
});

test('an empty one has nothing', () => {
  expect(createColumn(Float64Array).toArray()).toEqual(new Float64Array(0));
});
