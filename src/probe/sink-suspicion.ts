import type { Instant, Ms } from '../lib/time.ts';
import type { ProbeState } from './probe-state.ts';
import type { Gap } from './sample.ts';

/** After our sink was away a mail system may shun it for so long (Postfix: maximal_backoff_time = 4000s). */
const SUSPICION_MS: Ms = 75 * 60_000;

/**
 * While our sink was away a mail system may have put mail for it off; what it accepted before its first new contact would
 * carry that wait, which is ours. Each system has its own queue, so each is trusted again by its own contact only.
 */
export interface SinkSuspicion {
  /** The sink was away from `since` to `backAt`. Returns the probes that are void by it: those that waited for it. */
  away(since: Instant, backAt: Instant, open: Iterable<ProbeState>): readonly ProbeState[];
  /** The system made contact at `at`. Returns what is void by its waiting, and the gap; null where nothing was suspected. */
  contact(
    system: string,
    at: Instant,
    open: Iterable<ProbeState>,
  ): { readonly spoiled: readonly ProbeState[]; readonly gap: Gap } | null;
}

export function createSinkSuspicion(): SinkSuspicion {
  const suspects = new Map<string, { readonly since: Instant; readonly backAt: Instant }>();
  return {
    away(since, backAt, open) {
      // A system that had nothing to bring knows nothing of our absence. What it was being handed just then it may have
      // accepted, and put off, before we could read its 250.
      const waited = [...open].filter((probe) => wasLaunched(probe, backAt) && probe.relayedAt === null);
      for (const { system } of waited) suspects.set(system, { since: suspects.get(system)?.since ?? since, backAt });
      return waited.filter((probe) => isUnderWay(probe, backAt));
    },
    contact(system, at, open) {
      const suspect = suspects.get(system);
      suspects.delete(system);
      if (suspect === undefined || at - suspect.backAt > SUSPICION_MS) return null;
      const spoiled = [...open].filter((probe) => probe.system === system && isUnderWay(probe, at));
      return { spoiled, gap: { from: suspect.since, to: at, why: 'sink' } };
    },
  };
}

function wasLaunched({ kind, launchedAt }: ProbeState, before: Instant): boolean {
  return kind === 'outbound' && launchedAt < before;
}

function isUnderWay({ kind, acceptedAt }: ProbeState, at: Instant): boolean {
  return kind === 'outbound' && acceptedAt !== null && acceptedAt < at;
}
