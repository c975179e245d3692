import { Registry } from 'prom-client';
import type { Contract } from '../config/contract.ts';
import type { Settings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import { SECOND, type Instant, type Ms } from '../lib/time.ts';
import type { AgentEvent } from '../probe/event.ts';
import {
  REACHABILITIES,
  type LiveRoute,
  type LiveState,
  type LiveStore,
  type LiveSystem,
} from '../probe/live-state.ts';
import type { GapWhy } from '../probe/sample.ts';
import { countEvent, type Known } from './count-event.ts';
import { watchEventLoop } from './event-loop-lag.ts';
import { DROPPED, makeFirstSeries } from './first-series.ts';
import { createInstruments, setOneHot, type Instruments } from './instruments.ts';
import { createMonthSeries, type MonthSeries } from './month-series.ts';
import { createOwnProcess } from './own-process.ts';
import { createTargetSeries } from './target-series.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly contentType: string;
  /** Subscriber of the agent: counters, delays, last values. */
  on(event: AgentEvent): void;
  /** Takes over how things stand: states, open probes, the store. To be called before each scrape. */
  observe(live: LiveState): void;
  /** Where the figures of the running month are told. */
  readonly months: MonthSeries;
  /** The exposition text, with the process's own figures read now. */
  scrape(): Promise<string>;
  /** See EventLoopLag.totalMs. */
  lagMs(): Ms;
  stop(): void;
}

/**
 * `version` is the agent's, `contracts` are by the system's name. All series of the configuration and of the contracts
 * exist from the first scrape on.
 */
export function createMetrics({
  settings,
  contracts = new Map(),
  clock,
  version,
}: {
  settings: Settings;
  contracts?: ReadonlyMap<string, Contract>;
  clock: Clock;
  version: string;
}): Metrics {
  const registry = new Registry();
  const metrics = createInstruments(registry);
  makeFirstSeries(settings, metrics);
  metrics.buildInfo.set({ version, node: process.versions.node }, 1);
  const known = knownNames(settings, metrics);
  const months = createMonthSeries(settings, contracts, metrics);
  const lag = watchEventLoop(clock);
  const readOwnProcess = createOwnProcess(metrics, clock, lag);
  const unmeasured = createUnmeasured(metrics, clock);
  let dropped: LiveStore['dropped'] = { dialogues: 0, samples: 0, records: 0 };

  return {
    registry,
    contentType: registry.contentType,
    months,
    on(event: AgentEvent): void {
      unmeasured.on(event);
      if (event.kind !== 'gap') countEvent(event, metrics, known);
    },
    observe(live: LiveState): void {
      for (const system of live.systems) observeSystem(system, live.at, metrics, known);
      unmeasured.observe(live);
      if (live.sink !== undefined && settings.agent.sink !== undefined)
        metrics.sinkListening.set(live.sink.listening ? 1 : 0);
      metrics.storeQueue.set(live.store.queue);
      metrics.storeTrouble.set(live.store.trouble === null ? 0 : 1);
      for (const what of DROPPED) {
        metrics.storeDropped.inc({ what }, live.store.dropped[what] - dropped[what]);
      }
      dropped = live.store.dropped;
      metrics.storeLastCommit.set(live.store.lastCommitMs === null ? Number.NaN : live.store.lastCommitMs / SECOND);
      metrics.storeMaxCommit.set(live.store.maxCommitMs === null ? Number.NaN : live.store.maxCommitMs / SECOND);
    },
    async scrape(): Promise<string> {
      await readOwnProcess();
      return registry.metrics();
    },
    lagMs: lag.totalMs,
    stop: () => lag.stop(),
  };
}

function knownNames(settings: Settings, metrics: Instruments): Known {
  const systems = new Map(settings.systems.map((system) => [system.name, system]));
  const kinds = new Map(
    settings.systems.map(({ name, routes }) => [name, new Map(routes.map((route) => [route.name, route.kind]))]),
  );
  return {
    targets: new Map(settings.systems.map((system) => [system.name, createTargetSeries(system, metrics)])),
    routeKind: (system, route) => kinds.get(system)?.get(route),
    hasMailbox: (system, mailbox) => systems.get(system)?.mailboxes.some(({ name }) => name === mailbox) ?? false,
  };
}

function observeSystem(system: LiveSystem, at: number, metrics: Instruments, known: Known): void {
  const targets = known.targets.get(system.name);
  if (targets === undefined) return;
  setOneHot(metrics.connected, { system: system.name }, REACHABILITIES, system.connected);
  targets.observe(system.checks);
  for (const route of system.routes) {
    if (known.routeKind(system.name, route.name) === route.kind) observeRoute(system.name, route, at, metrics);
  }
  for (const { name: mailbox, watching } of system.mailboxes) {
    if (known.hasMailbox(system.name, mailbox))
      metrics.mailboxWatched.set({ system: system.name, mailbox }, watching === 'up' ? 1 : 0);
  }
}

function observeRoute(system: string, route: LiveRoute, at: number, metrics: Instruments): void {
  const labels = { system, route: route.name, kind: route.kind };
  setOneHot(metrics.routeState, labels, REACHABILITIES, route.state);
  metrics.openProbes.set(labels, route.open);
  metrics.oldestOpen.set(labels, route.oldestOpenAt === null ? 0 : Math.max(0, at - route.oldestOpenAt) / SECOND);
}

/**
 * Gaps are told as events when they end, and count second by second while one is open: `countedTo` is until when the time
 * of a reason is in the counter, so that none counts twice. While our own line is cut each spoiled visit tells a gap of
 * its own; what lies between them is unmeasured too, whether or not somebody scrapes meanwhile.
 */
function createUnmeasured(
  metrics: Instruments,
  clock: Clock,
): {
  on(event: AgentEvent): void;
  observe(live: LiveState): void;
} {
  let lineCutAt: Instant | null = null;
  const countedTo = new Map<GapWhy, Instant>();
  // Events come on the wall's scale, the live state on the clock's.
  const onWall = (at: Instant): Instant => at + clock.shiftAt(at);

  return {
    on(event) {
      switch (event.kind) {
        case 'gap': {
          const { why, from, to } = event.gap;
          return count(why, why === 'own-line' ? Math.min(from, lineCutAt ?? from) : from, to);
        }
        case 'voided':
          if (event.why === 'own-line' && event.alone !== true) lineCutAt ??= event.at;
          return;
        case 'sampled':
          lineCutAt = null;
          return;
        case 'sent':
          if (event.result.kind === 'accepted') lineCutAt = null;
          return;
        case 'clock-step':
          // Set back, the hour that comes again counts again.
          for (const [why, to] of countedTo) countedTo.set(why, Math.min(to, event.at));
          return;
        case 'launched':
        case 'noted':
        case 'sighted':
        case 'settled':
        case 'skipped':
        case 'watching':
        case 'upkeep':
        case 'foreign':
      }
    },
    observe(live) {
      for (const { why, from } of live.gaps) count(why, onWall(from), onWall(live.at));
    },
  };

  function count(why: GapWhy, from: Instant, to: Instant): void {
    const since = Math.max(from, countedTo.get(why) ?? -Infinity);
    if (to <= since) return;
    metrics.unmeasured.inc({ why }, (to - since) / SECOND);
    countedTo.set(why, to);
  }
}
