import type { RouteSettings, Settings, SystemSettings } from '../config/settings.ts';
import { SKIPPED_WHYS } from '../probe/event.ts';
import { REACHABILITIES } from '../probe/live-state.ts';
import { OUTCOMES } from '../probe/probe.ts';
import { GAP_WHYS } from '../probe/sample.ts';
import { CAUSES, PHASES_OF } from '../probe/visit.ts';
import { setOneHot, type Instruments } from './instruments.ts';
import { showsCertificate } from './targets.ts';

export const SEND_RESULTS = ['accepted', 'refused', 'unreachable', 'uncertain'] as const;

/** What each place of observation may meet. */
export const DROPPED = ['dialogues', 'samples', 'records'] as const;
export const FOREIGN_KINDS = [
  'forged',
  'other-instance',
  'malformed',
  'replayed',
  'other-system',
  'stranger',
  'limit',
] as const;

/**
 * Makes every series of the configuration: a counter that springs into being at its first event has no increase, and an
 * alert on a series that is not there never fires. The series of targets are in `target-series.ts`.
 */
export function makeFirstSeries(settings: Settings, metrics: Instruments): void {
  for (const why of GAP_WHYS) metrics.unmeasured.inc({ why }, 0);
  metrics.clockSteps.inc(0);
  for (const what of FOREIGN_KINDS) {
    metrics.foreign.inc({ place: 'mailbox', what }, 0);
    if (settings.agent.sink !== undefined) metrics.foreign.inc({ place: 'sink', what }, 0);
  }
  // prom-client starts metrics without labels at 0: the sink of an agent without one is no sink that is down.
  if (settings.agent.sink === undefined) metrics.sinkListening.remove();
  metrics.storeTrouble.set(0);
  for (const what of DROPPED) metrics.storeDropped.inc({ what }, 0);
  metrics.storeLastCommit.set(Number.NaN);
  metrics.storeMaxCommit.set(Number.NaN);
  for (const system of settings.systems) makeSystem(system, metrics);
}

function makeSystem(system: SystemSettings, metrics: Instruments): void {
  const labels = { system: system.name };
  setOneHot(metrics.connected, labels, REACHABILITIES, 'unmeasured');
  for (const { kind } of system.checks) {
    for (const cause of CAUSES) metrics.checkFailures.inc({ ...labels, check: kind, cause }, 0);
    for (const phase of PHASES_OF[kind]) metrics.checkPhase.zero({ ...labels, check: kind, phase });
  }
  for (const mailbox of system.mailboxes) {
    metrics.mailboxWatched.set({ ...labels, mailbox: mailbox.name }, 0);
    metrics.ownMail.set({ ...labels, mailbox: mailbox.name }, Number.NaN);
    metrics.deleted.inc({ ...labels, mailbox: mailbox.name }, 0);
  }
  for (const route of system.routes) makeRoute(system, route, metrics);
}

function makeRoute(system: SystemSettings, route: RouteSettings, metrics: Instruments): void {
  const labels = { system: system.name, route: route.name, kind: route.kind };
  setOneHot(metrics.routeState, labels, REACHABILITIES, 'unmeasured');
  for (const outcome of OUTCOMES) if (outcome !== 'pending') metrics.settled.inc({ ...labels, outcome }, 0);
  for (const result of SEND_RESULTS) metrics.attempts.inc({ ...labels, result }, 0);
  for (const cause of CAUSES) metrics.attemptFailures.inc({ ...labels, cause }, 0);
  for (const why of SKIPPED_WHYS) metrics.launchesSkipped.inc({ ...labels, why }, 0);
  for (const counter of [
    metrics.launched,
    metrics.launchesVoided,
    metrics.duplicates,
    metrics.misfiled,
    metrics.late,
    metrics.repeats,
  ]) {
    counter.inc(labels, 0);
  }
  metrics.openProbes.set(labels, 0);
  metrics.oldestOpen.set(labels, 0);
  metrics.lastDelay.set(labels, Number.NaN);
  metrics.routeLastSuccess.set(labels, Number.NaN);

  delaysOf(route.kind, metrics).zero({ system: system.name, route: route.name });
  if (route.kind === 'inbound') metrics.deferral.zero({ system: system.name, route: route.name });
  if (showsCertificate(system, route.kind === 'inbound' ? 'mx' : 'submission'))
    metrics.certificateExpiry.set({ system: system.name, check: route.kind, target: route.name }, Number.NaN);
}

/** The histogram of a route's delays. */
export function delaysOf(kind: RouteSettings['kind'], metrics: Instruments): Instruments['sendDelay'] {
  return { outbound: metrics.sendDelay, inbound: metrics.receiveDelay, internal: metrics.internalDelay }[kind];
}
