import { beforeEach, describe, expect, test } from 'vitest';
import { createAgent, type Agent } from './agent.ts';
import type { CheckWork } from './visiting.ts';
import type { RouteWork } from './handover.ts';
import { createHandClock, type HandClock } from './lib/hand-clock.ts';
import { silentLog } from './lib/log.ts';
import { createAuthPacing } from './probe/auth-pacing.ts';
import { afterCrash, isGivenUp } from './probe/correlate.ts';
import type { AgentEvent } from './probe/event.ts';
import type { MailboxWatcher, SendPort, Store, WitnessPort } from './probe/ports.ts';
import type { ProbeState } from './probe/probe-state.ts';
import type { Probe, RouteKind } from './probe/probe.ts';
import type { SendResult } from './probe/send-result.ts';
import type { Sighting } from './probe/sighting.ts';
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
let append: (() => Promise<void>) | null;
let purged: { from: number; to: number } | null;
let witnessSays: Awaited<ReturnType<WitnessPort['ask']>>;
let lag: number;
let isFull: boolean;
let stop: AbortController;
let agent: Agent;

/** A new run of the agent over the same ledger. */
function startAgent(): void {
  stop = new AbortController();
  const store: Pick<
    Store,
    'append' | 'probe' | 'newestIds' | 'purged' | 'openProbes' | 'shunning' | 'lastAliveAt' | 'isFull'
  > = {
    get isFull() {
      return isFull;
    },
    append: async (event) => {
      ledger.push(event);
      if (append !== null) return append();
      // On disk a little later than said, as in the real one.
      await new Promise(setImmediate);
      if ('probe' in event) kept = [event.probe, ...kept.filter((probe) => probe.id !== event.probe.id)];
    },
    probe: async (id) => kept.find((probe) => probe.id === id) ?? null,
    newestIds: async (most) => kept.map(({ id }) => id).slice(0, most),
    purged: async (_system, from, to) => purged !== null && purged.from <= to && from < purged.to,
    openProbes: async () => kept.filter((probe) => probe.settledAt === null || isGivenUp(probe)),
    shunning: async () => [],
    lastAliveAt: async () => aliveAt,
  };
  agent = createAgent({
    clock,
    store: store as Store,
    doubts: { witness: { ask: async () => witnessSays }, lagMs: () => lag, signal: stop.signal },
    logins: createAuthPacing(),
    log: silentLog,
    patienceOf: () => ({ lostAfterMs: 24 * HOUR, reachWithinMs: HOUR, watchMs: 72 * HOUR }),
    longestWatchMs: 72 * HOUR,
    listeners: [],
  });
}

