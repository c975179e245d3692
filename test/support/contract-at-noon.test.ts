import { expect, test } from 'vitest';
import { contractAtNoon } from './contract-at-noon.ts';

test.each([
  ['2026-11-30T23:59:59Z', 'Etc/GMT+11', '2026-11'],
  ['2026-12-01T00:20:00Z', 'Etc/GMT-12', '2026-12'],
  ['2026-12-01T10:00:00Z', 'Etc/GMT-2', '2026-12'],
  ['2026-12-31T12:30:00Z', 'UTC', '2026-12'],
])('at %s it is noon in %s', (at, timezone, month) => {
  const { contract, month: found } = contractAtNoon(Date.parse(at));
  expect([contract.timezone, found]).toEqual([timezone, month]);
});
