import { entriesOf } from '../../src/entries.ts';
import { parseSettings } from '../../src/config/load.ts';
import type { GapFact, MessageFact, RunFact } from '../../src/facts/facts.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createSystemClock } from '../../src/lib/system-clock.ts';
import { startMeasuring } from '../../src/measuring.ts';
import { watchEventLoop } from '../../src/metrics/event-loop-lag.ts';
import { factsOfMonth } from '../../src/month/month-facts.ts';
import { monthReport } from '../../src/month/month-report.ts';
import { createReader } from '../../src/month/reader.ts';
import { knownUntil } from '../../src/month/known.ts';
import { writePaces } from '../../src/paces.ts';
import type { AgentEvent } from '../../src/probe/event.ts';
import type { ProbeState } from '../../src/probe/probe-state.ts';
import { createTimetable } from '../../src/schedule/timetable.ts';
import type { DelayClause, Report, TimeClause } from '../../src/sla/report.ts';
import { openReadOnly } from '../../src/store/file.ts';
import { openStore } from '../../src/store/store.ts';
import { createUndo } from '../../src/undo.ts';
import type { Lab } from '../lab/lab.ts';
import { contractAtNoon } from '../support/contract-at-noon.ts';

/** The whole agent beside a lab, at a pace of a second, but for pages and metrics. */
export interface Stage {
  readonly events: readonly AgentEvent[];
  /** Epoch ms by the agent's own clock. */
  now(): number;
  /** Resolves once each check and each route, but for those named, was good in all that began after `since`. */
  good(since?: number, except?: readonly string[]): Promise<void>;
  /** Resolves with the first event, past or to come, that fulfils the condition. */
  event<E extends AgentEvent>(what: string, condition: (event: AgentEvent) => event is E, limitMs?: number): Promise<E>;
  /** Time for which our own event loop was late, in ms. */
  lagMs(): number;
  /** Newest state of each probe. */
  probes(): readonly ProbeState[];
  /** No launch begins any more; resolves once all probes have ended of which it is certain that they were accepted. */
  allSettled(): Promise<void>;
  stop(): Promise<void>;
}

/** What came of it, out of the store. */
export interface Ledger {
  readonly report: Report;
  readonly down: TimeClause;
  readonly send: DelayClause;
  readonly receive: DelayClause;
  readonly runs: readonly RunFact[];
  readonly messages: readonly MessageFact[];
  readonly gaps: readonly GapFact[];
}

export interface StageOptions {
  readonly store: string;
  /** Keys of the system that are added or replaced; undefined takes one away. */
  readonly system?: Readonly<Record<string, unknown>>;
  readonly agent?: Readonly<Record<string, unknown>>;
  /** Limit of a visit and of a launch, in seconds; default TIMEOUT_S. */
  readonly timeoutS?: number;
  readonly reachWithinS?: number;
  readonly lostAfterS?: number;
  /** A delay above it is an exceedance of clause 2; default OVER_S. */
  readonly overS?: number;
}

export const OVER_S = 10;
export const TIMEOUT_S = 5;
export const SYSTEM = 'corp.example';
const INTERVAL = '1s';
const BEAT_MS = 250;
const LIMIT_MS = 40_000;

export async function startStage(lab: Lab, options: StageOptions): Promise<Stage> {
  const text = JSON.stringify(settingsOf(lab, options));
  const settings = parseSettings(text, { file: 'stage.json', folder: process.cwd(), env: {} });
  const undo = createUndo();
  const clock = createSystemClock();
  const stopping = new AbortController();
  const events: AgentEvent[] = [];
  const states = new Map<string, ProbeState>();
  const looks = new Set<() => void>();
  function on(event: AgentEvent): void {
    events.push(event);
    if ('probe' in event) states.set(event.probe.id, event.probe);
    for (const look of looks) look();
  }

  const store = await openStore({ path: options.store, vantage: 'test', now: clock.now() });
  undo.push(() => store.close(clock.now()));
  writePaces(options.store, settings.systems, { now: clock.now(), aliveAt: await store.lastAliveAt() });
  const lag = watchEventLoop(clock);
  undo.push(() => lag.stop());
  const {
    agent,
    works,
    looks: looksNow,
  } = await startMeasuring({
    ...{ settings, clock, store, signal: stopping.signal, log: silentLog, listeners: [on], undo },
    lagMs: lag.totalMs,
  });
  let launching = true;
  const failed: string[] = [];
  const launches = new Set<Promise<void>>();
  async function launch(route: (typeof works.routes)[number]): Promise<void> {
    if (!launching) return;
    const launched = agent.launch(route).finally(() => launches.delete(launched));
    launches.add(launched);
    await launched;
  }
  const held = { ...agent, launch };
  const entries = entriesOf(works, held, stopping.signal, () => undefined);
  const timetable = createTimetable({
    clock,
    entries,
    failed: (name, error) => failed.push(`${name}: ${String(error)}`),
  });
  undo.push(async () => {
    stopping.abort();
    await timetable.stop();
  });
  timetable.start();
  const beat = setInterval(() => {
    agent.settle();
    void store.checkpoint(clock.now(), looksNow());
  }, BEAT_MS);
  undo.push(() => clearInterval(beat));

  async function wait<T>(what: string, find: () => T | undefined, limitMs = LIMIT_MS): Promise<T> {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        looks.delete(look);
        const recent = events.slice(-12).map((event) => JSON.stringify(event).slice(0, 400));
        reject(new Error(`not after ${limitMs} ms: ${what}\n${recent.join('\n')}`));
      }, limitMs);
      function look(): void {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        looks.delete(look);
        resolve(found);
      }
      looks.add(look);
      look();
    });
  }

  const stage: Stage = {
    events,
    now: () => clock.now(),
    lagMs: () => lag.totalMs(),
    probes: () => [...states.values()],
    async allSettled() {
      launching = false;
      await Promise.all(launches);
      const open = (): ProbeState[] =>
        [...states.values()].filter(({ settledAt, uncertain }) => settledAt === null && !uncertain);
      await wait('all probes ended', () => open().length === 0 || undefined);
    },
    event: async (what, condition, limitMs) => await wait(what, () => events.find(condition), limitMs),
    async good(since = clock.now(), except = []) {
      const routes = works.routes.map(({ name }) => name).filter((name) => !except.includes(name));
      const checks = works.checks
        .map(({ port }) => `${port.check}/${port.target}`)
        .filter((key) => !except.includes(key) && !except.includes(key.replace(/\/.*/u, '')));
      await wait(`${[...routes, ...checks].join(', ')} good`, () => {
        const seen = new Set<string>();
        for (const event of events) {
          if (event.kind === 'sampled' && event.sample.from >= since && event.sample.ok)
            seen.add(`${event.sample.check}/${event.sample.target}`);
          if (
            event.kind === 'settled' &&
            event.probe.launchedAt >= since &&
            /relayed|delivered/u.test(event.probe.outcome)
          )
            seen.add(event.probe.route);
        }
        return [...routes, ...checks].every((key) => seen.has(key)) || undefined;
      });
    },
    async stop() {
      await undo.all();
      if (failed.length > 0) throw new Error(`bugs: ${failed.join('; ')}`);
    },
  };
  return stage;
}

