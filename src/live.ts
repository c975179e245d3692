import type { Clock } from './lib/clock.ts';
import type { Instant, Ms } from './lib/time.ts';
import { DEFAULT_CONNECTED, evaluate, ofTargets } from './probe/connected.ts';
import { delayOf, leastDelayOf } from './probe/correlate.ts';
import type { AgentEvent } from './probe/event.ts';
import { reachabilityAt } from './probe/live-state.ts';
import type {
  LiveCheck,
  LiveMailbox,
  LiveRoute,
  LiveSend,
  LiveSink,
  LiveState,
  LiveStore,
  LiveSystem,
  OpenGap,
  Reachability,
} from './probe/live-state.ts';
import type { ProbeState } from './probe/probe-state.ts';
import type { CheckKind, RouteKind } from './probe/probe.ts';
import type { Sample } from './probe/sample.ts';
import type { SendResult } from './probe/send-result.ts';
import type { Failure } from './probe/visit.ts';

/** What of the configuration the live state needs: names and paces. */
export interface LiveNames {
  readonly name: string;
  readonly reachWithinMs: Ms;
  readonly checks: readonly { readonly check: CheckKind; readonly target: string }[];
  readonly routes: readonly { readonly name: string; readonly kind: RouteKind; readonly intervalMs: Ms }[];
  readonly mailboxes: readonly string[];
}

interface State {
  state: Reachability;
  since: Instant | null;
}

interface Route {
  readonly name: string;
  readonly kind: RouteKind;
  readonly intervalMs: Ms;
  lastSample: Sample | null;
  lastDelay: { ms: Ms; leastMs: Ms; at: Instant } | null;
  lastSend: LiveSend | null;
  failure: Failure | null;
}

interface System {
  readonly names: LiveNames;
  readonly checks: Map<string, { check: CheckKind; target: string; lastSample: Sample | null }>;
  readonly routes: Map<string, Route>;
  readonly mailboxes: Map<string, LiveMailbox>;
  lastWorkAt: Instant | null;
}

export interface Live {
  on(event: AgentEvent): void;
  /** The heart beat at `at`. */
  ticked(at: Instant): void;
  started(at: Instant | null): void;
  /** The targets that a check has now, where a lookup tells them: those that are no longer among them are forgotten. */
  found(system: string, check: CheckKind, targets: readonly string[]): void;
  state(): LiveState;
}

