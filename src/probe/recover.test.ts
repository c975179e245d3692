import { expect, test } from 'vitest';
import type { Probe } from './probe.ts';
import { fromToken } from './recover.ts';

const LAUNCHED = 1_800_000_000_000;
const WATCH = 72 * 3_600_000;
const PROBE: Probe = {
  id: 'a'.repeat(20),
  system: 'corp',
  route: 'in',
  kind: 'inbound',
  mailbox: 'hq',
  launchedAt: LAUNCHED,
};

test('what a token tells is a probe that was accepted at its launch or later, nobody knows when', () => {
  const state = fromToken(PROBE, LAUNCHED + 60_000, WATCH);
  expect(state).toMatchObject({ ...PROBE, outcome: 'pending', acceptedAt: LAUNCHED, uncertain: true, settledAt: null });
  expect(state).toMatchObject({ visibleAt: null, unseenUntil: null, copies: 0 });
});

test.each([
  ['at the instant of its launch', LAUNCHED, true],
  ['at the end of its watch', LAUNCHED + WATCH, true],
  ['after its watch: it may be played again', LAUNCHED + WATCH + 1, false],
  ['before its launch: a clock was set, and no delay can be told', LAUNCHED - 1, false],
])('seen %s', (_words, now, is) => {
  expect(fromToken(PROBE, now, WATCH) !== null).toBe(is);
});
