import { beforeEach, describe, expect, test } from 'vitest';
import { createAgent, type Agent, type CheckWork } from './agent.ts';
import type { RouteWork } from './handover.ts';
import { createHandClock, type HandClock } from './lib/hand-clock.ts';
import { silentLog } from './lib/log.ts';
import type { AgentEvent } from './probe/event.ts';
import type { SendPort, Store, WitnessPort } from './probe/ports.ts';
import type { ProbeState } from './probe/probe-state.ts';
import type { RouteKind } from './probe/probe.ts';
import type { SendResult } from './probe/send-result.ts';
import type { Failure, Visit } from './probe/visit.ts';

// The flow with a hand clock and a scripted world: no network, no disk.

const START = 1_800_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const refusal = (cause: Failure['cause']): Failure => ({ cause, phase: 'connect', detail: `scripted ${cause}` });

let clock: HandClock;
let ledger: AgentEvent[];
let kept: ProbeState[];
let aliveAt: number | null;
let witnessSays: Awaited<ReturnType<WitnessPort['ask']>>;
let lag: number;
let stop: AbortController;
let agent: Agent;

beforeEach(() => {
  clock = createHandClock(START);
  ledger = [];
  kept = [];
  aliveAt = null;
  witnessSays = 'answered';
  lag = 0;
  stop = new AbortController();
  const store: Pick<Store, 'append' | 'probe' | 'openProbes' | 'lastAliveAt'> = {
    append: async (event) => {
      ledger.push(event);
      // On disk a little later than said, as in the real one.
      await new Promise(setImmediate);
      if ('probe' in event) kept = [event.probe, ...kept.filter((probe) => probe.id !== event.probe.id)];
    },
    probe: async (id) => kept.find((probe) => probe.id === id) ?? null,
    openProbes: async () => kept,
    lastAliveAt: async () => aliveAt,
  };
  agent = createAgent({
    clock,
    store: store as Store,
    doubts: { witness: { ask: async () => witnessSays }, lagMs: () => lag, signal: stop.signal },
    log: silentLog,
    patienceOf: () => ({ lostAfterMs: 24 * HOUR, watchMs: 72 * HOUR }),
    longestWatchMs: 72 * HOUR,
    listeners: [],
  });
});

type Script = (fresh: boolean) => Pick<SendResult, 'kind'> & Partial<SendResult>;

function route(kind: RouteKind, script: Script, takesMs = 10): RouteWork {
  const sender: SendPort = {
    send: async (_letter, { fresh }) => {
      const startedAt = clock.now();
      const said = script(fresh);
      await new Promise<void>((resolve) => void clock.after(takesMs, resolve));
      const endedAt = clock.now();
      const facts = { startedAt, endedAt, peer: 'mail:25', phases: [], transcript: [] };
      return {
        ...facts,
        acceptedAt: endedAt,
        line: '250 ok',
        permanent: true,
        dotAt: endedAt,
        failure: refusal('refused'),
        ...said,
      } as unknown as SendResult;
    },
    close: async () => {},
  };
  return {
    system: 'corp',
    name: kind,
    kind,
    mailbox: kind === 'outbound' ? null : 'hq',
    intervalMs: MINUTE,
    timeoutMs: 10_000,
    retryAfterMs: MINUTE,
    reachWithinMs: HOUR,
    sender,
    compose: async () => ({ from: 'a@b', to: 'c@d', messageId: '<1@b>', raw: Buffer.from('') }),
  };
}

function check(results: readonly (Failure | undefined)[], takesMs = 100): CheckWork {
  let call = 0;
  const visit = async (): Promise<Visit> => {
    const failure = results[Math.min(call++, results.length - 1)];
    const startedAt = clock.now();
    await new Promise<void>((resolve) => void clock.after(takesMs, resolve));
    return { startedAt, endedAt: clock.now(), phases: [], transcript: [], ...(failure && { failure }) };
  };
  return { system: 'corp', port: { check: 'imap', target: 'hq', visit }, intervalMs: 15_000, timeoutMs: 10_000 };
}

async function during<T>(work: Promise<T>, ms: number): Promise<T> {
  await clock.advance(ms);
  return work;
}

const said = <K extends AgentEvent['kind']>(kind: K) =>
  ledger.filter((event): event is Extract<AgentEvent, { kind: K }> => event.kind === kind);
const launchedId = (): string => said('launched').at(-1)?.probe.id ?? 'none';

