import type { SystemSettings } from '../config/settings.ts';
import { REACHABILITIES, type LiveCheck } from '../probe/live-state.ts';
import type { CheckKind } from '../probe/probe.ts';
import { PHASES_OF } from '../probe/visit.ts';
import { setOneHot, type Instruments } from './instruments.ts';
import {
  configuredTargets,
  isHostName,
  MAX_FOUND_TARGETS,
  OTHER_TARGET,
  showsCertificate,
  type Target,
} from './targets.ts';

export const VISIT_RESULTS = ['good', 'bad', 'transient', 'void'] as const;

/** The series that one system's targets have. Those of the configuration are there from the start, MX hosts come and go. */
export interface TargetSeries {
  /** The label of a target, its series made if need be; `other` when it may have none of its own. */
  labelOf(check: CheckKind, target: string): string;
  /** Takes over how things stand; series of targets that are no longer visited end, so that none stays as it last was. */
  observe(checks: readonly LiveCheck[]): void;
}

export function createTargetSeries(system: SystemSettings, metrics: Instruments): TargetSeries {
  const configured = new Set<string>();
  const known = new Map<string, Target>();
  for (const target of configuredTargets(system)) {
    configured.add(keyOf(target.check, target.target));
    add(target);
  }

  return { labelOf, observe };

  function labelOf(check: CheckKind, target: string): string {
    const key = keyOf(check, target);
    if (known.has(key)) return target;
    const found = [...known.keys()].filter((other) => !configured.has(other)).length;
    if (!configured.has(key) && (found >= MAX_FOUND_TARGETS || !isHostName(target))) return OTHER_TARGET;
    add({ check, target });
    return target;
  }

  function observe(checks: readonly LiveCheck[]): void {
    const visited = new Set(checks.map((check) => keyOf(check.check, check.target)));
    const kinds = new Set(checks.map((check) => check.check));
    for (const [key, target] of known) if (kinds.has(target.check) && !visited.has(key)) remove(key, target);
    for (const { check, target, state } of checks) {
      const label = labelOf(check, target);
      if (label !== OTHER_TARGET)
        setOneHot(metrics.checkState, { system: system.name, check, target: label }, REACHABILITIES, state);
    }
  }

  function add(target: Target): void {
    known.set(keyOf(target.check, target.target), target);
    const labels = { system: system.name, ...target };
    setOneHot(metrics.checkState, labels, REACHABILITIES, 'unmeasured');
    for (const result of VISIT_RESULTS) metrics.checkVisits.inc({ ...labels, result }, 0);
    for (const phase of PHASES_OF[target.check]) metrics.checkLastPhase.set({ ...labels, phase }, Number.NaN);
    metrics.checkLastVisit.set(labels, Number.NaN);
    metrics.checkLastSuccess.set(labels, Number.NaN);
    if (showsCertificate(system, target.check)) metrics.certificateExpiry.set(labels, Number.NaN);
  }

  function remove(key: string, target: Target): void {
    known.delete(key);
    const labels = { system: system.name, ...target };
    for (const state of REACHABILITIES) metrics.checkState.remove({ ...labels, state });
    for (const result of VISIT_RESULTS) metrics.checkVisits.remove({ ...labels, result });
    for (const phase of PHASES_OF[target.check]) metrics.checkLastPhase.remove({ ...labels, phase });
    metrics.checkLastVisit.remove(labels);
    metrics.checkLastSuccess.remove(labels);
    metrics.certificateExpiry.remove(labels);
  }
}

function keyOf(check: CheckKind, target: string): string {
  return `${check} ${target}`;
}