/** Folds the agent's events into how things stand now. States that change because time passes are made when asked for. */
export function createLive(parts: {
  readonly clock: Pick<Clock, 'now'>;
  readonly systems: readonly LiveNames[];
  readonly openProbes: () => Iterable<ProbeState>;
  /** See Agent.visitSince. */
  readonly visitSince: (system: string, check: CheckKind, target: string) => Instant | null;
  readonly sink: () => LiveSink | undefined;
  readonly store: () => LiveStore;
}): Live {
  const { clock } = parts;
  const systems = new Map(parts.systems.map((names) => [names.name, systemOf(names)]));
  const since = new Map<string, State>();
  let startedAt: Instant | null = null;
  let lastTickAt: Instant | null = null;
  let ownLine: OpenGap | null = null;

  function on(event: AgentEvent): void {
    switch (event.kind) {
      case 'sampled':
        ownLine = null;
        return sampled(event.sample, event.at);
      case 'voided':
        worked(event.system, event.at);
        if (event.why === 'own-line' && event.alone !== true) ownLine ??= { from: event.at, why: 'own-line' };
        return;
      case 'sent':
        worked(event.probe.system, event.at);
        if (event.result.kind === 'accepted') ownLine = null;
        return sent(event.probe, event.result);
      case 'settled':
        return settled(event.probe, event.at);
      case 'watching': {
        const { mailbox: name, state: watching, at, failure } = event;
        systems.get(event.system)?.mailboxes.set(name, { name, watching, since: at, ...(failure && { failure }) });
        return;
      }
      case 'launched':
      case 'noted':
      case 'sighted':
      case 'skipped':
      case 'gap':
      case 'upkeep':
      case 'foreign':
      case 'clock-step':
    }
  }

  function sampled(sample: Sample, at: Instant): void {
    const system = systems.get(sample.system);
    if (system === undefined) return;
    worked(sample.system, at);
    const route = [...system.routes.values()].find(({ kind, name }) => kind === sample.check && name === sample.target);
    if (route !== undefined) {
      route.lastSample = newer(route.lastSample, sample);
      route.failure = sample.failure ?? null;
    } else if (!isRoute(sample.check)) {
      const { check, target } = sample;
      system.checks.set(`${check}/${target}`, { check, target, lastSample: sample });
    }
  }

  function sent({ system, route: name }: ProbeState, { startedAt, endedAt, phases }: SendResult): void {
    const route = systems.get(system)?.routes.get(name);
    if (route !== undefined) route.lastSend = { from: startedAt, to: endedAt, phases };
  }

  // What is no longer visited would stay unmeasured for good, and its system with it.
  function found(system: string, check: CheckKind, targets: readonly string[]): void {
    const checks = systems.get(system)?.checks;
    if (checks === undefined) return;
    for (const [key, known] of checks) {
      if (known.check !== check || targets.includes(known.target)) continue;
      checks.delete(key);
      since.delete(`${system}/${key}`);
    }
    for (const target of targets) {
      const key = `${check}/${target}`;
      if (!checks.has(key)) checks.set(key, { check, target, lastSample: null });
    }
  }

  function settled(probe: ProbeState, at: Instant): void {
    const route = systems.get(probe.system)?.routes.get(probe.route);
    if (route === undefined) return;
    // One that is void or bounced may have come out as well: that is no delay of the mail system's.
    const delay = probe.outcome === 'relayed' || probe.outcome === 'delivered' ? delayOf(probe) : null;
    if (delay !== null) {
      route.lastDelay = { ms: delay, leastMs: leastDelayOf(probe) ?? delay, at };
      route.failure = null;
      const { reachWithinMs } = systems.get(probe.system)?.names ?? { reachWithinMs: 0 };
      tellRoute(route, probe, delay <= reachWithinMs);
    } else if (probe.outcome === 'lost' || probe.outcome === 'bounced') {
      const words = `probe ${probe.id} did not come out`;
      route.failure = probe.failure ?? { cause: 'timeout', phase: 'accept', detail: words };
      tellRoute(route, probe, false);
    }
  }

  // What came out in time says that the route worked from its acceptance until then; what did not is a sample of the
  // instant at which it was accepted.
  function tellRoute(route: Route, probe: ProbeState, ok: boolean): void {
    const from = probe.acceptedAt ?? probe.launchedAt;
    const to = ok ? ((probe.kind === 'outbound' ? probe.relayedAt : probe.visibleAt) ?? from) : from;
    route.lastSample = newer(route.lastSample, routeSample(route, probe.system, from, Math.max(from, to), ok));
  }

  function worked(system: string, at: Instant): void {
    const found = systems.get(system);
    if (found !== undefined) found.lastWorkAt = at;
  }

  function state(): LiveState {
    const now = clock.now();
    const gaps = ownLine === null ? [] : [ownLine];
    const open = [...parts.openProbes()];
    const sink = parts.sink();
    return {
      at: now,
      startedAt,
      lastTickAt,
      gaps,
      systems: [...systems.values()].map((system) => liveSystem(system, now, gaps, open)),
      ...(sink !== undefined && { sink }),
      store: parts.store(),
    };
  }

  function liveSystem(system: System, now: Instant, gaps: readonly OpenGap[], open: readonly ProbeState[]): LiveSystem {
    const { name } = system.names;
    const checks = [...system.checks.values()].map(({ check, target, lastSample }): LiveCheck => ({
      check,
      target,
      lastSample,
      ...held(
        `${name}/${check}/${target}`,
        reachabilityAt(now, lastSample, gaps, parts.visitSince(name, check, target)),
        now,
      ),
    }));
    const routes = [...system.routes.values()].map((route) =>
      liveRoute(
        name,
        route,
        system.names.reachWithinMs,
        now,
        gaps,
        open.filter((probe) => probe.system === name && probe.route === route.name),
      ),
    );
    const stateOf = (of: CheckKind | RouteKind): Reachability | null =>
      ofTargets(
        [...checks.filter((check) => check.check === of), ...routes.filter((route) => route.kind === of)].map(
          (target) => target.state,
        ),
      );
    const connected = evaluate(DEFAULT_CONNECTED, stateOf) ?? 'unmeasured';
    return {
      name,
      connected,
      since: held(`${name}/connected`, connected, now).since,
      lastWorkAt: system.lastWorkAt,
      checks,
      routes,
      mailboxes: [...system.mailboxes.values()],
    };
  }

  function liveRoute(
    system: string,
    route: Route,
    reachWithinMs: Ms,
    now: Instant,
    gaps: readonly OpenGap[],
    open: readonly ProbeState[],
  ): LiveRoute {
    const { name, kind, lastDelay, lastSend, failure } = route;
    // Still not out and overdue: mail is not getting through now, unless something that was accepted later came out.
    const since = route.lastSample?.ok === true ? route.lastSample.from : -Infinity;
    const overdue = open.find(
      ({ acceptedAt, uncertain, ...probe }) =>
        acceptedAt !== null &&
        !uncertain &&
        acceptedAt > since &&
        // Of one that waits since our sink was away only the wait before is surely the system's.
        ((probe.kind === 'outbound' ? probe.unseenUntil : null) ?? now) - acceptedAt > reachWithinMs &&
        (probe.kind === 'outbound' ? probe.relayedAt : probe.visibleAt) === null,
    );
    const last =
      overdue === undefined
        ? route.lastSample
        : routeSample(route, system, overdue.acceptedAt ?? overdue.launchedAt, now, false);
    const oldestOpenAt = open.length === 0 ? null : Math.min(...open.map((probe) => probe.launchedAt));
    const now3 = held(`${system}/${kind}/${name}`, reachabilityAt(now, last, gaps), now);
    const holdMs = route.lastSample?.holdMs ?? null;
    return { name, kind, ...now3, open: open.length, oldestOpenAt, lastDelay, lastSend, holdMs, failure };
  }

  /** The state and since when it is so, remembered by name from one look to the next. */
  function held(name: string, state: Reachability, now: Instant): State {
    const before = since.get(name);
    if (before?.state === state) return before;
    const next = { state, since: state === 'unmeasured' && before === undefined ? null : now };
    since.set(name, next);
    return next;
  }

  return {
    on,
    ticked(at): void {
      lastTickAt = at;
      state();
    },
    started: (at) => void (startedAt = at),
    found,
    state,
  };
}

function systemOf(names: LiveNames): System {
  return {
    names,
    checks: new Map(
      names.checks.map(({ check, target }) => [`${check}/${target}`, { check, target, lastSample: null }]),
    ),
    routes: new Map(
      names.routes.map((route) => [
        route.name,
        { ...route, lastSample: null, lastDelay: null, lastSend: null, failure: null },
      ]),
    ),
    mailboxes: new Map(names.mailboxes.map((name) => [name, { name, watching: 'starting', since: null }])),
    lastWorkAt: null,
  };
}

function routeSample(
  { name: target, kind: check, intervalMs }: Route,
  system: string,
  from: Instant,
  to: Instant,
  ok: boolean,
): Sample {
  return { system, check, target, from, to, ok, holdMs: 3 * intervalMs, phases: [] };
}

function newer(last: Sample | null, sample: Sample): Sample {
  return last !== null && last.to > sample.to ? last : sample;
}

function isRoute(check: CheckKind | RouteKind): check is RouteKind {
  return check === 'outbound' || check === 'inbound' || check === 'internal';
}
