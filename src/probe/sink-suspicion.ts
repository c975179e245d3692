import { MINUTE, type Instant, type Ms } from '../lib/time.ts';
import { voided } from './correlate.ts';
import type { ProbeState } from './probe-state.ts';
import type { Gap } from './sample.ts';

/** After our sink was away a mail system may shun it for so long (Postfix: maximal_backoff_time = 4000s). */
export const SHUNNED_MS: Ms = 75 * MINUTE;
/**
 * While our event loop stands still the kernel takes connections all the same, and mail systems wait minutes for a
 * greeting (RFC 5321 section 4.5.3.2.1): nobody was turned away, and what waited comes within so long.
 */
export const STALLED_MS: Ms = MINUTE;
/**
 * What is accepted now fails at once for our absence only while the system remembers its last attempt (Postfix:
 * minimal_backoff_time = 300s), which began before our return and may have failed up to a minute after it.
 */
const REMEMBERED_MS: Ms = 6 * MINUTE;
/** A queue that waits for us does so for hours before it gives up: what comes back sooner was not put off. */
const AT_ONCE_MS: Ms = MINUTE;

/**
 * While our sink was away a mail system may have put mail for it off; what it accepted before its first new contact may
 * carry that wait, which is ours. Each system has its own queue, so each is trusted again by its own contact only.
 * A probe that was under way is marked by `unseenUntil`: it surely waited until then through no fault of ours. What our
 * absence cannot explain (it came out, or has not, long after our return) is the system's own, and its mark goes.
 */
export interface SinkSuspicion {
  /** The sink was away from `since` to `backAt`, which explains that mail comes until `explainsMs` later. Returns those newly marked. */
  away(since: Instant, backAt: Instant, open: Iterable<ProbeState>, explainsMs: Ms): readonly ProbeState[];
  /**
   * Taken up from an earlier run, which stopped at `aliveAt`: these systems have made no contact since our sink was away.
   * Called before the `away` for the stop itself.
   */
  recall(systems: readonly string[], aliveAt: Instant, now: Instant): void;
  /** The system made contact at `at`. Returns those newly marked by its waiting, and the gap; null where nothing was suspected. */
  contact(
    system: string,
    at: Instant,
    open: Iterable<ProbeState>,
  ): { readonly marked: readonly ProbeState[]; readonly gap: Gap } | null;
  /** It made no contact since our absence began, so that what it holds may wait for us. */
  isSuspect(system: string): boolean;
  /**
   * Whether our absence may be why a probe comes out, or comes back, only at `at`, or has not by then: it is marked, or its
   * system has made no contact since.
   */
  explains(probe: ProbeState, at: Instant): boolean;
  /** The same of one that came back at `at`; at once and long after our return it did so for no absence of ours. */
  explainsBounce(probe: ProbeState, at: Instant): boolean;
  /** Those that still wait though our absence explains it no longer, without their marks. */
  expire(now: Instant, open: Iterable<ProbeState>): readonly ProbeState[];
}

export function createSinkSuspicion(): SinkSuspicion {
  /** Systems that made no contact since our absence began. */
  const suspects = new Map<string, { readonly since: Instant; readonly backAt: Instant }>();
  const explainedUntil = new Map<string, Instant>();
  const untilOf = (system: string): Instant => explainedUntil.get(system) ?? -Infinity;
  const explains: SinkSuspicion['explains'] = ({ kind, system, unseenUntil }, at) =>
    kind === 'outbound' && (unseenUntil !== null || suspects.has(system)) && at <= untilOf(system);
  return {
    away(since, backAt, open, explainsMs) {
      // A system that had nothing to bring knows nothing of our absence. What it was being handed just then it may have
      // accepted, and put off, before we could read its 250.
      const waited = [...open].filter((probe) => probe.launchedAt < backAt && isWaiting(probe));
      // Since an earlier absence a system may still shun us: of what it accepted meanwhile no wait is surely its own.
      const shunning = new Map([...suspects].filter(([system]) => since <= untilOf(system)));
      for (const { system } of waited) {
        suspects.set(system, { since: shunning.get(system)?.since ?? since, backAt });
        explainedUntil.set(system, Math.max(untilOf(system), backAt + explainsMs));
      }
      return waited.flatMap((probe) => marked(probe, shunning.has(probe.system) ? -Infinity : since));
    },
    recall(systems, aliveAt, now) {
      for (const system of systems) {
        suspects.set(system, { since: aliveAt, backAt: now });
        explainedUntil.set(system, now + SHUNNED_MS);
      }
    },
    contact(system, at, open) {
      const suspect = suspects.get(system);
      suspects.delete(system);
      if (suspect === undefined || at > untilOf(system)) return null;
      const shunned = [...open].filter(
        (probe) =>
          probe.system === system &&
          (isWaiting(probe) || probe.relayedAt === at) &&
          probe.acceptedAt !== null &&
          probe.acceptedAt < at,
      );
      return {
        marked: shunned.flatMap((probe) => marked(probe, -Infinity)),
        gap: { from: suspect.since, to: at, why: 'sink' },
      };
    },
    isSuspect: (system) => suspects.has(system),
    explains,
    explainsBounce(probe, at) {
      const { system, acceptedAt, unseenUntil } = probe;
      const rememberedUntil = (suspects.get(system)?.backAt ?? Infinity) + REMEMBERED_MS;
      const isItsOwn =
        unseenUntil === null && acceptedAt !== null && acceptedAt > rememberedUntil && at <= acceptedAt + AT_ONCE_MS;
      return !isItsOwn && explains(probe, at);
    },
    expire(now, open) {
      const over = new Set([...explainedUntil].filter(([, until]) => until < now).map(([system]) => system));
      if (over.size === 0) return [];
      for (const system of over) {
        explainedUntil.delete(system);
        suspects.delete(system);
      }
      return [...open]
        .filter((probe) => over.has(probe.system) && isWaiting(probe) && probe.unseenUntil !== null)
        .map((probe) => ({ ...probe, unseenUntil: null }));
    },
  };
}

/**
 * What our absence makes of a probe that came out, or came back, at `at`. Where it explains that, the probe is void, unless
 * it had waited longer than `reachWithin` before: that is proven, and stays as the least that it took. Without a mark it was
 * accepted after our return, and has surely waited for nothing but us.
 */
export function judgeWait(
  probe: ProbeState,
  { at, explained, reachWithin }: { readonly at: Instant; readonly explained: boolean; readonly reachWithin: Ms },
): ProbeState {
  const { kind, acceptedAt, unseenUntil } = probe;
  if (kind !== 'outbound' || acceptedAt === null) return probe;
  if (!explained) return { ...probe, unseenUntil: null };
  const waitedMs = (unseenUntil ?? acceptedAt) - acceptedAt;
  return waitedMs > reachWithin ? probe : voided({ ...probe, settledAt: null }, at);
}

function isWaiting({ kind, relayedAt }: ProbeState): boolean {
  return kind === 'outbound' && relayedAt === null;
}

function marked(probe: ProbeState, until: Instant): ProbeState[] {
  const { acceptedAt, unseenUntil } = probe;
  if (acceptedAt === null || unseenUntil !== null) return [];
  return [{ ...probe, unseenUntil: Math.max(acceptedAt, until) }];
}