describe('a launch', () => {
  test('is in the ledger before the letter goes out', async () => {
    const order: string[] = [];
    const work = route(
      'inbound',
      () => (order.push(...ledger.map((event) => event.kind), 'send'), { kind: 'accepted' }),
    );
    await during(agent.launch(work), 100);
    expect(order).toEqual(['launched', 'send']);
    expect(ledger.map((event) => event.kind)).toEqual(['launched', 'sent']);
  });

  test('that was accepted and seen settles as delivered, measured from the 250', async () => {
    await during(agent.launch(route('inbound', () => ({ kind: 'accepted' }))), 10);
    await clock.advance(9);
    agent.observerOf('corp').sighted({
      ...{ kind: 'visible', probeId: launchedId(), at: clock.now(), mailbox: 'hq', folder: 'INBOX', junk: false },
      ...{ unseenUntil: clock.now() - 2, copyId: 'c1', headers: '' },
    });
    const [settled] = said('settled');
    expect(settled?.probe).toMatchObject({ outcome: 'delivered', acceptedAt: START + 10, visibleAt: START + 19 });
    expect([...agent.openProbes()]).toEqual([]);
  });

  test('whose second copy comes before the first is in the ledger has one end and one duplicate', async () => {
    await during(agent.launch(route('inbound', () => ({ kind: 'accepted' }))), 10);
    for (const copyId of ['c1', 'c2']) {
      agent.observerOf('corp').sighted({
        ...{ kind: 'visible', probeId: launchedId(), at: clock.now(), mailbox: 'hq', folder: 'INBOX', junk: false },
        ...{ unseenUntil: null, copyId, headers: '' },
      });
    }
    await clock.advance(10);
    expect(said('settled')).toHaveLength(1);
    expect(said('sighted').map((event) => event.meaning)).toEqual(['first', 'duplicate']);
  });

  test('that is refused twice is a bad sample of its route over both attempts', async () => {
    const fresh: boolean[] = [];
    await during(agent.launch(route('outbound', (isFresh) => (fresh.push(isFresh), { kind: 'refused' }))), 100);
    expect(fresh).toEqual([false, true]);
    expect(said('sampled')[0]?.sample).toMatchObject({
      check: 'outbound',
      target: 'outbound',
      ok: false,
      from: START,
      to: START + 20,
    });
    expect(said('settled')[0]?.probe.outcome).toBe('refused');
  });

  test('that is refused once and taken at the second attempt is accepted', async () => {
    await during(agent.launch(route('outbound', (fresh) => ({ kind: fresh ? 'accepted' : 'unreachable' }))), 100);
    expect(said('sampled')).toEqual([]);
    expect([...agent.openProbes()][0]).toMatchObject({ outcome: 'pending', acceptedAt: START + 20 });
  });

  test('whose final dot got no answer is not sent again', async () => {
    let sent = 0;
    await during(agent.launch(route('internal', () => (sent++, { kind: 'uncertain' }))), 100);
    expect(sent).toBe(1);
    expect([...agent.openProbes()][0]).toMatchObject({ uncertain: true, outcome: 'pending' });
  });

  test('that no witness answered during is void: no minute is booked', async () => {
    witnessSays = 'silent';
    await during(agent.launch(route('outbound', () => ({ kind: 'unreachable', failure: refusal('connect') }))), 100);
    expect(said('sampled')).toEqual([]);
    expect(said('gap')[0]?.gap).toEqual({ from: START, to: START + 20, why: 'own-line' });
    expect(said('settled')[0]?.probe.outcome).toBe('void');
  });

  test('inbound that is greylisted comes again like an MTA, and the delay starts at the 250', async () => {
    let sent = 0;
    const work = route('inbound', () => (++sent < 3 ? { kind: 'refused', permanent: false } : { kind: 'accepted' }));
    await during(agent.launch(work), 10 * MINUTE);
    expect(sent).toBe(3);
    expect(said('sent').map((event) => [event.result.kind, event.final])).toEqual([
      ['refused', false],
      ['refused', false],
      ['accepted', true],
    ]);
    expect([...agent.openProbes()][0]).toMatchObject({
      acceptedAt: START + 3 * MINUTE + 30,
      deferral: { attempts: 3, refusedForMs: 3 * MINUTE + 30 },
    });
  });

  test('inbound that nobody accepts within reach_within is a bad sample from its first attempt', async () => {
    await during(agent.launch(route('inbound', () => ({ kind: 'refused', permanent: false }))), 2 * HOUR);
    const [sampled] = said('sampled');
    expect(sampled?.sample).toMatchObject({ ok: false, from: START });
    expect(sampled?.sample.to).toBeGreaterThan(START + 45 * MINUTE);
    expect(sampled?.sample.to).toBeLessThanOrEqual(START + HOUR + 1_000);
  });

  test('does not wait for the last one: two are under way at once', async () => {
    const slow = route('outbound', () => ({ kind: 'accepted' }), 5 * MINUTE);
    const both = Promise.all([agent.launch(slow), agent.launch(slow)]);
    await clock.advance(MINUTE);
    expect([...agent.openProbes()]).toHaveLength(2);
    await during(both, 5 * MINUTE);
  });

  test('keeps its delay when the wall is set an hour ahead while it is under way', async () => {
    await during(agent.launch(route('inbound', () => ({ kind: 'accepted' }))), 10);
    clock.step(HOUR);
    await clock.advance(9);
    agent.observerOf('corp').sighted({
      ...{ kind: 'visible', probeId: launchedId(), at: clock.now(), mailbox: 'hq', folder: 'INBOX', junk: false },
      ...{ unseenUntil: null, copyId: 'c1', headers: '' },
    });
    expect(said('settled')[0]?.probe).toMatchObject({ acceptedAt: START + 10, visibleAt: START + 19 });
    await during(agent.launch(route('inbound', () => ({ kind: 'accepted' }))), 10);
    expect(said('launched')[1]?.probe.launchedAt).toBe(START + HOUR + 19);
  });
});