/** The figures that the store of a stage that has stopped yields, with the patience of a test. */
export function readLedger({ store, reachWithinS = 60, lostAfterS = 600, overS = OVER_S }: StageOptions): Ledger {
  const db = openReadOnly(store);
  try {
    const known = knownUntil(db);
    const { contract, month } = contractAtNoon(known, (text) =>
      text
        .replace(/^reach_within: .*$/mu, `reach_within: ${reachWithinS}s`)
        .replace(/^lost_after: .*$/mu, `lost_after: ${lostAfterS}s`)
        .replaceAll('over_s: 3600', `over_s: ${overS}`),
    );
    const answer = monthReport(db, { system: SYSTEM, month, contract, which: 'live' });
    if (answer.kind !== 'live') throw new Error(`no report: ${JSON.stringify(answer)}`);
    const { report } = answer;
    const asked = { system: SYSTEM, month, contract, known, product: 'test' };
    const { runs, messages, gaps } = factsOfMonth(createReader(db), asked);
    const clause = (id: string) => report.clauses.find((one) => one.id === id);
    const [down, send, receive] = [clause('1'), clause('2a'), clause('2b')];
    if (down?.kind !== 'time' || send?.kind !== 'delay' || receive?.kind !== 'delay')
      throw new Error('a clause is missing');
    return { report, down, send, receive, runs, messages, gaps };
  } finally {
    db.close();
  }
}

function settingsOf(
  lab: Lab,
  { store, system = {}, agent = {}, timeoutS = TIMEOUT_S, reachWithinS = 60, lostAfterS = 600 }: StageOptions,
) {
  const { ports, caFile, users, hostname } = lab;
  const tls = { ca_file: caFile, server_name: hostname, host: '127.0.0.1' };
  const pace = { interval: INTERVAL, timeout: `${timeoutS}s` };
  const whole: Record<string, unknown> = {
    name: SYSTEM,
    submission: {
      ...tls,
      port: ports.submission,
      tls: 'starttls',
      user: users.carol.login,
      password: users.carol.password,
    },
    mx: { hosts: [`127.0.0.1:${ports.smtp}`], helo: 'probe.sink.example', retry_after: '1s' },
    imap: { ...tls, port: ports.imaps, tls: 'implicit' },
    pop3: { ...tls, port: ports.pop3s, tls: 'implicit' },
    mailboxes: (['alice', 'bob', 'carol'] as const).map((name) => ({
      name,
      address: users[name].address,
      user: users[name].login,
      password: users[name].password,
      watch: 'imap',
    })),
    routes: [
      { kind: 'outbound', ...pace },
      { kind: 'inbound', mailbox: 'alice', ...pace },
      { kind: 'internal', mailbox: 'bob', ...pace },
    ],
    reach_within: `${reachWithinS}s`,
    lost_after: `${lostAfterS}s`,
    ...system,
  };
  whole['checks'] ??= (['submission', 'mx', 'imap', 'pop3'] as const)
    .filter((kind) => whole[kind] !== undefined)
    .map((kind) => ({
      kind,
      ...pace,
      ...(kind === 'imap' || kind === 'pop3' ? { mailboxes: ['alice', 'bob'] } : {}),
    }));
  return {
    agent: {
      vantage: 'test',
      store,
      listen: '127.0.0.1:0',
      witnesses: [],
      address_family: 'ipv4-only',
      sink: { listen: `127.0.0.1:${ports.sink}`, domain: 'sink.example' },
      ...agent,
    },
    systems: [whole],
  };
}
