import { expect, test } from 'vitest';
import { createSystemClock } from '../lib/system-clock.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { createResolver } from '../net/resolve.ts';
import type { Phase } from '../probe/visit.ts';
import { makeVisit, type Frame } from './visit.ts';

const refused = new DialogueError({ cause: 'refused', phase: 'auth', detail: 'refused' });

/** A visit by a hand clock: each phase takes so many ms. */
async function visit(phases: readonly (readonly [Phase, number])[], fails: boolean) {
  let now = 1_000;
  const clock = { ...createSystemClock(), now: () => now };
  const resolver = createResolver({ servers: [], family: 'ipv4-only' });
  const signal = new AbortController().signal;
  return makeVisit({ clock, resolver, timeoutMs: 60_000, signal }, async ({ recorder }: Frame) => {
    for (const [phase, ms] of phases) await recorder.timed(phase, async () => void (now += ms));
    if (fails) throw refused;
  });
}

test.each<[string, (readonly [Phase, number])[], boolean, number]>([
  [
    'a failed visit ends at its failure, not after QUIT',
    [
      ['auth', 10],
      ['quit', 2_000],
    ],
    true,
    1_010,
  ],
  [
    'a failed visit ends before RSET already',
    [
      ['mail', 10],
      ['rset', 500],
      ['quit', 1_500],
    ],
    true,
    1_010,
  ],
  [
    'one that fails at the next host ends there',
    [
      ['ehlo', 10],
      ['quit', 500],
      ['connect', 40],
    ],
    true,
    1_550,
  ],
  [
    'a good visit ends after its leave-taking',
    [
      ['auth', 10],
      ['quit', 30],
    ],
    false,
    1_040,
  ],
])('%s', async (_title, phases, fails, endedAt) => {
  const made = await visit(phases, fails);
  expect(made.endedAt).toBe(endedAt);
  // The leave-taking is timed all the same.
  expect(made.phases.map(({ phase }) => phase)).toEqual(phases.map(([phase]) => phase));
});
