import { createAgent } from './agent.ts';
import { createWitness } from './check/witness.ts';
import type { Settings } from './config/settings.ts';
import { messageOf } from './lib/errors.ts';
import type { Log } from './lib/log.ts';
import { createSystemClock } from './lib/system-clock.ts';
import { createLive } from './live.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createResolver } from './net/resolve.ts';
import { makeCertificate } from './observe/certificate.ts';
import { createWatcher } from './observe/registry.ts';
import { createSink } from './observe/sink.ts';
import type { AgentEvent } from './probe/event.ts';
import { onWall } from './probe/on-wall.ts';
import type { ClockJump } from './probe/clock-jump.ts';
import type { GapWhy } from './probe/sample.ts';
import { createTokens } from './probe/token.ts';
import { createHeartbeat } from './schedule/heartbeat.ts';
import { createTimetable } from './schedule/timetable.ts';
import { entriesOf } from './entries.ts';
import { openStore } from './store/store.ts';
import { createRecentEvents } from './web/recent.ts';
import { createWeb } from './web/web.ts';
import { createWorks, liveNames } from './works.ts';

/** An agent that runs. */
export interface App {
  /** Address of the page, ending in a slash. */
  readonly url: string;
  /** Port of the sink; null where no outbound route is configured. */
  readonly sinkPort: number | null;
  /** Ends what is under way, writes all that was said, closes the store. */
  stop(): Promise<void>;
}

/** The open runs are checkpointed, and the store learns that the agent lives, every so many beats of a second. */
const CHECKPOINT_BEATS = 5;

/**
 * Builds the parts in the order of the flow and starts them; what was started is stopped in reverse, also when a later
 * part fails. Throws ConfigError when the operator must act: a store in use, a port that is taken.
 */
export async function startApp(options: {
  readonly settings: Settings;
  readonly version: string;
  readonly log: Log;
  readonly listeners?: readonly ((event: AgentEvent) => void)[];
}): Promise<App> {
  const { settings, version, log, listeners = [] } = options;
  const undo: (() => void | Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    const clock = createSystemClock();
    const wallNow = () => clock.now() + clock.shiftAt(clock.now());
    const stopping = new AbortController();

    // store
    const { store: path, vantage } = settings.agent;
    const onTrouble = (message: string): void => log.error({ store: path }, message);
    const store = await openStore({ path, vantage, now: clock.now(), onTrouble });
    undo.push(() => store.close(wallNow()));

    // the agent, and who listens to it
    const tokens = createTokens(store);
    const resolver = createResolver({ servers: settings.agent.resolvers, family: settings.agent.address_family });
    const works = createWorks(settings, { clock, resolver, tokens });
    const metrics = createMetrics({ settings, clock, version });
    undo.push(() => metrics.stop());
    const recent = createRecentEvents();
    const heartbeat = createHeartbeat({ clock, beat, jumped });
    const agent = createAgent({
      clock,
      store,
      doubts: {
        witness: createWitness(settings.agent, { clock, resolver }),
        lagMs: heartbeat.lagMs,
        signal: stopping.signal,
      },
      log,
      patienceOf: (name) => patience.get(name) ?? { lostAfterMs: 0, watchMs: 0 },
      longestWatchMs: Math.max(...settings.systems.map(({ watch }) => watch)),
      listeners: [
        (event) => live.on(event),
        ...[metrics.on, recent.on, ...listeners].map((listen) => (event: AgentEvent) => listen(onWall(event, clock))),
      ],
    });
    const patience = new Map(settings.systems.map((s) => [s.name, { lostAfterMs: s.lost_after, watchMs: s.watch }]));
    undo.push(() => agent.flush());
    let sinkListens = false;
    const live = createLive({
      clock,
      systems: liveNames(settings, works.checks),
      openProbes: () => agent.openProbes(),
      sink: () => (settings.agent.sink === undefined ? undefined : { listening: sinkListens }),
      store: () => store.stats(),
    });

    // observe: the places where probes come out
    let sinkPort: number | null = null;
    if (settings.agent.sink !== undefined) {
      const { certificate: own, domain } = settings.agent.sink;
      const certificate =
        own === undefined
          ? await makeCertificate(domain, clock.now())
          : { cert: own.certificate, key: own.key.reveal() };
      const observer = agent.observerOf('sink');
      const sink = createSink({ settings: settings.agent.sink, tokens, clock, observer, certificate, log });
      await sink.start();
      undo.push(() => sink.stop());
      sinkListens = true;
      sinkPort = sink.port;
    }
    for (const system of settings.systems) {
      for (const mailbox of system.mailboxes) {
        const observer = agent.observerOf(system.name);
        const watcher = createWatcher({ system, mailbox, tokens, watermarks: store, resolver, clock, observer, log });
        agent.addWatcher(system.name, mailbox.name, watcher);
      }
    }
    await agent.resume();
    agent.watch();
    undo.push(() => agent.unwatch());

    // what others see
    const web = createWeb({ settings, metrics, live: live.state, recent: recent.list, clock, version, log });
    const { url } = await web.start();
    undo.push(() => web.stop());

    // schedule: from here on things fall due
    const failed = (name: string, error: unknown): void =>
      log.error({ due: name, error: messageOf(error) }, 'a bug: what was due did not run to its end');
    const entries = entriesOf(works, agent, stopping.signal);
    const timetable = createTimetable({ clock, entries, failed });
    undo.push(async () => {
      stopping.abort();
      await timetable.stop();
      await Promise.all(works.routes.map((route) => route.sender.close()));
    });
    timetable.start();
    heartbeat.start();
    undo.push(() => heartbeat.stop());
    live.started(clock.now());

    let beats = 0;
    let lastBeatAt = clock.now();

    function beat(): void {
      lastBeatAt = clock.now();
      agent.settle();
      live.ticked(lastBeatAt);
      if (++beats % CHECKPOINT_BEATS === 0) void store.checkpoint(wallNow());
    }

    function jumped(jump: Exclude<ClockJump, { kind: 'steady' }>): void {
      const why = JUMP_IS[jump.kind];
      log.warn({ ...jump, gap: why }, 'the clocks jumped: what lies between is unmeasured, and no delay moves');
      agent.book({ from: lastBeatAt, to: clock.now(), why });
      if (jump.kind === 'step') agent.clockStepped(jump.stepMs);
    }

    return { url, sinkPort, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const JUMP_IS: Readonly<Record<Exclude<ClockJump['kind'], 'steady'>, GapWhy>> = {
  suspend: 'suspend',
  step: 'clock',
  stall: 'overload',
};
