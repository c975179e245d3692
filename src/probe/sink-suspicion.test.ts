import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../lib/time.ts';
import { launchedState } from './correlate.ts';
import type { ProbeState } from './probe-state.ts';
import { createSinkSuspicion, judgeWait, SHUNNED_MS, STALLED_MS, type SinkSuspicion } from './sink-suspicion.ts';

function probe(id: string, change: Partial<ProbeState> = {}): ProbeState {
  const base = { id, system: 'a', route: 'out', kind: 'outbound', mailbox: null, launchedAt: 0 } as const;
  return { ...launchedState(base), acceptedAt: 10, ...change };
}

const marks = (probes: readonly ProbeState[] | undefined): [string, number | null][] =>
  (probes ?? []).map(({ id, unseenUntil }) => [id, unseenUntil]);

describe('while our sink was away', () => {
  const rows: [string, ProbeState, { suspected: boolean; mark?: number }][] = [
    ['a probe that waited for it surely waited until it went', probe('p'), { suspected: true, mark: 50 }],
    [
      'one that was accepted meanwhile surely waited for nothing',
      probe('p', { acceptedAt: 60 }),
      { suspected: true, mark: 60 },
    ],
    [
      'one that waited through an earlier time keeps what it waited before',
      probe('p', { unseenUntil: 30 }),
      { suspected: true },
    ],
    ['one that is being handed over has waited for nothing yet', probe('p', { acceptedAt: null }), { suspected: true }],
    ['one that had come out is not touched', probe('p', { relayedAt: 20 }), { suspected: false }],
    [
      'one that was launched later is not touched',
      probe('p', { launchedAt: 100, acceptedAt: 110 }),
      { suspected: false },
    ],
    ['one that goes to a mailbox is not touched', probe('p', { kind: 'inbound' }), { suspected: false }],
  ];
  test.each(rows)('%s', (_name, open, { suspected, mark }) => {
    const suspicion = createSinkSuspicion();
    expect(marks(suspicion.away(50, 100, [open], SHUNNED_MS))).toEqual(mark === undefined ? [] : [['p', mark]]);
    expect(suspicion.contact('a', 200, []) !== null).toBe(suspected);
  });

  test("of what is accepted between two such times, without a contact between, no wait is surely the system's", () => {
    const suspicion = createSinkSuspicion();
    suspicion.away(50, 100, [probe('old')], SHUNNED_MS);
    const between = probe('between', { launchedAt: 150, acceptedAt: 160 });
    expect(marks(suspicion.away(70 * MINUTE, 71 * MINUTE, [between], SHUNNED_MS))).toEqual([['between', 160]]);
  });

  test('after a contact, or after the longest that a queue waits, the next time is a matter of its own', () => {
    const between = probe('between', { launchedAt: 150, acceptedAt: 160 });
    const trusted = createSinkSuspicion();
    trusted.away(50, 100, [probe('old')], SHUNNED_MS);
    trusted.contact('a', 140, []);
    expect(marks(trusted.away(70 * MINUTE, 71 * MINUTE, [between], SHUNNED_MS))).toEqual([['between', 70 * MINUTE]]);
    const long = createSinkSuspicion();
    long.away(50, 100, [probe('old')], SHUNNED_MS);
    expect(marks(long.away(80 * MINUTE, 81 * MINUTE, [between], SHUNNED_MS))).toEqual([['between', 80 * MINUTE]]);
  });
});

describe('a first contact after that', () => {
  test('tells the gap from the going to the contact, and marks what waited until then', () => {
    const suspicion = createSinkSuspicion();
    suspicion.away(50, 100, [probe('old')], SHUNNED_MS);
    const found = suspicion.contact('a', 300, [
      probe('it', { acceptedAt: 200, relayedAt: 300 }),
      probe('waiting', { acceptedAt: 250 }),
      probe('out before', { acceptedAt: 5, relayedAt: 20 }),
      probe('after', { acceptedAt: 301 }),
      probe('of another', { system: 'b', acceptedAt: 200 }),
    ]);
    expect(found?.gap).toEqual({ from: 50, to: 300, why: 'sink' });
    expect(marks(found?.marked)).toEqual([
      ['it', 200],
      ['waiting', 250],
    ]);
  });

  test('is the first only once', () => {
    const suspicion = createSinkSuspicion();
    suspicion.away(50, 100, [probe('old')], SHUNNED_MS);
    suspicion.contact('a', 300, []);
    expect(suspicion.contact('a', 301, [probe('next', { acceptedAt: 300 })])).toBeNull();
  });

  test('of another system trusts nobody else', () => {
    const suspicion = createSinkSuspicion();
    suspicion.away(50, 100, [probe('old')], SHUNNED_MS);
    expect(suspicion.contact('b', 300, [])).toBeNull();
    expect(suspicion.contact('a', 301, [])).not.toBeNull();
  });

  test.each([
    ['later than any queue waits is the system itself', SHUNNED_MS, SHUNNED_MS + 101, false],
    ['up to that is ours, counted from our return', SHUNNED_MS, SHUNNED_MS + 100, true],
    ['after a mere stall is ours for a minute', STALLED_MS, STALLED_MS + 100, true],
    ['after a mere stall is the system itself after a minute', STALLED_MS, STALLED_MS + 101, false],
  ])('%s', (_name, explainsMs, at, ours) => {
    const suspicion = createSinkSuspicion();
    const [marked] = suspicion.away(-10 * HOUR, 100, [probe('old')], explainsMs);
    expect(suspicion.explains(marked as ProbeState, at)).toBe(ours);
    expect(suspicion.contact('a', at, []) !== null).toBe(ours);
  });
});

