import { handOver, type Deferred, type HandedOver, type RouteWork } from './handover.ts';
import type { Clock } from './lib/clock.ts';
import type { Instant, Ms } from './lib/time.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { AuthPacing } from './probe/auth-pacing.ts';
import { afterSend, launchedState, voided } from './probe/correlate.ts';
import type { SkippedWhy } from './probe/event.ts';
import type { OpenProbes } from './probe/open-probes.ts';
import type { OwnLaunches } from './probe/own-launches.ts';
import type { Store } from './probe/ports.ts';
import type { ProbeState } from './probe/probe-state.ts';
import type { Probe } from './probe/probe.ts';
import type { Gap, Sample } from './probe/sample.ts';
import type { Deferral, Letter, SendResult } from './probe/send-result.ts';
import { newProbeId } from './probe/token.ts';
import type { Doubts } from './twice.ts';
import type { Voice } from './voice.ts';

/** schedule -> send: one letter handed over, and what became of that. */
export interface Launching {
  launch(route: RouteWork): Promise<void>;
  /** A launch that fell due is left out. */
  skip(route: RouteWork, why: SkippedWhy): void;
  /** What an earlier run postponed goes on with the next launch of that route. */
  postponed(route: RouteWork, state: ProbeState): void;
}

/** A mailbox is asked for a probe from its 250 on, or from so long after its launch when that takes longer. */
const HANDING_OVER_MS: Ms = 1_000;

export function createLaunching(parts: {
  readonly clock: Clock;
  readonly store: Pick<Store, 'isFull'>;
  readonly doubts: Doubts;
  readonly logins: AuthPacing;
  readonly voice: Pick<Voice, 'say' | 'write'>;
  readonly probes: OpenProbes;
  readonly launches: Pick<OwnLaunches, 'add'>;
  readonly mailboxes: Pick<Mailboxes, 'expect' | 'ownMailOf'>;
  readonly record: (sample: Sample) => void;
  readonly book: (gap: Gap) => void;
  /** See Settling. */
  readonly settling: { readonly update: (state: ProbeState) => void; readonly end: (state: ProbeState) => void };
}): Launching {
  const { clock, store, doubts, logins, probes, launches, mailboxes, record, book } = parts;
  const { say, write } = parts.voice;
  const { update, end } = parts.settling;
  const acceptedLast = new Map<string, Instant>();
  const earlier = new Map<string, readonly ProbeState[]>();

  async function launch(route: RouteWork): Promise<void> {
    const { system, name, kind, mailbox } = route;
    // What cannot be deleted any more would fill the mailbox, and its quota break the service that is to be measured.
    if (mailboxes.ownMailOf(system, mailbox) >= route.mostOwnMail) return skip(route, 'own-mail');
    // A probe that no row tells of would be missed by nobody.
    if (store.isFull) return skip(route, 'store');
    if (logins.waits(route.login, routeKey(route), clock.now())) return;
    const probe: Probe = { id: newProbeId(), system, route: name, kind, mailbox, launchedAt: clock.now() };
    launches.add(probe);
    const letter = await route.compose(probe);
    const waiting = earlier.get(routeKey(route)) ?? [];
    earlier.delete(routeKey(route));
    await Promise.all([
      hand(route, letter, launchedState(probe), null),
      ...waiting.map((state) => takeUp(route, state)),
    ]);
  }

  function skip({ system, name: route, kind: routeKind }: RouteWork, why: SkippedWhy): void {
    say({ kind: 'skipped', at: clock.now(), system, route, routeKind, why });
  }

  // What an earlier run came for again and again until it was stopped: the same letter, as a queue would keep it.
  async function takeUp(route: RouteWork, state: ProbeState): Promise<void> {
    const { failure, deferral } = state;
    if (failure === null || deferral === null) throw new Error(`probe ${state.id} was not postponed`);
    await hand(route, await route.compose(state), { ...state, failure: null }, { failure, deferral });
  }

  async function hand(route: RouteWork, letter: Letter, state: ProbeState, before: Deferred | null): Promise<void> {
    probes.keep(state);
    probes.hold(state);
    await write({ kind: before === null ? 'launched' : 'noted', at: clock.now(), probe: state });
    // Asking for it begins with the 250, so that the first questions follow that closely; a slow 250 is not waited for.
    const slow = clock.after(HANDING_OVER_MS, () => expect(state.id));
    try {
      const handedOver = await handOver(route, letter, {
        clock,
        doubts,
        earlier: before,
        failedOnce: (result, deferral) => failedOnce(probes.get(state.id) ?? state, result, deferral),
      });
      launched(route, probes.get(state.id) ?? state, handedOver);
    } finally {
      slow.cancel();
      probes.letGo(state.id);
    }
  }

  function failedOnce(state: ProbeState, result: SendResult, deferral: Deferral | null): void {
    const next = state.settledAt === null && deferral !== null ? { ...state, deferral } : state;
    if (next !== state) probes.keep(next);
    say({ kind: 'sent', at: clock.now(), probe: next, result, final: false });
  }

  function expect(probeId: string): void {
    const state = probes.get(probeId);
    if (state !== undefined && state.settledAt === null && state.visibleAt === null) mailboxes.expect(state);
  }

  function launched(route: RouteWork, state: ProbeState, handedOver: HandedOver): void {
    const { system, name: target, kind: check, intervalMs } = route;
    // What was said of it meanwhile (a sink that was away, a bounce before the 250) has ended it: it stays ended.
    const hasEnded = state.settledAt !== null;
    if (handedOver.kind === 'postponed') {
      const { failure, deferral } = handedOver;
      if (!hasEnded) say({ kind: 'noted', at: clock.now(), probe: { ...state, failure, deferral } });
      return;
    }
    if (handedOver.kind === 'void') {
      const { why, failure, from, to, alone } = handedOver;
      const told = { failure, why, ...(alone && { alone }) };
      say({ kind: 'voided', at: clock.now(), system, check: 'launch', target, ...told });
      if (!hasEnded) end(voided(state, clock.now()));
      if (why !== 'stopped' && alone !== true) book({ from, to, why });
      return;
    }
    const { result, deferral } = handedOver;
    const next = hasEnded ? state : afterSend(state, result, deferral);
    say({ kind: 'sent', at: clock.now(), probe: next, result, final: true });
    const failed = result.kind === 'refused' || result.kind === 'unreachable';
    const key = routeKey(route);
    const refused = failed && result.failure.cause === 'auth';
    const pace = logins.after(route.login, key, refused, intervalMs, result.startedAt);
    if (result.kind === 'accepted') acceptedLast.set(key, result.acceptedAt);
    if (failed) {
      // An accepted message ends a run of refusals, and launches overlap: what was accepted meanwhile cuts this one short.
      const from = Math.max(handedOver.from, acceptedLast.get(key) ?? -Infinity);
      const { endedAt: to, failure, phases } = result;
      const answered = result.kind === 'refused' && !result.permanent && check === 'inbound';
      if (!(answered && from > handedOver.from) && from <= to)
        record({ system, check, target, from, to, ok: false, holdMs: 3 * pace, failure, phases });
    }
    if (hasEnded) return;
    update(next);
    expect(next.id);
  }

  return {
    launch,
    skip,
    postponed: (route, state) => {
      const key = routeKey(route);
      earlier.set(key, [...(earlier.get(key) ?? []), state]);
    },
  };
}

function routeKey({ system, kind, name }: RouteWork): string {
  return `${system}/${kind}/${name}`;
}
