import { expect, test } from 'vitest';
import { createOwnLaunches } from './own-launches.ts';
import type { Probe } from './probe.ts';

const BEGAN_AT = 1_000_000;
const probe = (id: string, launchedAt: number): Probe => ({
  ...{ id, launchedAt, system: 'corp', route: 'in', kind: 'inbound', mailbox: 'alice' },
});

test.each([
  ['launched by this run', 'ours-2', BEGAN_AT + 20, true],
  ['launched before it: an earlier run may have been killed before it wrote that down', 'unknown', BEGAN_AT - 1, true],
  ['that is not known though it was launched since', 'unknown', BEGAN_AT + 20, false],
  ['launched at the very beginning by another', 'unknown', BEGAN_AT, false],
  ['of an earlier run, before the wall was set back', 'earlier', BEGAN_AT + 3_600_000, true],
])('a probe %s', (_name, id, at, expected) => {
  const launches = createOwnLaunches(BEGAN_AT);
  launches.knowEarlier(['earlier']);
  launches.add(probe('ours-1', BEGAN_AT + 10));
  launches.add(probe('ours-2', BEGAN_AT + 20));
  expect(launches.mayBeOurs(probe(id, at))).toBe(expected);
});

test('of those that are no longer remembered nothing is said', () => {
  const launches = createOwnLaunches(BEGAN_AT, 2);
  for (const n of [1, 2, 3]) launches.add(probe(`ours-${n}`, BEGAN_AT + n * 10));
  expect(launches.mayBeOurs(probe('ours-1', BEGAN_AT + 10))).toBe(true);
  expect(launches.mayBeOurs(probe('unknown', BEGAN_AT + 10))).toBe(true);
  expect(launches.mayBeOurs(probe('unknown', BEGAN_AT + 15))).toBe(false);
  expect(launches.mayBeOurs(probe('ours-3', BEGAN_AT + 30))).toBe(true);
});
