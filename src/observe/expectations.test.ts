import { expect, test } from 'vitest';
import { createHandClock } from '../lib/hand-clock.ts';
import type { Probe } from '../probe/probe.ts';
import { createExpectations } from './expectations.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const launched = (id: string, launchedAt: number): Probe => ({
  ...{ id, launchedAt, system: 'corp', route: 'in', kind: 'inbound', mailbox: 'alice' },
});

test.each([
  ['before it', NOW - HOUR, NOW - HOUR],
  ['after it by a wall that was set back since', NOW + HOUR, NOW],
])(
  'a probe of an earlier run, launched %s, is waited for since then, and since now at the latest',
  (_name, at, since) => {
    const expectations = createExpectations(createHandClock(NOW));
    expectations.expect(launched('old', at));
    expect(expectations.youngestAt).toBe(since);
  },
);

test('the youngest is the one that was told last once looking has begun, until it is dropped', async () => {
  const clock = createHandClock(NOW);
  const expectations = createExpectations(clock);
  expectations.expect(launched('old', NOW - HOUR));
  expectations.begin();
  await clock.advance(1_000);
  expectations.expect(launched('new', NOW));
  expect(expectations.youngestAt).toBe(NOW + 1_000);
  expectations.drop('new');
  expect(expectations.youngestAt).toBe(NOW - HOUR);
  expectations.drop('old');
  expect(expectations.youngestAt).toBeNull();
});
