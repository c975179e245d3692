import type { Instant, Ms } from '../lib/time.ts';
import type { SightingMeaning } from './event.ts';
import type { ProbeState } from './probe-state.ts';
import type { Outcome, Probe } from './probe.ts';
import type { Deferral, SendResult } from './send-result.ts';
import type { Sighting } from './sighting.ts';

/** A probe whose first contact brought no whole copy this long is relayed all the same: transmission had begun. */
export const COPY_GRACE_MS: Ms = 60_000;

/** The state of a probe before anything was sent. */
export function launchedState(probe: Probe): ProbeState {
  return {
    ...probe,
    outcome: 'pending',
    acceptedAt: null,
    uncertain: false,
    relayedAt: null,
    visibleAt: null,
    unseenUntil: null,
    folder: null,
    copyId: null,
    misfiled: false,
    contacts: 0,
    copies: 0,
    failure: null,
    deferral: null,
    settledAt: null,
  };
}

/** What the last attempt to send tells. A probe that was refused or could not be sent has ended. */
export function afterSend(state: ProbeState, result: SendResult, deferral: Deferral | null): ProbeState {
  const next = { ...state, deferral };
  switch (result.kind) {
    case 'accepted':
      return { ...next, acceptedAt: result.acceptedAt };
    case 'uncertain':
      return { ...next, acceptedAt: result.dotAt, uncertain: true, failure: result.failure };
    case 'refused':
    case 'unreachable':
      return ended({ ...next, failure: result.failure }, result.kind, result.endedAt);
  }
}

/**
 * What a sighting means for its probe. Order is not assumed: a letter can be seen before its sender has the 250. A probe
 * that has ended never changes; what comes later is told by the meaning alone.
 */
export function sight(
  state: ProbeState,
  sighting: Sighting,
): { readonly state: ProbeState; readonly meaning: SightingMeaning } {
  switch (sighting.kind) {
    case 'contact': {
      const state2 = { ...state, contacts: state.contacts + 1, relayedAt: state.relayedAt ?? sighting.at };
      return told(state, state2, state.relayedAt === null ? 'first' : 'again');
    }
    case 'copy':
      return told(state, { ...state, copies: state.copies + 1 }, state.copies === 0 ? 'first' : 'duplicate');
    case 'visible': {
      if (sighting.copyId === state.copyId) return { state, meaning: 'known' };
      if (state.visibleAt !== null) return told(state, { ...state, copies: state.copies + 1 }, 'duplicate');
      const { at, folder, junk, copyId } = sighting;
      // An earlier run may have looked for it without finding it, when this one had not looked yet.
      const unseenUntil = laterOf(state.unseenUntil, sighting.unseenUntil, at);
      const seen = { ...state, visibleAt: at, unseenUntil, folder, misfiled: junk, copyId, copies: 1 };
      return told(state, seen, 'first');
    }
    case 'bounce': {
      const came = state.relayedAt !== null || state.visibleAt !== null;
      if (!sighting.permanent || came || state.settledAt !== null) return { state, meaning: 'bounce' };
      const { words, enhanced } = sighting;
      const detail = `the mail system reported that it could not deliver: ${words}`;
      const failure = { cause: 'refused', phase: 'accept', detail, words, ...(enhanced && { enhanced }) } as const;
      // Before its 250 it is a proof of its acceptance all the same; without an instant of it no evidence would tell of it.
      return { state: ended({ ...acceptedSomehow(state), failure }, 'bounced', sighting.at), meaning: 'bounce' };
    }
  }
}

/**
 * A further copy under another Message-ID is no duplicate that the mail system made: somebody put the probe's token into a
 * letter of their own. A first one is believed, for some relays give each letter a new Message-ID.
 */
export function isReplay(state: ProbeState, sighting: Sighting): boolean {
  return (sighting.kind === 'copy' || sighting.kind === 'visible') && sighting.renamed === true && state.copies > 0;
}

