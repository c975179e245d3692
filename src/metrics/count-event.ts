import type { Instant, Ms } from '../lib/time.ts';
import { delayOf } from '../probe/correlate.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import type { Probe } from '../probe/probe.ts';
import type { Sample } from '../probe/sample.ts';
import { CHECK_KINDS, type CheckKind } from '../probe/probe.ts';
import { PHASES_OF, type Failure, type PhaseTime, type Visit } from '../probe/visit.ts';
import { delaysOf } from './first-series.ts';
import type { Instruments } from './instruments.ts';
import type { TargetSeries } from './target-series.ts';
import { OTHER_TARGET } from './targets.ts';

/** What an event's names are looked up in: only what the configuration names is counted. */
export interface Known {
  readonly targets: ReadonlyMap<string, TargetSeries>;
  /** Kind of a route; undefined when the configuration has no such route (any more). */
  routeKind(system: string, route: string): Probe['kind'] | undefined;
  hasMailbox(system: string, mailbox: string): boolean;
}

/** Gaps and steps of the clock aside, every event moves a counter or tells a last value. */
export function countEvent(event: Exclude<AgentEvent, { kind: 'gap' }>, metrics: Instruments, known: Known): void {
  switch (event.kind) {
    case 'launched':
      // An earlier run launched it.
      if (event.recovered) return;
      return withRoute(event.probe, known, (labels) => metrics.launched.inc(labels));
    case 'sent':
      return withRoute(event.probe, known, (labels) => {
        const { result } = event;
        metrics.attempts.inc({ ...labels, result: result.kind });
        if (result.kind !== 'accepted') metrics.attemptFailures.inc({ ...labels, cause: result.failure.cause });
        if (result.certificateExpiresAt !== undefined) {
          tellCertificate(
            { system: labels.system, check: labels.kind, target: labels.route },
            result.certificateExpiresAt,
            metrics,
          );
        }
      });
    case 'sighted':
      return withRoute(event.probe, known, (labels) => {
        if (event.meaning === 'duplicate') metrics.duplicates.inc(labels);
        if (event.meaning === 'again' && event.sighting.kind === 'contact') metrics.repeats.inc(labels);
        // At the sink a copy is a contact first: only what came out whole is an arrival.
        if (event.meaning === 'late' && event.sighting.kind !== 'contact') metrics.late.inc(labels);
      });
    case 'settled':
      return withRoute(event.probe, known, (labels) => settle(event.probe, labels, metrics));
    case 'sampled':
      if (isCheck(event.sample.check)) sampled(event.sample, event.sample.check, event.visits, metrics, known);
      return;
    case 'skipped': {
      const { system, route, routeKind: kind, why } = event;
      if (known.routeKind(system, route) === kind) metrics.launchesSkipped.inc({ system, route, kind, why });
      return;
    }
    case 'voided':
      return voided(event, metrics, known);
    case 'upkeep':
      if (!known.hasMailbox(event.system, event.mailbox)) return;
      metrics.deleted.inc({ system: event.system, mailbox: event.mailbox }, event.deleted);
      metrics.ownMail.set({ system: event.system, mailbox: event.mailbox }, event.left);
      return;
    case 'foreign':
      metrics.foreign.inc({ place: event.place, what: event.what });
      return;
    case 'clock-step':
      metrics.clockSteps.inc();
      return;
    case 'noted':
    case 'watching':
      // Pulled from the live state, which knows it before the first change too.
      return;
  }
}

interface RouteLabels {
  readonly system: string;
  readonly route: string;
  readonly kind: Probe['kind'];
}

// A probe of the store may be older than the configuration: a route that is no longer in it has no series.
function withRoute(probe: Probe, known: Known, count: (labels: RouteLabels) => void): void {
  if (known.routeKind(probe.system, probe.route) !== probe.kind) return;
  count({ system: probe.system, route: probe.route, kind: probe.kind });
}

