import type { Contract } from './config/contract.ts';
import { loadContract } from './config/load-contract.ts';
import type { Settings } from './config/settings.ts';
import { entriesOf } from './entries.ts';
import { messageOf } from './lib/errors.ts';
import type { Log } from './lib/log.ts';
import { createSystemClock } from './lib/system-clock.ts';
import { MINUTE, SECOND } from './lib/time.ts';
import { createLive } from './live.ts';
import { liveNames } from './live-names.ts';
import { startMeasuring, type Measuring } from './measuring.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createMonthCloser } from './month-closer.ts';
import { createAnswering } from './month/answering.ts';
import { createExporting } from './month/exporting.ts';
import { createMonthsSoFar } from './months-so-far.ts';
import { writePaces } from './paces.ts';
import type { ClockJump } from './probe/clock-jump.ts';
import type { AgentEvent } from './probe/event.ts';
import { onWall } from './probe/on-wall.ts';
import type { GapWhy } from './probe/sample.ts';
import { createCalendar } from './schedule/calendar.ts';
import { createHeartbeat } from './schedule/heartbeat.ts';
import { createTimetable } from './schedule/timetable.ts';
import { openStore } from './store/store.ts';
import { createUndo } from './undo.ts';
import type { SandboxPanel } from './web/panel/sandbox-panel.ts';
import { createRecentEvents } from './web/recent.ts';
import { createWeb } from './web/web.ts';

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
/** 03:17 by the machine's own zone, when few look. */
const UPKEEP_AT = '17 3 * * *';
/** Every ten minutes: a month that is over is not awaited for long, and looking costs little. */
const CLOSE_AT = '3-53/10 * * * *';

/**
 * Builds the parts in the order of the flow and starts them; what was started is stopped in reverse, also when a later
 * part fails. Throws ConfigError when the operator must act: a store in use, a port that is taken.
 */
