import { beforeEach, describe, expect, test } from 'vitest';
import { createHandClock, type HandClock } from './lib/hand-clock.ts';
import { createLive, type Live } from './live.ts';
import { launchedState } from './probe/correlate.ts';
import type { ProbeState } from './probe/probe-state.ts';
import type { Sample } from './probe/sample.ts';

const START = 1_800_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let clock: HandClock;
let open: ProbeState[];
let live: Live;
let visitSince: number | null;

beforeEach(() => {
  clock = createHandClock(START);
  open = [];
  visitSince = null;
  live = createLive({
    clock,
    systems: [
      {
        name: 'corp',
        reachWithinMs: HOUR,
        checks: [{ check: 'mx', target: 'corp.example' }],
        routes: [{ name: 'in', kind: 'inbound', intervalMs: MINUTE }],
        mailboxes: ['hq'],
      },
    ],
    openProbes: () => open,
    visitSince: () => visitSince,
    sink: () => undefined,
    store: () => ({
      open: true,
      queue: 0,
      lastCommitMs: null,
      maxCommitMs: null,
      trouble: null,
      dropped: { dialogues: 0, samples: 0, records: 0 },
    }),
  });
});

const routeState = () => live.state().systems[0]?.routes[0]?.state;

function accepted(at: number): ProbeState {
  const probe = { id: `p${at}`, system: 'corp', route: 'in', kind: 'inbound', mailbox: 'hq', launchedAt: at } as const;
  return { ...launchedState(probe), acceptedAt: at };
}

function cameOut(acceptedAt: number, visibleAt: number): void {
  const probe = { ...accepted(acceptedAt), visibleAt, outcome: 'delivered', settledAt: visibleAt } as const;
  live.on({ kind: 'settled', at: visibleAt, probe });
}

describe('a route', () => {
  test('is unmeasured before its first message ended', () => {
    open = [accepted(START)];
    expect(routeState()).toBe('unmeasured');
  });

  test('is bad as long as accepted mail does not come out within reach_within, however long that lasts', async () => {
    cameOut(START, START + 10);
    open = [accepted(START + MINUTE), accepted(START + 2 * MINUTE)];
    await clock.advance(HOUR + 90_000);
    expect(routeState()).toBe('bad');
    await clock.advance(5 * HOUR);
    expect(routeState()).toBe('bad');
  });

  test('is not bad by one that waits on since our sink was away, but by one that had waited too long before', async () => {
    open = [{ ...accepted(START), kind: 'outbound', unseenUntil: START + HOUR }];
    await clock.advance(2 * HOUR);
    expect(routeState()).not.toBe('bad');
    open = [{ ...accepted(START), kind: 'outbound', unseenUntil: START + HOUR + 1 }];
    expect(routeState()).toBe('bad');
  });

  test('is bad by one that waits in a mailbox, however far an earlier run had looked', async () => {
    open = [{ ...accepted(START), unseenUntil: START + 1 }];
    await clock.advance(2 * HOUR);
    expect(routeState()).toBe('bad');
  });

  test('is good again with the first later message that comes out, though old ones are stuck for good', async () => {
    open = [accepted(START)];
    await clock.advance(2 * HOUR);
    expect(routeState()).toBe('bad');
    cameOut(clock.now() - 1_000, clock.now());
    expect(routeState()).toBe('good');
  });

  test('that takes longer than its hold for each message is good, not unmeasured', async () => {
    await clock.advance(10 * MINUTE);
    cameOut(START, clock.now());
    expect(routeState()).toBe('good');
  });

  test('is not good by a message that came out after reach_within', async () => {
    await clock.advance(2 * HOUR);
    cameOut(START, clock.now());
    expect(routeState()).not.toBe('good');
  });

  test('is unmeasured past its hold', async () => {
    cameOut(START, START + 10);
    await clock.advance(3 * MINUTE + 11);
    expect(routeState()).toBe('unmeasured');
  });
});

