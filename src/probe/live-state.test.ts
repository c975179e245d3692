import { expect, test } from 'vitest';
import { reachabilityAt, type OpenGap, type Reachability } from './live-state.ts';
import type { Sample } from './sample.ts';

const good: Sample = {
  system: 'hq',
  check: 'imap',
  target: 'alice',
  from: 900,
  to: 1_000,
  ok: true,
  holdMs: 45_000,
  phases: [],
};
const bad: Sample = { ...good, ok: false };
const outbound: Sample = { ...good, check: 'outbound', target: 'out' };
const line: OpenGap = { from: 0, why: 'own-line' };
const sink: OpenGap = { from: 0, why: 'sink' };

const rows: readonly (readonly [string, number, Sample | null, readonly OpenGap[], Reachability])[] = [
  ['never visited', 1_000, null, [], 'unmeasured'],
  ['good a moment ago', 1_001, good, [], 'good'],
  ['bad a moment ago', 1_001, bad, [], 'bad'],
  ['good, exactly as old as it may be', 46_000, good, [], 'good'],
  ['good, a millisecond too old', 46_001, good, [], 'unmeasured'],
  ['bad and too old does not stay bad', 46_001, bad, [], 'unmeasured'],
  ['our own line is cut', 1_001, good, [line], 'unmeasured'],
  ['our own sink is down, which says nothing about a mailbox', 1_001, good, [sink], 'good'],
  ['our own sink is down, and a route ends there', 1_001, outbound, [sink], 'unmeasured'],
];

test.each(rows)('%s', (_, now, sample, gaps, state) => {
  expect(reachabilityAt(now, sample, gaps)).toBe(state);
});
