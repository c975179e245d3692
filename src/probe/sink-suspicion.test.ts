import { describe, expect, test } from 'vitest';
import { launchedState } from './correlate.ts';
import type { ProbeState } from './probe-state.ts';
import { createSinkSuspicion } from './sink-suspicion.ts';

const MINUTE = 60_000;

function probe(id: string, change: Partial<ProbeState> = {}): ProbeState {
  const base = { id, system: 'a', route: 'out', kind: 'outbound', mailbox: null, launchedAt: 0 } as const;
  return { ...launchedState(base), acceptedAt: 10, ...change };
}

const ids = (probes: readonly ProbeState[] | undefined): string[] => (probes ?? []).map(({ id }) => id);

describe('while our sink was away', () => {
  const rows: [string, ProbeState, boolean][] = [
    ['a probe that waited for it is spoiled', probe('p'), true],
    ['one that had come out is not', probe('p', { relayedAt: 20 }), false],
    ['one that was launched later is not', probe('p', { launchedAt: 100, acceptedAt: 110 }), false],
    ['one that goes to a mailbox is not', probe('p', { kind: 'inbound' }), false],
  ];
  test.each(rows)('%s', (_name, open, spoiled) => {
    const suspicion = createSinkSuspicion();
    expect(ids(suspicion.away(50, 100, [open]))).toEqual(spoiled ? ['p'] : []);
    expect(suspicion.contact('a', 200, []) !== null).toBe(spoiled);
  });
});

test('a system that was being handed a probe may have put it off: the probe is spoiled once it was accepted before its contact', () => {
  const suspicion = createSinkSuspicion();
  const handed = probe('p', { acceptedAt: null });
  expect(suspicion.away(50, 100, [handed])).toEqual([]);
  expect(ids(suspicion.contact('a', 300, [{ ...handed, acceptedAt: 101, relayedAt: 300 }])?.spoiled)).toEqual(['p']);
});

describe('a first contact after that', () => {
  test('tells the gap from the going to the contact, and spoils what waited until then', () => {
    const suspicion = createSinkSuspicion();
    suspicion.away(50, 100, [probe('old')]);
    const found = suspicion.contact('a', 300, [
      probe('before', { acceptedAt: 200, relayedAt: 300 }),
      probe('after', { acceptedAt: 301 }),
      probe('of another', { system: 'b', acceptedAt: 200 }),
    ]);
    expect(found?.gap).toEqual({ from: 50, to: 300, why: 'sink' });
    expect(ids(found?.spoiled)).toEqual(['before']);
  });

  test('is the first only once', () => {
    const suspicion = createSinkSuspicion();
    suspicion.away(50, 100, [probe('old')]);
    suspicion.contact('a', 300, []);
    expect(suspicion.contact('a', 301, [probe('next', { acceptedAt: 300 })])).toBeNull();
  });

  test('of another system trusts nobody else', () => {
    const suspicion = createSinkSuspicion();
    suspicion.away(50, 100, [probe('old')]);
    expect(suspicion.contact('b', 300, [])).toBeNull();
    expect(suspicion.contact('a', 301, [])).not.toBeNull();
  });

  test.each([
    ['later than any queue waits is the system itself', 75 * MINUTE + 101, false],
    ['up to that is ours, counted from our return', 75 * MINUTE + 100, true],
  ])('%s', (_name, at, ours) => {
    const suspicion = createSinkSuspicion();
    suspicion.away(-10 * 60 * MINUTE, 100, [probe('old')]);
    expect(suspicion.contact('a', at, []) !== null).toBe(ours);
  });
});