describe('a probe that is no delay', () => {
  test.each(['void', 'bounced'] as const)(
    '%s, though it came out: no last delay, and the route is not good by it',
    (outcome) => {
      live.on({
        kind: 'settled',
        at: START + 10,
        probe: { ...accepted(START), visibleAt: START + 10, outcome, settledAt: START + 10 },
      });
      expect(live.state().systems[0]?.routes[0]).toMatchObject({ lastDelay: null });
      expect(routeState()).not.toBe('good');
    },
  );
});

test('a route keeps the phases of its last attempt to send, and what a delay was at least', () => {
  const route = () => live.state().systems[0]?.routes[0];
  expect(route()?.lastSend).toBeNull();
  const phases = [{ phase: 'connect', ms: 3 } as const];
  const failure = { cause: 'connect', phase: 'connect', detail: 'no' } as const;
  const facts = { startedAt: START, endedAt: START + 3, peer: 'mx', phases, transcript: [] };
  const probe = accepted(START);
  live.on({ kind: 'sent', at: START + 3, probe, result: { ...facts, kind: 'unreachable', failure }, final: true });
  expect(route()?.lastSend).toEqual({ from: START, to: START + 3, phases });
  const seen = {
    visibleAt: START + 100,
    unseenUntil: START + 40,
    outcome: 'delivered',
    settledAt: START + 100,
  } as const;
  live.on({ kind: 'settled', at: START + 100, probe: { ...probe, ...seen } });
  expect(route()?.lastDelay).toEqual({ ms: 100, leastMs: 40, at: START + 100 });
});

describe('MX hosts that a lookup tells', () => {
  const targets = () => live.state().systems[0]?.checks.map(({ target, state }) => `${target} ${state}`) ?? [];
  const sampled = (target: string) =>
    live.on({
      kind: 'sampled',
      at: clock.now(),
      sample: {
        system: 'corp',
        check: 'mx',
        target,
        from: clock.now(),
        to: clock.now(),
        ok: true,
        holdMs: 45_000,
        phases: [],
      },
      visits: [],
    });

  test('take the place of the domain: nothing is left behind that nobody visits', () => {
    expect(targets()).toEqual(['corp.example unmeasured']);
    live.found('corp', 'mx', ['mx1.example', 'mx2.example']);
    sampled('mx1.example');
    sampled('mx2.example');
    cameOut(START, START);
    expect(targets()).toEqual(['mx1.example good', 'mx2.example good']);
    expect(live.state().systems[0]?.connected).toBe('good');
  });

  test('that left the DNS are forgotten, with the state they were in; the others stay as they are', async () => {
    live.found('corp', 'mx', ['mx1.example', 'mx2.example']);
    sampled('mx1.example');
    sampled('mx2.example');
    live.found('corp', 'mx', ['mx2.example', 'mx3.example']);
    expect(targets()).toEqual(['mx2.example good', 'mx3.example unmeasured']);
    await clock.advance(1_000);
    live.found('corp', 'mx', ['mx1.example']);
    sampled('mx1.example');
    expect(live.state().systems[0]?.checks).toMatchObject([{ target: 'mx1.example', since: START + 1_000 }]);
  });
});

describe('a check whose visits take longer than its hold', () => {
  const sample = (ok: boolean, to: number) => ({
    ...{ system: 'corp', check: 'imap', target: 'hq', from: to - 60_000, to, ok, holdMs: 45_000, phases: [] },
  });
  const stateOf = () => live.state().systems[0]?.checks.find((check) => check.check === 'imap')?.state;
  const told = (ok: boolean) =>
    live.on({ kind: 'sampled', at: clock.now(), sample: sample(ok, clock.now()) as Sample, visits: [] });

  test('stays bad while the next visit has no answer yet', async () => {
    told(false);
    await clock.advance(15_000);
    visitSince = clock.now();
    await clock.advance(60_000);
    expect(stateOf()).toBe('bad');
  });

  test('is not called good for longer than its hold', async () => {
    told(true);
    await clock.advance(15_000);
    visitSince = clock.now();
    await clock.advance(31_000);
    expect(stateOf()).toBe('unmeasured');
  });

  test('is unmeasured when no visit followed in time', async () => {
    told(false);
    await clock.advance(46_000);
    visitSince = clock.now();
    expect(stateOf()).toBe('unmeasured');
  });
});
