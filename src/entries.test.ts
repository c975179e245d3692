import { expect, test } from 'vitest';
import type { CheckWork } from './visiting.ts';
import { entriesOf } from './entries.ts';
import type { CheckPort } from './probe/ports.ts';

const never = new AbortController().signal;
const port = (target: string): CheckPort => ({
  check: 'mx',
  target,
  visit: () => Promise.reject(new Error('not here')),
});

test.each([
  ['one that names its targets itself', port('mx1.example'), ['mx1.example'], []],
  [
    'one behind a lookup',
    { ...port('corp.example'), targets: async () => [port('a.example'), port('b.example')] },
    ['a.example', 'b.example'],
    [['corp', 'mx', ['a.example', 'b.example']]],
  ],
])('a check visits every target, and what a lookup found is told: %s', async (_, at, visited, told) => {
  const visits: string[] = [];
  const found: unknown[] = [];
  const work: CheckWork = { system: 'corp', port: at, intervalMs: 15_000, timeoutMs: 30_000 };
  const [entry] = entriesOf(
    { routes: [], checks: [work] },
    { launch: async () => {}, skip() {}, visit: async (it) => void visits.push(it.port.target) },
    never,
    (...what) => void found.push(what),
  );
  await entry?.run();
  expect(visits).toEqual(visited);
  expect(found).toEqual(told);
});