describe('of a probe that was accepted after our return our absence', () => {
  const later = probe('later', { launchedAt: 150, acceptedAt: 160 });
  const rows: [string, (suspicion: SinkSuspicion) => void, boolean][] = [
    ['may be why it has not come before the system came again', () => undefined, true],
    ['explains nothing once the system came', (suspicion) => suspicion.contact('a', 170, []), false],
    ['explains nothing after the longest that a queue waits', (it) => it.expire(SHUNNED_MS + 101, []), false],
  ];
  test.each(rows)('%s', (_name, happens, explains) => {
    const suspicion = createSinkSuspicion();
    suspicion.away(50, 100, [probe('old')], SHUNNED_MS);
    happens(suspicion);
    expect(suspicion.explains(later, 180)).toBe(explains);
    expect(suspicion.explains({ ...later, system: 'b' }, 180)).toBe(false);
    expect(suspicion.explains({ ...later, kind: 'inbound' }, 180)).toBe(false);
  });
});

describe('a bounce before the system came to our sink again', () => {
  const backAt = 100;
  const longAfter = backAt + 6 * MINUTE + 1;
  const rows: [string, Partial<ProbeState>, number, boolean][] = [
    ['at once, long after our return, is its own', { acceptedAt: longAfter }, longAfter + MINUTE, false],
    ['later than at once may be a queue that gave us up', { acceptedAt: longAfter }, longAfter + MINUTE + 1, true],
    [
      'at once, while it may remember that we were away, is ours',
      { acceptedAt: longAfter - 1 },
      longAfter + SECOND,
      true,
    ],
    [
      'at once of one that waited through an absence is ours',
      { acceptedAt: longAfter, unseenUntil: longAfter },
      longAfter + SECOND,
      true,
    ],
    ['of an inbound probe has nothing to do with it', { kind: 'inbound', acceptedAt: 110 }, 120, false],
  ];
  test.each(rows)('%s', (_name, change, at, ours) => {
    const bounced = probe('later', { launchedAt: 150, ...change });
    const away = createSinkSuspicion();
    away.away(50, backAt, [probe('old')], SHUNNED_MS);
    const recalled = createSinkSuspicion();
    recalled.recall(['a'], 50, backAt);
    expect([away, recalled].map((suspicion) => suspicion.explainsBounce(bounced, at))).toEqual([ours, ours]);
  });

  test('after it came is its own', () => {
    const suspicion = createSinkSuspicion();
    suspicion.away(50, backAt, [probe('old')], SHUNNED_MS);
    suspicion.contact('a', 140, []);
    expect(suspicion.explainsBounce(probe('later', { launchedAt: 150, acceptedAt: 160 }), 170)).toBe(false);
  });
});

test('what waits on though our absence explains it no longer loses its mark, once', () => {
  const suspicion = createSinkSuspicion();
  const open = suspicion.away(50, 100, [probe('p')], SHUNNED_MS);
  const out = { ...(open[0] as ProbeState), id: 'out', relayedAt: 200 };
  expect(suspicion.expire(SHUNNED_MS + 100, [...open, out])).toEqual([]);
  expect(marks(suspicion.expire(SHUNNED_MS + 101, [...open, out]))).toEqual([['p', null]]);
  expect(suspicion.expire(SHUNNED_MS + 102, open)).toEqual([]);
});

describe('a probe that comes out', () => {
  const rows: [string, Partial<ProbeState>, boolean, Partial<ProbeState>][] = [
    ['unmarked is as it is where we were not away', {}, false, { outcome: 'pending', unseenUntil: null }],
    [
      'back as a bounce, unmarked, where we were not away is bounced',
      { outcome: 'bounced', settledAt: 3 * HOUR },
      false,
      { outcome: 'bounced' },
    ],
    [
      'back as a bounce, unmarked, before the system came again is void',
      { outcome: 'bounced', settledAt: 3 * HOUR },
      true,
      { outcome: 'void', settledAt: 3 * HOUR },
    ],
    ['after our absence is void', { unseenUntil: 50 }, true, { outcome: 'void', settledAt: 3 * HOUR }],
    ['after an hour of waiting before is void still', { unseenUntil: HOUR + 10 }, true, { outcome: 'void' }],
    [
      'after more than an hour of waiting before keeps that',
      { unseenUntil: HOUR + 11 },
      true,
      { outcome: 'pending', unseenUntil: HOUR + 11 },
    ],
    [
      'so late that our absence explains nothing is late',
      { unseenUntil: 50 },
      false,
      { outcome: 'pending', unseenUntil: null },
    ],
    [
      'back as a bounce after our absence is void',
      { unseenUntil: 50, outcome: 'bounced', settledAt: 3 * HOUR },
      true,
      { outcome: 'void' },
    ],
    [
      'back as a bounce after more than an hour before is bounced',
      { unseenUntil: 2 * HOUR, outcome: 'bounced', settledAt: 3 * HOUR },
      true,
      { outcome: 'bounced' },
    ],
  ];
  test.each(rows)('%s', (_name, change, explained, expected) => {
    expect(judgeWait(probe('p', change), { at: 3 * HOUR, explained, reachWithin: HOUR })).toMatchObject(expected);
  });
});