describe('a visit', () => {
  test('that is good is one sample', async () => {
    await during(agent.visit(check([undefined])), 1_000);
    expect(said('sampled')[0]?.sample).toMatchObject({ ok: true, from: START, to: START + 100, holdMs: 45_000 });
  });

  test('whose second attempt is good is good, with a transient', async () => {
    await during(agent.visit(check([refusal('connect'), undefined])), 1_000);
    expect(said('sampled')[0]?.sample).toMatchObject({ ok: true, transient: { cause: 'connect' } });
  });

  test('that fails twice is bad from the start of the first to the end of the second attempt', async () => {
    await during(agent.visit(check([refusal('timeout')], 10_000)), 30_000);
    expect(said('sampled')[0]?.sample).toMatchObject({ ok: false, from: START, to: START + 20_000 });
    expect(said('sampled')[0]?.visits).toHaveLength(2);
  });

  test('through our own line is void, and what was seen to work meanwhile is no gap', async () => {
    const dead = agent.visit(check([refusal('connect')], 5_000));
    await during(agent.visit(check([undefined])), 100);
    witnessSays = 'silent';
    await during(dead, 20_000);
    expect(said('gap')[0]?.gap).toEqual({ from: START + 100, to: START + 10_000, why: 'own-line' });
    expect(said('sampled')).toHaveLength(1);
  });

  test('that timed out while our event loop stood still is void', async () => {
    const slow = agent.visit(check([refusal('timeout')], 10_000));
    await clock.advance(5_000);
    lag = 4_000;
    await during(slow, 20_000);
    expect(said('sampled')).toEqual([]);
    expect(said('gap')[0]?.gap.why).toBe('overload');
  });

  test('with a refused login has no second attempt, and slows down after three', async () => {
    const work = check([refusal('auth')]);
    for (let n = 0; n < 8; n++) await during(agent.visit(work), 15_000);
    const samples = said('sampled').map(({ sample }) => [(sample.from - START) / 1_000, sample.holdMs / 1_000]);
    expect(samples).toEqual([
      [0, 45],
      [15, 45],
      [30, 90],
      [60, 180],
    ]);
  });
});

describe('a restart', () => {
  const earlier = (kind: RouteKind, acceptedAt: number | null): ProbeState => ({
    ...{
      id: `old-${kind}`,
      system: 'corp',
      route: kind,
      kind,
      mailbox: kind === 'outbound' ? null : 'hq',
      launchedAt: START - HOUR,
    },
    ...{
      outcome: 'pending',
      acceptedAt,
      uncertain: false,
      relayedAt: null,
      visibleAt: null,
      unseenUntil: null,
      folder: null,
      copyId: null,
    },
    ...{ misfiled: false, contacts: 0, copies: 0, failure: null, deferral: null, settledAt: null },
  });

  test('books the time in which no agent ran, and goes on watching what was open', async () => {
    aliveAt = START - 10 * MINUTE;
    kept = [earlier('inbound', START - HOUR)];
    await agent.resume();
    expect(said('gap')[0]?.gap).toEqual({ from: aliveAt, to: START, why: 'stopped' });
    expect([...agent.openProbes()].map((probe) => probe.id)).toEqual(['old-inbound']);
    await clock.advance(23 * HOUR);
    agent.settle();
    expect(said('settled')[0]?.probe).toMatchObject({ id: 'old-inbound', outcome: 'lost' });
  });

  test('voids outbound probes that were under way while our sink was away, and those before its first new contact', async () => {
    aliveAt = START - 10 * MINUTE;
    kept = [earlier('outbound', START - HOUR)];
    await agent.resume();
    expect(said('settled')[0]?.probe).toMatchObject({ id: 'old-outbound', outcome: 'void' });
    await during(agent.launch(route('outbound', () => ({ kind: 'accepted' }))), 10);
    await clock.advance(5 * MINUTE);
    agent.observerOf('corp').sighted({ kind: 'contact', probeId: launchedId(), at: clock.now(), peer: 'x' });
    expect(said('settled')[1]?.probe.outcome).toBe('void');
    expect(said('gap')[1]?.gap).toEqual({ from: aliveAt, to: START + 10 + 5 * MINUTE, why: 'sink' });
  });
});

test('a stop ends a launch that waits for its next attempt as void', async () => {
  const launch = agent.launch(route('inbound', () => ({ kind: 'refused', permanent: false })));
  await clock.advance(30_000);
  stop.abort();
  await during(launch, 1);
  expect(said('settled')[0]?.probe.outcome).toBe('void');
  expect(said('sampled')).toEqual([]);
});