beforeEach(() => {
  clock = createHandClock(START);
  ledger = [];
  kept = [];
  aliveAt = null;
  purged = null;
  append = null;
  witnessSays = 'answered';
  lag = 0;
  isFull = false;
  startAgent();
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
    mostOwnMail: 3,
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

const LOGIN = { server: 'mail', service: 'mail:587', user: 'probe', waitMs: 300_000 };
const loggingIn = (work: CheckWork): CheckWork => ({
  ...work,
  port: { ...work.port, login: { ...LOGIN, service: 'mail:993' } },
});

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

  test('whose token comes again in the letter of a stranger has no duplicate: that is counted as replayed', async () => {
    await during(agent.launch(route('inbound', () => ({ kind: 'accepted' }))), 10);
    // The first one is believed under any Message-ID: some relays write their own.
    for (const copyId of ['c1', 'c2', 'c3']) {
      agent.observerOf('corp').sighted({
        ...{ kind: 'visible', probeId: launchedId(), at: clock.now(), mailbox: 'hq', folder: 'INBOX', junk: false },
        ...{ unseenUntil: null, copyId, headers: '', renamed: true },
      });
      await clock.advance(10);
    }
    expect(said('sighted').map((event) => event.meaning)).toEqual(['first']);
    expect(said('foreign').map(({ place, what }) => `${place} ${what}`)).toEqual([
      'mailbox replayed',
      'mailbox replayed',
    ]);
    expect(kept).toMatchObject([{ outcome: 'delivered', copies: 1 }]);
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
    expect(said('sent').map((event) => [event.result.kind, event.final])).toEqual([
      ['unreachable', false],
      ['accepted', true],
    ]);
    expect(said('sampled')).toEqual([]);
    expect([...agent.openProbes()][0]).toMatchObject({ outcome: 'pending', acceptedAt: START + 20 });
  });

  test('that had to wait for a connection, since we keep the server busy ourselves, is void and no gap', async () => {
    const busy = { ...refusal('timeout'), line: 'busy' } as const;
    await during(agent.launch(route('outbound', () => ({ kind: 'unreachable', failure: busy }))), 100);
    expect(said('settled')[0]?.probe.outcome).toBe('void');
    expect([said('sampled'), said('gap')]).toEqual([[], []]);
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

  test('inbound that is taken at its last attempt, when reach_within is just over, is no bad sample', async () => {
    const work = route('inbound', () =>
      clock.now() < START + 50 * MINUTE ? { kind: 'refused', permanent: false } : { kind: 'accepted' },
    );
    await during(agent.launch(work), 2 * HOUR);
    expect(said('sampled')).toEqual([]);
    expect([...agent.openProbes()][0]?.acceptedAt).toBe(START + HOUR + 10);
  });

  test('inbound that was deferred and then meets a dead host is bad from then on, not from its first answer', async () => {
    let sent = 0;
    const work = route('inbound', () =>
      ++sent < 7 ? { kind: 'refused', permanent: false } : { kind: 'unreachable', failure: refusal('connect') },
    );
    await during(agent.launch(work), 2 * HOUR);
    const sample = said('sampled')[0]?.sample;
    expect(sample?.from).toBeGreaterThan(START + 44 * MINUTE);
    expect(sample?.to).toBe((sample?.from ?? 0) + 20);
  });

  test('inbound that was deferred and then meets our own dead line leaves a gap of that attempt only', async () => {
    let sent = 0;
    const work = route('inbound', () =>
      ++sent < 7 ? { kind: 'refused', permanent: false } : { kind: 'unreachable', failure: refusal('connect') },
    );
    witnessSays = 'silent';
    await during(agent.launch(work), 2 * HOUR);
    const gap = said('gap')[0]?.gap;
    expect((gap?.to ?? 0) - (gap?.from ?? 0)).toBe(20);
  });

  test('inbound that nobody accepts is no outage while later mail of the route is accepted', async () => {
    const stuck = agent.launch(route('inbound', () => ({ kind: 'refused', permanent: false })));
    await clock.advance(30 * MINUTE);
    await during(agent.launch(route('inbound', () => ({ kind: 'accepted' }))), 10);
    await during(stuck, 2 * HOUR);
    expect(said('sampled')).toEqual([]);
    expect(said('settled')[0]?.probe.outcome).toBe('refused');
  });

  test('that hangs while another of its route is accepted is bad only after that', async () => {
    const hangs = agent.launch(route('outbound', () => ({ kind: 'unreachable' }), 30_000));
    await clock.advance(40_000);
    await during(agent.launch(route('outbound', () => ({ kind: 'accepted' }))), 10);
    await during(hangs, MINUTE);
    expect(said('sampled')[0]?.sample).toMatchObject({ ok: false, from: START + 40_010, to: START + 60_000 });
  });

  test('whose first attempt timed out while our event loop stood still is void, whatever the second one met', async () => {
    const launch = agent.launch(
      route(
        'outbound',
        (fresh) => (fresh ? { kind: 'refused' } : { kind: 'unreachable', failure: refusal('timeout') }),
        10_000,
      ),
    );
    await clock.advance(5_000);
    lag = 4_000;
    await during(launch, 20_000);
    expect(said('sampled')).toEqual([]);
    expect(said('gap')[0]?.gap.why).toBe('overload');
  });

  test('with a refused login slows down after three, as a visit does', async () => {
    const work = { ...route('outbound', () => ({ kind: 'refused', failure: refusal('auth') })), login: LOGIN };
    for (let n = 0; n < 8; n++) await during(agent.launch(work), MINUTE);
    const samples = said('sampled').map(({ sample }) => [(sample.from - START) / MINUTE, sample.holdMs / MINUTE]);
    expect(samples).toEqual([
      [0, 15],
      [1, 15],
      [2, 15],
      [7, 30],
    ]);
  });

  test('that is bounced before its 250 has one end, and was accepted nobody knows when: it is in the evidence', async () => {
    const launch = agent.launch(route('inbound', () => ({ kind: 'accepted' }), 1_000));
    await clock.advance(500);
    agent.observerOf('corp').sighted({
      ...{ kind: 'bounce', probeId: launchedId(), at: clock.now(), mailbox: 'hq', permanent: true, words: 'no' },
    });
    await during(launch, 1_000);
    expect([...agent.openProbes()]).toEqual([]);
    expect(said('settled').map((event) => event.probe)).toMatchObject([
      { outcome: 'bounced', acceptedAt: START, uncertain: true },
    ]);
    expect(kept).toMatchObject([{ outcome: 'bounced', acceptedAt: START }]);
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

  test.each<[string, Failure, typeof witnessSays]>([
    ['our firewall lets nothing out to', { ...refusal('connect'), line: 'forbidden' }, 'answered'],
    ['whose name nobody else has one to compare with', refusal('dns'), 'unnamed'],
  ])('to a target %s says nothing of the others', async (_name, failure, says) => {
    await during(agent.visit(check([undefined])), 1_000);
    witnessSays = says;
    await during(agent.visit(check([failure])), 1_000);
    await during(agent.launch(route('outbound', () => ({ kind: 'unreachable', failure }))), 1_000);
    expect(said('voided').map(({ check, alone }) => [check, alone])).toEqual([
      ['imap', true],
      ['launch', true],
    ]);
    expect(said('settled')[0]?.probe.outcome).toBe('void');
    expect([said('gap'), said('sampled').length]).toEqual([[], 1]);
  });

  test('keeps its turn for the second attempt', async () => {
    const { port, ...work } = check([refusal('connect')]);
    const order: string[] = [];
    const turn = async () => (order.push('turn'), () => void order.push('end'));
    const visit: typeof port.visit = (signal) => (order.push('visit'), port.visit(signal));
    await during(agent.visit({ ...work, port: { ...port, turn, visit } }), 1_000);
    expect(order).toEqual(['turn', 'visit', 'visit', 'end']);
  });

  test('to a target that is gone says nothing', async () => {
    const { port, ...work } = check([undefined]);
    const gone: CheckWork = {
      ...work,
      port: { ...port, visit: async (signal) => ({ ...(await port.visit(signal)), gone: true }) },
    };
    await during(agent.visit(gone), 1_000);
    expect(ledger).toEqual([]);
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
    const work = loggingIn(check([refusal('auth')]));
    for (let n = 0; n < 24; n++) await during(agent.visit(work), 15_000);
    const samples = said('sampled').map(({ sample }) => [(sample.from - START) / 1_000, sample.holdMs / 1_000]);
    expect(samples).toEqual([
      [0, 900],
      [15, 900],
      [30, 900],
      [330, 1_800],
    ]);
  });

  test('keeps to the refusals that others met at the same login', async () => {
    const launch = { ...route('outbound', () => ({ kind: 'refused', failure: refusal('auth') })), login: LOGIN };
    for (let n = 0; n < 3; n++) await during(agent.launch(launch), MINUTE);
    const work = loggingIn(check([refusal('auth')]));
    await during(agent.visit(work), 15_000);
    expect(said('sampled').filter(({ sample }) => sample.check === 'imap')).toHaveLength(1);
    await during(agent.visit(work), 15_000);
    await during(agent.launch(launch), 15_000);
    expect(said('sampled')).toHaveLength(4);
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
    await agent.resume([]);
    expect(said('gap')[0]?.gap).toEqual({ from: aliveAt, to: START, why: 'stopped' });
    expect([...agent.openProbes()].map((probe) => probe.id)).toEqual(['old-inbound']);
    await clock.advance(23 * HOUR);
    agent.settle();
    expect(said('settled')[0]?.probe).toMatchObject({ id: 'old-inbound', outcome: 'lost' });
  });

  test('knows what earlier runs have launched, though its token is of later than this start', async () => {
    const [open, done] = [earlier('inbound', START - HOUR), earlier('outbound', START - HOUR)];
    kept = [open, { ...done, outcome: 'relayed', relayedAt: START, settledAt: START }];
    await agent.resume([]);
    // The wall was set back by two hours while that run went on: what it wrote moved, and what it had signed did not.
    const signed = ({ id }: Probe): Probe => ({ ...open, id, launchedAt: START + HOUR });
    expect([open, done, { ...open, id: 'unknown' }].map((it) => agent.mayBeOurs(signed(it)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('voids outbound probes that come out after our sink was away, and those of before its first new contact', async () => {
    aliveAt = START - 10 * MINUTE;
    kept = [earlier('outbound', START - HOUR)];
    await agent.resume([]);
    await during(agent.launch(route('outbound', () => ({ kind: 'accepted' }))), 10);
    await clock.advance(5 * MINUTE);
    contact('corp', launchedId());
    expect(outcomes()).toEqual({ [launchedId()]: 'void' });
    expect(said('gap')[1]?.gap).toEqual({ from: aliveAt, to: START + 10 + 5 * MINUTE, why: 'sink' });
    contact('corp', 'old-outbound');
    expect(outcomes()).toMatchObject({ 'old-outbound': 'void' });
    await during(agent.launch(route('outbound', () => ({ kind: 'accepted' }))), 10);
    await clock.advance(5 * MINUTE);
    contact('corp', launchedId());
    await clock.advance(MINUTE);
    agent.settle();
    expect(outcomes()).toMatchObject({ [launchedId()]: 'relayed' });
  });

  test.each([
    ['turned strangers away: a system that always comes from known addresses was not', 21, 'unsettled', 'relayed'],
    ['turned strangers away: one that was seen less may be among them', 19, 'unsettled', 'void'],
    ['was away for all: every system was', 21, 'all', 'void'],
  ] as const)('our sink %s', async (_name, contacts, whom, outcome) => {
    const work = route('outbound', () => ({ kind: 'accepted' }));
    const observer = agent.observerOf('corp');
    for (let n = 0; n < contacts; n++) {
      await during(agent.launch(work), 10);
      const seen = { kind: 'contact', probeId: launchedId(), at: clock.now(), peer: 'x' } as const;
      observer.sighted(n === 0 ? { ...seen, isNew: true } : seen);
    }
    await during(agent.launch(work), 10);
    agent.sinkAway(clock.now(), whom);
    await clock.advance(10);
    contact('corp', launchedId());
    await clock.advance(MINUTE);
    agent.settle();
    expect(outcomes()[launchedId()]).toBe(outcome);
  });

  test('a place was looked through as its watcher says, and our sink while it listens and nobody may shun it', async () => {
    agent.addWatcher('corp', 'hq', { ...idleWatcher, lookedUntil: () => START - 7 });
    expect(agent.looks(true)).toEqual([]);
    await during(agent.launch(route('inbound', () => ({ kind: 'accepted' }))), 10);
    const mailbox = { system: 'corp', place: 'hq', until: START - 7 };
    expect(agent.looks(true)).toEqual([mailbox]);
    await during(agent.launch(route('outbound', () => ({ kind: 'accepted' }))), 10);
    const sink = { system: 'corp', place: '', until: clock.now() };
    expect([agent.looks(true), agent.looks(false)]).toEqual([[mailbox, sink], [mailbox]]);
    agent.sinkAway(clock.now(), 'all');
    expect(agent.looks(true)).toEqual([mailbox]);
    await clock.advance(80 * MINUTE);
    agent.settle();
    expect(agent.looks(true)).toEqual([mailbox, { ...sink, until: clock.now() }]);
  });

  const outcomes = (): Record<string, string> =>
    Object.fromEntries(said('settled').map(({ probe }) => [probe.id, probe.outcome]));

  /** Two queue outages: the agent is stopped for a few seconds in them, and in one of them once more. */
  const proven: [string, { waitedMs: number; again?: boolean; outAfterMs: number }, Partial<ProbeState>][] = [
    [
      'a probe that had waited longer than reach_within before keeps that as the least, and its way out as the most',
      { waitedMs: 3 * HOUR, outAfterMs: 10 * MINUTE },
      { outcome: 'relayed', unseenUntil: START - 10_000, relayedAt: START + 10 * MINUTE },
    ],
    ['a younger one is void', { waitedMs: 59 * MINUTE, outAfterMs: 10 * MINUTE }, { outcome: 'void' }],
    [
      'one that comes out later than any queue waits was late without us, however young it was',
      { waitedMs: MINUTE, outAfterMs: 2 * HOUR },
      { outcome: 'relayed', unseenUntil: null, relayedAt: START + 2 * HOUR },
    ],
    [
      'a second time soon after takes nothing of what was proven before the first',
      { waitedMs: 3 * HOUR, again: true, outAfterMs: HOUR },
      { outcome: 'relayed', unseenUntil: START - 10_000 },
    ],
    ['one that never comes out is lost', { waitedMs: MINUTE, outAfterMs: Infinity }, { outcome: 'lost' }],
  ];
  test.each(proven)('%s', async (_name, { waitedMs, again = false, outAfterMs }, expected) => {
    aliveAt = START - 10_000;
    kept = [earlier('outbound', aliveAt - waitedMs)];
    await agent.resume([]);
    if (again) {
      await clock.advance(30 * MINUTE);
      agent.book({ from: clock.now() - MINUTE, to: clock.now(), why: 'own-line' });
    }
    const end = START + Math.min(outAfterMs, 25 * HOUR);
    while (clock.now() < end) {
      await clock.advance(Math.min(MINUTE, end - clock.now()));
      agent.settle();
    }
    if (outAfterMs < Infinity) contact('corp', 'old-outbound');
    await clock.advance(MINUTE);
    agent.settle();
    expect(said('settled')).toHaveLength(1);
    expect(said('settled')[0]?.probe).toMatchObject({ id: 'old-outbound', ...expected });
  });

  test.each([
    ['before it came again is void: it may have given up because we were away', 0, 10 * MINUTE, 'void'],
    ['later than any queue waits is its own', 0, 76 * MINUTE, 'bounced'],
    ['at once, long after our return, is its own', 7 * MINUTE, 10_000, 'bounced'],
  ])('what a system accepts after our return and sends back %s', async (_name, launchAfterMs, backAfterMs, outcome) => {
    aliveAt = START - 10_000;
    kept = [earlier('outbound', aliveAt - MINUTE)];
    await agent.resume([]);
    await clock.advance(launchAfterMs);
    await during(agent.launch(route('outbound', () => ({ kind: 'accepted' }))), 10);
    await clock.advance(backAfterMs);
    agent.settle();
    const probeId = launchedId();
    agent.observerOf('corp').sighted({
      ...{ kind: 'bounce', probeId, at: clock.now(), mailbox: 'hq', permanent: true, words: 'no answer from host' },
    });
    expect(outcomes()).toEqual({ [probeId]: outcome });
  });

  test('what a probe surely waited before our sink went is in the ledger at once', async () => {
    aliveAt = START - 10_000;
    kept = [earlier('outbound', aliveAt - 3 * HOUR)];
    await agent.resume([]);
    await agent.flush();
    expect(kept[0]).toMatchObject({ outcome: 'pending', unseenUntil: aliveAt });
  });

  test('is not lost while our own absence may be why it has not come: a system that shunned us brings it yet', async () => {
    aliveAt = START - 30 * HOUR;
    kept = [{ ...earlier('outbound', aliveAt - MINUTE), launchedAt: aliveAt - MINUTE }];
    await agent.resume([]);
    await clock.advance(75 * MINUTE);
    agent.settle();
    expect(said('settled')).toEqual([]);
    await clock.advance(1);
    agent.settle();
    expect(outcomes()).toEqual({ 'old-outbound': 'lost' });
  });

  test('a short stall of ours explains no more than a minute', async () => {
    kept = [earlier('outbound', START - 3 * HOUR), { ...earlier('outbound', START - MINUTE), id: 'young' }];
    await agent.resume([]);
    agent.book({ from: START - 20_000, to: START, why: 'overload' });
    await clock.advance(2 * MINUTE);
    agent.settle();
    for (const id of ['old-outbound', 'young']) contact('corp', id);
    await clock.advance(MINUTE);
    agent.settle();
    expect(said('settled').map(({ probe }) => [probe.id, probe.outcome, probe.unseenUntil])).toEqual([
      ['old-outbound', 'relayed', null],
      ['young', 'relayed', null],
    ]);
    expect(said('gap').map(({ gap }) => gap.why)).toEqual(['overload']);
  });

  const contact = (system: string, probeId: string): void =>
    agent.observerOf(system).sighted({ kind: 'contact', probeId, at: clock.now(), peer: 'x' });

  test('after hours: the wait that our absence left behind counts from our return, not from our going', async () => {
    aliveAt = START - 2 * HOUR;
    kept = [earlier('outbound', START - 3 * HOUR)];
    await agent.resume([]);
    await during(agent.launch(route('outbound', () => ({ kind: 'accepted' }))), 10);
    await clock.advance(40 * MINUTE);
    contact('corp', launchedId());
    expect(outcomes()).toEqual({ [launchedId()]: 'void' });
  });

  test('of two systems each has its own first contact', async () => {
    aliveAt = START - 10 * MINUTE;
    kept = [earlier('outbound', START - HOUR), { ...earlier('outbound', START - HOUR), id: 'old-two', system: 'two' }];
    await agent.resume([]);
    const work = route('outbound', () => ({ kind: 'accepted' }));
    await during(agent.launch({ ...work, system: 'two' }), 10);
    const ofTwo = launchedId();
    await during(agent.launch(work), 10);
    contact('corp', launchedId());
    expect(said('settled').filter(({ probe }) => probe.id === ofTwo)).toEqual([]);
    await clock.advance(40 * MINUTE);
    contact('two', ofTwo);
    expect(said('settled').find(({ probe }) => probe.id === ofTwo)?.probe.outcome).toBe('void');
  });

  test.each(['suspend', 'overload', 'own-line'] as const)('%s puts our sink away, too', async (why) => {
    await during(agent.launch(route('outbound', () => ({ kind: 'accepted' }))), 10);
    await clock.advance(8 * HOUR);
    agent.book({ from: START + 10, to: clock.now(), why });
    contact('corp', launchedId());
    expect(said('settled').map(({ probe }) => probe.outcome)).toEqual(['void']);
  });

  test('a probe is not lost before its mailbox was looked into again', async () => {
    aliveAt = START - 30 * HOUR;
    kept = [{ ...earlier('inbound', START - 31 * HOUR), launchedAt: START - 31 * HOUR }];
    agent.addWatcher('corp', 'hq', idleWatcher);
    await agent.resume([]);
    await clock.advance(1_000);
    agent.settle();
    expect(said('settled')).toEqual([]);
    agent.observerOf('corp').sighted({
      ...{ kind: 'visible', probeId: 'old-inbound', at: clock.now(), mailbox: 'hq', folder: 'INBOX', junk: false },
      ...{ unseenUntil: null, copyId: 'c1', headers: '' },
    });
    expect(said('settled')[0]?.probe).toMatchObject({ outcome: 'delivered', unseenUntil: START - 31 * HOUR });
  });

  test('a probe is lost once its mailbox was looked into and did not hold it', async () => {
    aliveAt = START - 30 * HOUR;
    kept = [{ ...earlier('inbound', START - 31 * HOUR), launchedAt: START - 31 * HOUR }];
    agent.addWatcher('corp', 'hq', idleWatcher);
    await agent.resume([]);
    agent.observerOf('corp').watching('hq', 'up');
    await clock.advance(2 * MINUTE);
    agent.settle();
    expect(said('settled')[0]?.probe.outcome).toBe('lost');
  });

  test('a probe that was killed while it was deferred was accepted after its last refusal at the earliest', async () => {
    const launch = agent.launch(route('inbound', () => ({ kind: 'refused', permanent: false })));
    await clock.advance(10 * MINUTE);
    expect(kept[0]).toMatchObject({ outcome: 'pending', deferral: { attempts: 4, refusedForMs: 7 * MINUTE + 40 } });
    expect(afterCrash(kept[0] as ProbeState).acceptedAt).toBe(START + 7 * MINUTE + 40);
    stop.abort();
    await during(launch, 1);
  });
});

describe('a probe of ours that no row tells of', () => {
  const signed = (kind: RouteKind, launchedAt: number): Probe => ({
    ...{ id: 'b'.repeat(20), system: 'corp', route: kind, kind, launchedAt },
    mailbox: kind === 'outbound' ? null : 'hq',
  });
  const visible = (probe: Probe, copyId = 'c1'): Sighting => ({
    ...{ kind: 'visible', probeId: probe.id, signed: probe, at: clock.now(), mailbox: 'hq', folder: 'INBOX' },
    ...{ junk: false, unseenUntil: null, copyId, headers: '' },
  });

  test('is recovered from its token: launched, accepted nobody knows when, delivered, once', async () => {
    const probe = signed('internal', START - MINUTE);
    agent.observerOf('corp').sighted(visible(probe));
    agent.observerOf('corp').sighted(visible(probe, 'c2'));
    await clock.advance(10);
    expect(ledger.map((event) => event.kind)).toEqual(['launched', 'sighted', 'settled', 'sighted']);
    expect(said('launched')[0]).toMatchObject({ recovered: true, probe });
    expect(said('sighted').map(({ meaning }) => meaning)).toEqual(['first', 'duplicate']);
    expect(said('settled')[0]?.probe).toMatchObject({
      ...{ id: probe.id, outcome: 'delivered', uncertain: true, copies: 1 },
      ...{ acceptedAt: START - MINUTE, unseenUntil: START - MINUTE, visibleAt: START },
    });
  });

  test('bound outwards is void: our sink was away', async () => {
    const probe = signed('outbound', START - MINUTE);
    const [id, at] = [probe.id, START];
    agent.observerOf('sink').sighted({ kind: 'contact', probeId: id, at, peer: 'x' });
    agent.observerOf('sink').sighted({
      ...{ kind: 'copy', probeId: id, signed: probe, at, bytes: 1, altered: false, headers: '' },
    });
    await clock.advance(10);
    expect(ledger.map((event) => event.kind)).toEqual(['launched', 'settled', 'sighted']);
    expect(said('settled')[0]?.probe).toMatchObject({ id, outcome: 'void' });
    expect([...agent.openProbes()]).toEqual([]);
  });

  test('that bounced has its end', async () => {
    const probe = signed('internal', START - MINUTE);
    agent.observerOf('corp').sighted({
      ...{ kind: 'bounce', probeId: probe.id, signed: probe, at: START, mailbox: 'hq', permanent: true, words: 'no' },
    });
    await clock.advance(10);
    expect(said('settled')[0]?.probe).toMatchObject({ outcome: 'bounced', acceptedAt: START - MINUTE });
  });

  test('keeps the ledger behind until its row would survive kill -9', async () => {
    const releases: (() => void)[] = [];
    append = () => new Promise((resolve) => releases.push(resolve));
    agent.observerOf('corp').sighted(visible(signed('inbound', START - HOUR)));
    await clock.advance(900);
    expect(agent.observerOf('corp').ledgerIsBehind()).toBe(false);
    await clock.advance(200);
    expect(agent.observerOf('corp').ledgerIsBehind()).toBe(true);
    for (let count = 0; count < 10; count++) {
      for (const release of releases.splice(0)) release();
      await clock.advance(1);
    }
    expect(agent.observerOf('corp').ledgerIsBehind()).toBe(false);
  });

  test.each([
    ['older than it would be looked for', START - 73 * HOUR, null],
    ['of a time whose messages were purged', START - HOUR, { from: START - 2 * HOUR, to: START }],
    ['launched just before a month that was purged', START - HOUR, { from: START - HOUR + 1, to: START }],
  ])('%s makes no row', async (_words, launchedAt, span) => {
    purged = span;
    agent.observerOf('corp').sighted(visible(signed('inbound', launchedAt)));
    await clock.advance(10);
    expect(ledger).toEqual([]);
  });
});

test('the ledger is behind once something waits for it for a second', async () => {
  let release = (): void => {};
  append = () => new Promise((resolve) => (release = resolve));
  agent.book({ from: START, to: START, why: 'overload' });
  expect(agent.observerOf('corp').ledgerIsBehind()).toBe(false);
  await clock.advance(1_001);
  expect(agent.observerOf('corp').ledgerIsBehind()).toBe(true);
  release();
  await clock.advance(1);
  expect(agent.observerOf('corp').ledgerIsBehind()).toBe(false);
});

describe('own mail that cannot be deleted', () => {
  const upkeep = (left: number): void => agent.observerOf('corp').upkeep('hq', 0, left);

  test.each<[string, RouteKind, number, number]>([
    ['below its limit stops nothing', 'inbound', 2, 1],
    ['at its limit stops the launches to its mailbox', 'inbound', 3, 0],
    ['at its limit stops internal ones, too', 'internal', 3, 0],
    ['stops nothing that comes out elsewhere', 'outbound', 3, 1],
  ])('%s', async (_name, kind, left, launches) => {
    upkeep(left);
    await during(agent.launch(route(kind, () => ({ kind: 'accepted' }))), 100);
    expect(said('launched')).toHaveLength(launches);
    expect(said('skipped').map(({ why }) => why)).toEqual(launches === 0 ? ['own-mail'] : []);
    expect(said('sampled')).toEqual([]);
  });

  test('that is gone at last lets them go on', async () => {
    upkeep(5);
    upkeep(0);
    await during(agent.launch(route('inbound', () => ({ kind: 'accepted' }))), 100);
    expect(said('launched')).toHaveLength(1);
  });
});

test('where the store can take no more no launch is made, and each that is left out is told', async () => {
  isFull = true;
  await during(agent.launch(route('outbound', () => ({ kind: 'accepted' }))), 100);
  expect(said('launched')).toEqual([]);
  expect(said('skipped').map(({ route: name, why }) => [name, why])).toEqual([['outbound', 'store']]);
  isFull = false;
  await during(agent.launch(route('outbound', () => ({ kind: 'accepted' }))), 100);
  expect(said('launched')).toHaveLength(1);
});

describe('an inbound letter that is deferred when the agent stops', () => {
  const deferring = (): RouteWork => route('inbound', () => ({ kind: 'refused', permanent: false }));

  /** Deferred for `ms`, then stopped, and started again `awayMs` later. */
  async function stopped(ms: number, awayMs: number, work = deferring(), routes = [work]): Promise<ProbeState> {
    const launch = agent.launch(work);
    await clock.advance(ms);
    const id = launchedId();
    stop.abort();
    await during(launch, 10);
    aliveAt = clock.now();
    await clock.advance(awayMs);
    const state = kept.find((probe) => probe.id === id) as ProbeState;
    startAgent();
    await agent.resume(routes);
    return state;
  }

  test('stays open in the ledger, with all the time that it was refused', async () => {
    expect(await stopped(50 * MINUTE, MINUTE)).toMatchObject({
      outcome: 'pending',
      acceptedAt: null,
      failure: { cause: 'refused' },
      deferral: { attempts: 7, refusedForMs: 50 * MINUTE },
    });
    expect(said('voided')).toEqual([]);
  });

  test('is bad when nobody accepts it within reach_within all the same; our absence is no part of it', async () => {
    const { id } = await stopped(50 * MINUTE, 20 * MINUTE);
    const startedAt = clock.now();
    void agent.launch(deferring());
    await clock.advance(30 * MINUTE);
    expect(said('settled')[0]?.probe).toMatchObject({ id, outcome: 'refused', deferral: { attempts: 8 } });
    const { sample } = said('sampled')[0] ?? {};
    expect(sample).toMatchObject({ ok: false, from: startedAt });
    expect(((sample?.to ?? 0) - startedAt) / MINUTE).toBeCloseTo(10, 1);
  });

  test('is accepted as the letter that it was, and its time of refusal leaves our absence out', async () => {
    const { id, launchedAt } = await stopped(7 * MINUTE, 20 * MINUTE);
    await during(agent.launch(route('inbound', () => ({ kind: 'accepted' }))), 10 * MINUTE);
    const taken = [...agent.openProbes()].find((probe) => probe.id === id);
    expect(taken).toMatchObject({ launchedAt, failure: null, outcome: 'pending' });
    expect(taken?.acceptedAt).toBe(clock.now() - 10 * MINUTE + 4 * MINUTE + 10);
    expect(taken?.deferral).toEqual({ attempts: 4, refusedForMs: 11 * MINUTE + 10 });
    expect(said('noted').map(({ probe }) => probe.failure === null)).toEqual([false, true]);
  });

  test('may be stopped again and again: the waiting adds up', async () => {
    const work = deferring();
    await stopped(20 * MINUTE, MINUTE, work);
    for (let n = 0; n < 2; n++) {
      const launch = agent.launch(work);
      await clock.advance(20 * MINUTE);
      stop.abort();
      await during(launch, 10);
      aliveAt = clock.now();
      startAgent();
      await agent.resume([work]);
    }
    const launch = agent.launch(work);
    await clock.advance(MINUTE);
    stop.abort();
    await during(launch, 10);
    expect(said('settled').map(({ probe }) => probe.outcome)).toEqual(['refused']);
    expect(said('sampled')).toHaveLength(1);
  });

  test.each<[string, number, RouteWork[]]>([
    ['we were away for longer than reach_within', 61 * MINUTE, [route('inbound', () => ({ kind: 'accepted' }))]],
    ['its route is gone', MINUTE, []],
    [
      'its route has another mailbox',
      MINUTE,
      [{ ...route('inbound', () => ({ kind: 'accepted' })), mailbox: 'other' }],
    ],
  ])('is void where %s', async (_why, awayMs, routes) => {
    await stopped(10 * MINUTE, awayMs, deferring(), routes);
    expect(said('settled').map(({ probe }) => probe.outcome)).toEqual(['void']);
  });

  test('and being tried just then goes on as well, unless it may have been accepted', async () => {
    let sent = 0;
    const work = route('inbound', () => (++sent < 2 ? { kind: 'refused', permanent: false } : { kind: 'unreachable' }));
    const state = await stopped(MINUTE + 15, MINUTE, work);
    expect(state).toMatchObject({ outcome: 'pending', deferral: { attempts: 1, refusedForMs: MINUTE + 20 } });
  });
});

test('a stop in the middle of a first attempt proves nothing: neither a bad route nor a dead line', async () => {
  witnessSays = 'silent';
  const dead = agent.launch(route('outbound', () => ({ kind: 'unreachable', failure: refusal('timeout') }), 1_000));
  const refused = agent.launch(route('internal', () => ({ kind: 'refused' }), 1_000));
  await clock.advance(500);
  stop.abort();
  await during(Promise.all([dead, refused]), 1_000);
  expect(said('sampled')).toEqual([]);
  expect(said('gap')).toEqual([]);
  expect(said('voided').map(({ why }) => why)).toEqual(['stopped', 'stopped']);
});

const idleWatcher: MailboxWatcher = {
  start() {},
  expect() {},
  forget() {},
  unreachableUntil() {},
  lookedUntil: () => null,
  stop: async () => {},
};
