import { expect, test } from 'vitest';
import { looksOf } from './looks-of.ts';
import { launchedState } from './probe/correlate.ts';
import type { ProbeState } from './probe/probe-state.ts';

const NOW = 10_000;

function probe(system: string, mailbox: string | null): ProbeState {
  const kind = mailbox === null ? 'outbound' : 'inbound';
  return launchedState({ id: 'p', system, route: 'r', kind, mailbox, launchedAt: 0 });
}

interface World {
  readonly shift?: number;
  readonly sinkListens?: boolean;
  readonly suspects?: readonly string[];
}

test.each<[string, ProbeState[], World, [string, string, number][]]>([
  [
    'of mailboxes and the sink, each once',
    [probe('a', 'hq'), probe('a', null), probe('a', 'hq')],
    {},
    [
      ['a', 'hq', 9_000],
      ['a', '', NOW],
    ],
  ],
  ['a mailbox that was never looked through is not told of', [probe('a', 'dead')], {}, []],
  ['nor is a sink that does not listen', [probe('a', null)], { sinkListens: false }, []],
  [
    'nor the sink of a system that may shun it',
    [probe('a', null), probe('b', null)],
    { suspects: ['a'] },
    [['b', '', NOW]],
  ],
  [
    'by the scale of today, though it was looked before the wall was set',
    [probe('a', 'hq')],
    { shift: -500 },
    [['a', 'hq', 8_500]],
  ],
])('looks: %s', (_name, open, { shift = 0, sinkListens = true, suspects = [] }, expected) => {
  const looks = looksOf(open, {
    clock: { now: () => NOW, shiftAt: (at) => (at >= NOW ? shift : 0) },
    mailboxes: { lookedUntil: (_system, mailbox) => (mailbox === 'dead' ? null : NOW - 1_000) },
    absence: { isSuspect: (system) => suspects.includes(system) },
    sinkListens,
  });
  expect(looks.map(({ system, place, until }) => [system, place, until])).toEqual(expected);
});