export async function startApp(options: {
  readonly settings: Settings;
  readonly version: string;
  readonly log: Log;
  readonly listeners?: readonly ((event: AgentEvent) => void)[];
  /** Faults of a sandbox that this agent watches, for a page to switch them on. */
  readonly panel?: SandboxPanel;
}): Promise<App> {
  const { settings, version, log, listeners = [], panel } = options;
  const undo = createUndo();
  try {
    const clock = createSystemClock();
    const wallNow = () => clock.now() + clock.shiftAt(clock.now());
    const stopping = new AbortController();
    const heartbeat = createHeartbeat({ clock, beat, jumped });

    // store: the ledger of all that is said
    const { store: path, vantage } = settings.agent;
    const onTrouble = (message: string): void => log.error({ store: path }, message);
    const store = await openStore({ path, vantage, now: clock.now(), onTrouble });
    undo.push(() => store.close(wallNow()));
    writePaces(path, settings.systems, { now: clock.now(), aliveAt: await store.lastAliveAt() });

    // those who listen
    const live = createLive({
      clock,
      systems: liveNames(settings),
      openProbes: () => measuring?.agent.openProbes() ?? [],
      visitSince: (...target) => measuring?.agent.visitSince(...target) ?? null,
      sink: () => (settings.agent.sink === undefined ? undefined : (measuring?.sink?.state ?? { listening: false })),
      store: () => store.stats(),
    });
    const agreements = settings.systems.map(({ name, contract }) => agreementOf(name, contract));
    const contracts = new Map(agreements.map(({ system, contract }) => [system, contract]));
    const metrics = createMetrics({ settings, contracts, clock, version });
    undo.push(() => metrics.stop());
    const recent = createRecentEvents();
    const readers = [metrics.on, recent.on, ...listeners];
    const written = (event: AgentEvent): void => {
      const told = onWall(event, clock);
      for (const on of readers) on(told);
    };

    // send, check, observe, and the agent between them
    const { lagMs } = metrics;
    const { signal } = stopping;
    const world = { settings, clock, store, lagMs, signal, log, listeners: [live.on, written], undo };
    let measuring: Measuring | null = null;
    const { agent, works, sink, looks } = (measuring = await startMeasuring(world));

    // the months, computed in a thread of their own
    const answering = createAnswering({ store: path, agreements });
    undo.push(() => answering.stop());
    const exporting = createExporting({ store: path, agreements });
    undo.push(() => exporting.stop());
    const { figures, list } = answering;
    const systems = settings.systems.map(({ name }) => name);
    // Before a sandbox somebody sits and waits for what a fault does to them.
    const everyMs = panel === undefined ? MINUTE : 4 * SECOND;
    const monthsSoFar = createMonthsSoFar({ systems, figures, list, told: metrics.months, everyMs, clock, log });

    // what people enter: read and computed where the months are, written by the ledger
    const { exclusions, records, acts, preview } = answering;
    const contractOf = (system: string): Contract => {
      const contract = contracts.get(system);
      if (contract === undefined) throw new Error(`system "${system}" is not in the configuration`);
      return contract;
    };
    const people = { contractOf, exclusions, records, acts, preview, act: store.act };

    // what others see
    const web = createWeb({
      settings,
      metrics,
      live: live.state,
      recent: recent.list,
      desk: { ...answering, exportMonth: exporting.exportMonth },
      entries: people,
      monthsOf: monthsSoFar.monthsOf,
      figuresOf: monthsSoFar.figuresOf,
      panel,
      clock,
      version,
      log,
    });
    const { url } = await web.start();
    undo.push(() => web.stop());

    // schedule: from here on things fall due
    const failed = (name: string, error: unknown): void =>
      log.error({ due: name, error: messageOf(error) }, 'a bug: what was due did not run to its end');
    const entries = entriesOf(works, agent, signal, live.found);
    const timetable = createTimetable({ clock, entries, failed });
    undo.push(async () => {
      stopping.abort();
      await timetable.stop();
    });
    const tidy = { name: 'upkeep of the store', cron: UPKEEP_AT, run: () => store.tidy() };
    const closer = createMonthCloser({ settings, clock, wallNow, log });
    undo.push(() => closer.stop());
    const close = { name: 'closing of months', cron: CLOSE_AT, run: () => closer.run() };
    const calendar = createCalendar({ appointments: [tidy, close], failed });
    undo.push(() => calendar.stop());
    calendar.start();
    closer.start();
    timetable.start();
    heartbeat.start();
    undo.push(() => heartbeat.stop());
    monthsSoFar.start();
    undo.push(() => monthsSoFar.stop());
    live.started(clock.now());

    let beats = 0;
    let lastBeatAt = clock.now();

    function beat(): void {
      lastBeatAt = clock.now();
      agent.settle();
      live.ticked(lastBeatAt);
      if (++beats % CHECKPOINT_BEATS === 0) store.checkpoint(wallNow(), looks()).catch(notWritten);
    }

    // A disk that stays full until we stop: the store has told of it, and a rejection that nobody takes would end us early.
    function notWritten(error: unknown): void {
      log.warn({ store: path, error: messageOf(error) }, 'the last checkpoint was not written');
    }

    function jumped(jump: Exclude<ClockJump, { kind: 'steady' }>): void {
      const why = JUMP_IS[jump.kind];
      log.warn({ ...jump, gap: why }, 'the clocks jumped: what lies between is unmeasured, and no delay moves');
      agent.book({ from: lastBeatAt, to: clock.now(), why });
      if (jump.kind === 'step') agent.clockStepped(jump.stepMs);
    }

    return { url, sinkPort: sink?.port ?? null, stop: undo.all };
  } catch (error) {
    await undo.all();
    throw error;
  }
}

function agreementOf(system: string, file: string) {
  return { system, file, ...loadContract(file) };
}

const JUMP_IS: Readonly<Record<Exclude<ClockJump['kind'], 'steady'>, GapWhy>> = {
  suspend: 'suspend',
  step: 'clock',
  stall: 'overload',
};
