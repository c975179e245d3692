import type { Settings } from './config/settings.ts';
import type { LiveNames } from './live.ts';
import { configuredTargets } from './metrics/targets.ts';

/** Names and paces of a configuration, as the live state needs them. */
export function liveNames({ systems }: Settings): LiveNames[] {
  return systems.map((system) => ({
    name: system.name,
    reachWithinMs: system.reach_within,
    checks: configuredTargets(system),
    routes: system.routes.map(({ name, kind, interval }) => ({ name, kind, intervalMs: interval })),
    mailboxes: system.mailboxes.map(({ name }) => name),
  }));
}