// A probe's delay is observed here, at its one end, and never at an attempt: a queue that retries adds nothing twice.
function settle(probe: ProbeState, labels: RouteLabels, metrics: Instruments): void {
  metrics.settled.inc({ ...labels, outcome: probe.outcome });
  if (probe.misfiled) metrics.misfiled.inc(labels);
  const narrow = { system: labels.system, route: labels.route };
  if (probe.deferral !== null && labels.kind === 'inbound')
    metrics.deferral.observe(narrow, seconds(probe.deferral.refusedForMs));
  // One that is void may have come out as well; its delay would be ours.
  const delayMs = probe.outcome === 'relayed' || probe.outcome === 'delivered' ? delayOf(probe) : null;
  if (delayMs === null) return;
  delaysOf(labels.kind, metrics).observe(narrow, seconds(delayMs));
  metrics.lastDelay.set(labels, seconds(delayMs));
  metrics.routeLastSuccess.set(
    labels,
    seconds((labels.kind === 'outbound' ? probe.relayedAt : probe.visibleAt) ?? Number.NaN),
  );
}

function sampled(sample: Sample, check: CheckKind, visits: readonly Visit[], metrics: Instruments, known: Known): void {
  const { system } = sample;
  const series = known.targets.get(system);
  if (series === undefined) return;
  const target = series.labelOf(check, sample.target);
  const labels = { system, check, target };
  for (const visit of visits) {
    const result = visit.failure === undefined ? 'good' : sample.ok ? 'transient' : 'bad';
    metrics.checkVisits.inc({ ...labels, result });
    if (visit.failure !== undefined) metrics.checkFailures.inc({ system, check, cause: visit.failure.cause });
    for (const { phase, ms } of completed(visit.phases, visit.failure))
      metrics.checkPhase.observe({ system, check, phase }, seconds(ms));
  }
  if (target === OTHER_TARGET) return;
  tellLast(sample, check, labels, metrics);
}

function tellLast(
  sample: Sample,
  check: CheckKind,
  labels: { system: string; check: CheckKind; target: string },
  metrics: Instruments,
): void {
  const last = new Map(completed(sample.phases, sample.failure).map(({ phase, ms }) => [phase, seconds(ms)]));
  for (const phase of PHASES_OF[check]) metrics.checkLastPhase.set({ ...labels, phase }, last.get(phase) ?? Number.NaN);
  metrics.checkLastVisit.set(labels, seconds(sample.to));
  if (sample.ok) metrics.checkLastSuccess.set(labels, seconds(sample.to));
  if (sample.certificateExpiresAt !== undefined) tellCertificate(labels, sample.certificateExpiresAt, metrics);
}

// The phase in which a visit failed has a time too, that of our patience: it is no duration of the mail system's.
function completed(phases: readonly PhaseTime[], failure: Failure | undefined): readonly PhaseTime[] {
  return failure === undefined ? phases : phases.filter(({ phase }) => phase !== failure.phase);
}

function voided(event: Extract<AgentEvent, { kind: 'voided' }>, metrics: Instruments, known: Known): void {
  const { system, check, target } = event;
  if (check === 'launch') {
    const kind = known.routeKind(system, target);
    if (kind !== undefined) metrics.launchesVoided.inc({ system, route: target, kind });
    return;
  }
  const series = known.targets.get(system);
  if (series !== undefined)
    metrics.checkVisits.inc({ system, check, target: series.labelOf(check, target), result: 'void' });
}

function tellCertificate(
  labels: { system: string; check: string; target: string },
  expiresAt: Instant,
  metrics: Instruments,
): void {
  metrics.certificateExpiry.set(labels, seconds(expiresAt));
}

function isCheck(check: Sample['check']): check is CheckKind {
  return (CHECK_KINDS as readonly string[]).includes(check);
}

function seconds(ms: Ms): number {
  return ms / 1_000;
}