/** The state in which the probe has ended by `now`, or null while it has not. Late is not lost: `lostAfter` decides alone. */
export function settle(state: ProbeState, now: Instant, lostAfter: Ms): ProbeState | null {
  if (state.settledAt !== null || state.acceptedAt === null) return null;
  if (state.visibleAt !== null) return ended(state, 'delivered', now);
  if (state.relayedAt !== null) {
    return state.copies > 0 || now - state.relayedAt >= COPY_GRACE_MS ? ended(state, 'relayed', now) : null;
  }
  if (now - state.acceptedAt < lostAfter) return null;
  return ended(state, state.uncertain ? 'uncertain' : 'lost', now);
}

/** Our own fault spoiled it: it counts nowhere. */
export function voided(state: ProbeState, now: Instant): ProbeState {
  return state.settledAt === null ? ended(state, 'void', now) : state;
}

/**
 * A probe that a killed agent left behind between its launch and the answer to it: it may have been accepted, at the
 * earliest at its launch, or when it was refused for the last time; it counts when it comes out.
 */
export function afterCrash(state: ProbeState): ProbeState {
  return state.settledAt === null && !isPostponed(state) ? acceptedSomehow(state) : state;
}

function acceptedSomehow(state: ProbeState): ProbeState {
  if (state.acceptedAt !== null) return state;
  return { ...state, acceptedAt: state.launchedAt + (state.deferral?.refusedForMs ?? 0), uncertain: true };
}

/** Deferred when the agent was stopped, so that no answer is missing: only such a probe has a failure and goes on. */
export function isPostponed({ acceptedAt, settledAt, failure, deferral }: ProbeState): boolean {
  return acceptedAt === null && settledAt === null && failure !== null && deferral !== null;
}

/** Ended without having come out, though it may still come: then its arrival is late. */
export function isGivenUp(state: ProbeState): boolean {
  return state.outcome === 'lost' || state.outcome === 'uncertain';
}

/** Delay in ms of a probe that came out; null while it has not. Saved before the client has its 250 is zero, not an error. */
export function delayOf(state: ProbeState): Ms | null {
  const out = state.kind === 'outbound' ? state.relayedAt : state.visibleAt;
  return out === null || state.acceptedAt === null ? null : Math.max(0, out - state.acceptedAt);
}

/**
 * What its delay was at least: it was surely not there yet until then. The delay itself where the mail system came to us, and
 * that instant is exact; null while it has not come out.
 */
export function leastDelayOf(state: ProbeState): Ms | null {
  const delay = delayOf(state);
  if (delay === null || state.kind === 'outbound' || state.acceptedAt === null) return delay;
  return Math.min(delay, Math.max(0, (state.unseenUntil ?? state.acceptedAt) - state.acceptedAt));
}

/** The later of two bounds, and never after it was seen. */
function laterOf(one: Instant | null, other: Instant | null, seenAt: Instant): Instant | null {
  const later = Math.max(one ?? -Infinity, other ?? -Infinity);
  return later === -Infinity ? null : Math.min(later, seenAt);
}

function ended(state: ProbeState, outcome: Outcome, at: Instant): ProbeState {
  // Nobody looked before it was seen (the agent was away): it may have been there from the start.
  const since = state.visibleAt === null ? null : state.acceptedAt;
  const isSeen = state.kind === 'outbound' || state.visibleAt !== null;
  const unseenUntil = isSeen ? (state.unseenUntil ?? since) : null;
  return { ...state, unseenUntil, outcome, settledAt: at };
}

function told(
  before: ProbeState,
  after: ProbeState,
  meaning: SightingMeaning,
): { state: ProbeState; meaning: SightingMeaning } {
  if (before.settledAt === null) return { state: after, meaning };
  // Only what was given up on comes late; whatever else ended has its figure, or shall have none.
  if (isGivenUp(before)) return { state: before, meaning: 'late' };
  return { state: before, meaning: meaning === 'first' ? 'again' : meaning };
}
