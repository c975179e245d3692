import { expect, test } from 'vitest';
import { availabilityOf } from './availability.ts';

test.each([
  ['no time at all', 0, 44_640, 1],
  ['a thousandth exactly', 43.2, 43_200, 0.999],
  ['a share that floats floor below itself', 737.4672, 43_200, 0.982929],
  ['a millisecond more', 737.467217, 43_200, 0.982928],
  ['more than T', 44_640, 43_200, -0.033334],
])('%s down', (_name, down, month, expected) => {
  expect(availabilityOf(down, month)).toBe(expected);
});
