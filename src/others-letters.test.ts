import { expect, test } from 'vitest';
import { createHandClock } from './lib/hand-clock.ts';
import { silentLog } from './lib/log.ts';
import { leaveOthers } from './others-letters.ts';
import type { Probe } from './probe/probe.ts';
import { createTokens, newProbeId } from './probe/token.ts';

const tokens = createTokens({ instance: 'both', key: Buffer.alloc(32, 7) });
const launched = (): Probe => ({
  ...{ id: newProbeId(), system: 'corp', route: 'in', kind: 'inbound', mailbox: 'alice', launchedAt: 1 },
});

test("another agent's probes are its own, and the log tells of them once a minute, with how many", async () => {
  const clock = createHandClock(1_000_000);
  const ours = launched();
  const told: object[] = [];
  const read = (probe: Probe): string => guarded.read(tokens.sign(probe)).kind;
  const guarded = leaveOthers(tokens, {
    agent: { mayBeOurs: ({ id }) => id === ours.id },
    clock,
    log: { ...silentLog, error: (fields) => void told.push(fields) },
  });

  const [first, last] = [launched(), launched()];
  expect([ours, first, launched(), launched()].map(read)).toEqual([
    'ours',
    'other-instance',
    'other-instance',
    'other-instance',
  ]);
  expect(told).toEqual([{ probe: first.id, system: 'corp', times: 1 }]);
  await clock.advance(59_999);
  read(launched());
  expect(told).toHaveLength(1);
  await clock.advance(1);
  read(last);
  expect(told.slice(1)).toEqual([{ probe: last.id, system: 'corp', times: 4 }]);
});
