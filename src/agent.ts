import { handOver, type Deferred, type HandedOver, type RouteWork } from './handover.ts';
import type { Clock } from './lib/clock.ts';
import type { Log } from './lib/log.ts';
import type { Instant, Ms } from './lib/time.ts';
import {
  afterCrash,
  afterSend,
  isGivenUp,
  isPostponed,
  isReplay,
  launchedState,
  settle,
  sight,
  voided,
} from './probe/correlate.ts';
import type { AuthPacing } from './probe/auth-pacing.ts';
import { createEdges } from './probe/edges.ts';
import type { AgentEvent, SkippedWhy } from './probe/event.ts';
import { createOpenProbes } from './probe/open-probes.ts';
import type { CheckPort, MailboxWatcher, Observer, Store } from './probe/ports.ts';
import type { ProbeState } from './probe/probe-state.ts';
import type { CheckKind, Probe } from './probe/probe.ts';
import type { Gap, Sample } from './probe/sample.ts';
import type { Deferral, Letter, SendResult } from './probe/send-result.ts';
import type { Sighting } from './probe/sighting.ts';
import { createSenders } from './probe/senders.ts';
import { createSinkSuspicion, judgeMarked, SHUNNED_MS, STALLED_MS } from './probe/sink-suspicion.ts';
import { newProbeId } from './probe/token.ts';
import type { Visit } from './probe/visit.ts';
import { createWaysIn } from './probe/ways-in.ts';
import { createSeenAgain } from './seen-again.ts';
import { twice, type Doubts } from './twice.ts';
import { createVoice } from './voice.ts';

/** A check at one of its targets. */
export interface CheckWork {
  readonly system: string;
  readonly port: CheckPort;
  readonly intervalMs: Ms;
  readonly timeoutMs: Ms;
}

/** How long probes of a system are waited for. */
export interface Patience {
  readonly lostAfterMs: Ms;
  /** A wait longer than this is late, whatever comes after it. */
  readonly reachWithinMs: Ms;
  /** A lost probe is looked for so long all the same. */
  readonly watchMs: Ms;
}

export interface Agent {
  /**
   * Takes up the probes that an earlier run left open, and books the time in which no agent ran. What it postponed goes
   * on with the next launch of its route among these.
   */
  resume(routes: readonly RouteWork[]): Promise<void>;
  launch(route: RouteWork): Promise<void>;
  /** A launch that fell due is left out. */
  skip(route: RouteWork, why: SkippedWhy): void;
  visit(check: CheckWork): Promise<void>;
  /** What the sink, and the mailboxes of a system, tell. */
  observerOf(system: string): Observer;
  addWatcher(system: string, mailbox: string, watcher: MailboxWatcher): void;
  /** The watcher of a mailbox tried to look and could not. */
  lookFailed(system: string, mailbox: string): void;
  /** The mailboxes are watched from now on, until `unwatch`. */
  watch(): void;
  unwatch(): Promise<void>;
  /** Every second: ends the probes that have come to their end by now. */
  settle(): void;
  /** Time in which nothing could be judged; it ends the runs. */
  book(gap: Gap): void;
  /**
   * Our sink could not take mail since then: of outbound probes that wait for it only the wait before is proven.
   * `unsettled`: places were kept for addresses that brought mail before, so a system that comes from no other was not
   * turned away.
   */
  sinkAway(since: Instant, whom: 'all' | 'unsettled'): void;
  clockStepped(stepMs: Ms): void;
  openProbes(): Iterable<ProbeState>;
  /** When the visit began that is under way at a target; null while none is. */
  visitSince(system: string, check: CheckKind, target: string): Instant | null;
  /** Resolves when all that was said so far is in the ledger. */
  flush(): Promise<void>;
}

/** A mailbox is asked for a probe from its 250 on, or from so long after its launch when that takes longer. */
const HANDING_OVER_MS: Ms = 1_000;
/** After a stop or a suspend the mailboxes get so long to be looked into before anything is lost. */
const LOOK_AGAIN_MS: Ms = 2 * 60_000;

/**
 * The flow of the program: launch and visit when they are due, take in what is seen, settle. The decisions are pure
 * functions in probe/; what happened is said once, as an event, to the listeners and to the ledger, which is awaited.
 */
export function createAgent(parts: {
  readonly clock: Clock;
  readonly store: Store;
  readonly doubts: Doubts;
  readonly logins: AuthPacing;
  readonly log: Log;
  readonly patienceOf: (system: string) => Patience;
  /** The longest `watchMs` of all systems. */
  readonly longestWatchMs: Ms;
  readonly listeners: readonly ((event: AgentEvent) => void)[];
}): Agent {
  const { clock, store, doubts, logins, patienceOf, longestWatchMs } = parts;
  const { say, write, flush, isBehind } = createVoice(parts);
  const probes = createOpenProbes();
  const edges = createEdges();
  const waysIn = createWaysIn();
  const watchers = new Map<string, MailboxWatcher>();
  const visits = new Map<string, Instant>();
  const acceptedLast = new Map<string, Instant>();
  /** By route; see `takeUp`. */
  const postponed = new Map<string, readonly ProbeState[]>();
  /** Letters of ours in each mailbox that could not be deleted. */
  const ownMail = new Map<string, number>();
  const looks = new Map<string, 'up' | 'down'>();
  const sinkSuspicion = createSinkSuspicion();
  const senders = createSenders();
  let blindUntil: Instant = -Infinity;

  // ---- launch: schedule -> send --------------------------------------------------------------------------------------

  async function launch(route: RouteWork): Promise<void> {
    const { system, name, kind, mailbox } = route;
    // What cannot be deleted any more would fill the mailbox, and its quota break the service that is to be measured.
    if ((ownMail.get(`${system}/${mailbox}`) ?? 0) >= route.mostOwnMail) return skip(route, 'own-mail');
    if (store.isFull || logins.waits(route.login, routeKey(route), clock.now())) return;
    const probe: Probe = { id: newProbeId(), system, route: name, kind, mailbox, launchedAt: clock.now() };
    const letter = await route.compose(probe);
    const earlier = postponed.get(routeKey(route)) ?? [];
    postponed.delete(routeKey(route));
    await Promise.all([
      hand(route, letter, launchedState(probe), null),
      ...earlier.map((state) => takeUp(route, state)),
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

  async function hand(route: RouteWork, letter: Letter, state: ProbeState, earlier: Deferred | null): Promise<void> {
    probes.keep(state);
    probes.hold(state);
    await write({ kind: earlier === null ? 'launched' : 'noted', at: clock.now(), probe: state });
    // Asking for it begins with the 250, so that the first questions follow that closely; a slow 250 is not waited for.
    const slow = clock.after(HANDING_OVER_MS, () => expect(state.id));
    try {
      const handedOver = await handOver(route, letter, {
        clock,
        doubts,
        earlier,
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
    if (state !== undefined && state.settledAt === null && state.visibleAt === null) watcherOf(state)?.expect(state);
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
      const { why, failure, from, to } = handedOver;
      say({ kind: 'voided', at: clock.now(), system, check: 'launch', target, failure, why });
      if (!hasEnded) end(voided(state, clock.now()));
      // Of a server that keeps all its connections busy those tell enough; the time is no gap of ours.
      if (why !== 'stopped' && failure.line !== 'busy') book({ from, to, why });
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
        record({ system, check, target, from, to, ok: false, holdMs: 3 * pace, failure, phases }, []);
    }
    if (hasEnded) return;
    update(next);
    expect(next.id);
  }

  // ---- visit: schedule -> check ----------------------------------------------------------------------------------------

  async function visit({ system, port, intervalMs, timeoutMs }: CheckWork): Promise<void> {
    const { check, target } = port;
    const key = `${system}/${check}/${target}`;
    if (logins.waits(port.login, key, clock.now())) return;
    visits.set(key, clock.now());
    const judged = twice(() => port.visit(doubts.signal), failureOfVisit, timeoutMs, doubts);
    const { first, last, verdict } = await judged.finally(() => visits.delete(key));
    if (doubts.signal.aborted) return;
    if (last.gone === true) return;
    const span = { from: first.startedAt, to: last.endedAt };
    if (verdict.kind === 'void') {
      const { failure, why } = verdict;
      say({ kind: 'voided', at: clock.now(), system, check, target, failure, why });
      book({ ...span, why });
      return;
    }
    const refused = verdict.kind === 'bad' && verdict.failure.cause === 'auth';
    const pace = logins.after(port.login, key, refused, intervalMs, first.startedAt);
    const { phases, certificateExpiresAt } = last;
    const sample: Sample = {
      system,
      check,
      target,
      ...span,
      ok: verdict.kind === 'good',
      holdMs: 3 * pace,
      phases,
      ...(verdict.kind === 'bad' && { failure: verdict.failure }),
      ...(verdict.kind === 'good' && verdict.transient !== undefined && { transient: verdict.transient }),
      ...(certificateExpiresAt !== undefined && { certificateExpiresAt }),
    };
    record(sample, first === last ? [first] : [first, last]);
  }

  function record(sample: Sample, visits: readonly Visit[]): void {
    waysIn.on(sample);
    say({ kind: 'sampled', at: clock.now(), sample: edges.sample(sample), visits });
  }

  function book(gap: Gap): void {
    const clipped = edges.gap(gap);
    if (clipped === null) return;
    say({ kind: 'gap', at: clock.now(), gap: clipped });
    if (gap.why === 'sink' || gap.why === 'clock') return;
    // Whatever kept us from judging kept our sink from taking mail, too; a short stall only made it slow.
    const isStall = gap.why === 'overload' && clipped.to - clipped.from <= STALLED_MS;
    suspectSink(clipped.from, isStall ? STALLED_MS : SHUNNED_MS);
    if (gap.why === 'stopped' || gap.why === 'suspend') blindUntil = clock.now() + LOOK_AGAIN_MS;
  }

  // ---- observe: sink and mailboxes -> correlate ------------------------------------------------------------------------

  const seenAgain = createSeenAgain({
    ...parts,
    now: clock.now,
    flush,
    watchMsOf: (system) => patienceOf(system).watchMs,
    found: (state, sighting) => correlate(probes.get(state.id) ?? state, sighting),
    recovered: recover,
  });

  function sighted(sighting: Sighting): void {
    const { probeId } = sighting;
    const state = probes.get(probeId);
    if (state === undefined || seenAgain.isLookingFor(probeId)) seenAgain.lookUp(sighting);
    else correlate(state, sighting);
  }

  function recover(state: ProbeState, sighting: Sighting): void {
    say({ kind: 'launched', at: clock.now(), probe: state, recovered: true });
    // Our sink was away since: the wait was ours.
    const spoiled = state.kind === 'outbound' ? voided(state, clock.now()) : state;
    if (spoiled === state) probes.keep(state);
    else end(spoiled);
    correlate(spoiled, sighting);
  }

  function correlate(before: ProbeState, sighting: Sighting): void {
    if (sighting.kind === 'visible' && !probes.newCopy(sighting.copyId)) return;
    if (isReplay(before, sighting)) return foreign(sighting.kind === 'copy' ? 'sink' : 'mailbox', 'replayed');
    const { state, meaning } = sight(before, sighting);
    if (meaning === 'known') return;
    say({ kind: 'sighted', at: clock.now(), probe: state, sighting, meaning });
    if (before.settledAt === null) probes.keep(state);
    if (sighting.kind === 'contact') {
      senders.on(state.system, sighting.isNew === true);
      trustSink(state.system, sighting.at);
    }
    if (before.settledAt === null) update(ofOurAbsence(probes.get(state.id) ?? state, sighting));
  }

  const foreign: Observer['foreign'] = (place, what) => say({ kind: 'foreign', at: clock.now(), place, what });

  function suspectSink(since: Instant, explainsMs = SHUNNED_MS, whom: 'all' | 'unsettled' = 'all'): void {
    const concerned = [...probes.open()].filter(({ system }) => whom === 'all' || !senders.isSettled(system));
    note(sinkSuspicion.away(since, clock.now(), concerned, explainsMs));
  }

  function trustSink(system: string, at: Instant): void {
    const found = sinkSuspicion.contact(system, at, probes.open());
    if (found === null) return;
    note(found.marked);
    book(found.gap);
  }

  /** A probe that just came out, or came back, as far as the time in which our sink was away may be why it took so long. */
  function ofOurAbsence(state: ProbeState, { kind, at }: Sighting): ProbeState {
    const isNews = (kind === 'contact' && state.contacts === 1) || (kind === 'bounce' && state.outcome === 'bounced');
    if (!isNews) return state;
    const reachWithin = patienceOf(state.system).reachWithinMs;
    return judgeMarked(state, { at, explained: sinkSuspicion.explains(state, at), reachWithin });
  }

  function note(marked: readonly ProbeState[]): void {
    for (const probe of marked) {
      probes.keep(probe);
      say({ kind: 'noted', at: clock.now(), probe });
    }
  }

  // ---- settle: clock -> outcomes -----------------------------------------------------------------------------------------

  function settleAll(): void {
    const now = clock.now();
    note(sinkSuspicion.expire(now, probes.open()));
    for (const state of probes.open()) update(state);
    const gone = probes.forget((state) => now - state.launchedAt > patienceOf(state.system).watchMs);
    for (const state of gone) watcherOf(state)?.forget(state.id);
  }

  /** Takes the newest state of an open probe, and ends it when it has come to its end. */
  function update(state: ProbeState): void {
    const ended = state.settledAt === null ? settle(state, clock.now(), patienceOf(state.system).lostAfterMs) : state;
    if (ended === null || (isGivenUp(ended) && mayStillCome(ended))) probes.keep(state);
    else end(ended);
  }

  function mayStillCome(state: ProbeState): boolean {
    return sinkSuspicion.explains(state, clock.now()) || (state.outcome === 'lost' && !couldHaveSeen(state));
  }

  // Nothing is lost as long as it may lie where we had no chance to look: after a stop or a suspend the mailbox is
  // looked into first, and one that cannot be looked into has to be closed through the system's fault.
  function couldHaveSeen({ system, mailbox, launchedAt }: Probe): boolean {
    if (mailbox === null || !watchers.has(`${system}/${mailbox}`)) return true;
    const now = clock.now();
    const { watchMs, lostAfterMs } = patienceOf(system);
    if (now - launchedAt > watchMs + lostAfterMs) return true;
    if (waysIn.closedUntil(system, mailbox, now) !== null) return true;
    return now >= blindUntil && looks.get(`${system}/${mailbox}`) === 'up';
  }

  function end(state: ProbeState): void {
    probes.keep(state);
    if (!isGivenUp(state)) watcherOf(state)?.forget(state.id);
    say({ kind: 'settled', at: clock.now(), probe: state });
  }

  async function resume(routes: readonly RouteWork[]): Promise<void> {
    const now = clock.now();
    const aliveAt = await store.lastAliveAt();
    const byKey = new Map(routes.map((route) => [routeKey(route), route]));
    if (aliveAt !== null) book({ from: Math.min(aliveAt, now), to: now, why: 'stopped' });
    for (const state of await store.openProbes(now - longestWatchMs)) {
      if (isPostponed(state)) {
        const key = `${state.system}/${state.kind}/${state.route}`;
        const route = byKey.get(key);
        // After a longer absence its refusals say nothing of now; nor do they where the route is another one.
        if (route?.mailbox === state.mailbox && now - (aliveAt ?? now) <= route.reachWithinMs)
          postponed.set(key, [...(postponed.get(key) ?? []), state]);
        else end(voided(state, now));
        continue;
      }
      const resumed = afterCrash(state);
      probes.keep(resumed);
      watcherOf(resumed)?.expect(resumed);
    }
    if (aliveAt !== null) suspectSink(Math.min(aliveAt, now));
  }

  // While no way in worked through the system's fault, nobody could see what is under way: the bound moves on.
  function lookFailed(system: string, mailbox: string): void {
    const until = waysIn.closedUntil(system, mailbox, clock.now());
    if (until !== null) watchers.get(`${system}/${mailbox}`)?.unreachableUntil(until);
  }

  function watcherOf(probe: Probe): MailboxWatcher | undefined {
    return watchers.get(`${probe.system}/${probe.mailbox}`);
  }

  return {
    resume,
    launch,
    skip,
    visit,
    observerOf: (system) => ({
      sighted,
      foreign,
      watching(mailbox, state, failure) {
        looks.set(`${system}/${mailbox}`, state);
        say({ kind: 'watching', at: clock.now(), system, mailbox, state, ...(failure && { failure }) });
      },
      upkeep(mailbox, deleted, left, words) {
        ownMail.set(`${system}/${mailbox}`, left);
        const told = words !== undefined && { words };
        say({ kind: 'upkeep', at: clock.now(), system, mailbox, deleted, left, ...told });
      },
      ledgerIsBehind: isBehind,
    }),
    addWatcher: (system, mailbox, watcher) => void watchers.set(`${system}/${mailbox}`, watcher),
    lookFailed,
    watch: () => watchers.forEach((watcher) => watcher.start()),
    unwatch: async () => void (await Promise.all([...watchers.values()].map((watcher) => watcher.stop()))),
    settle: settleAll,
    book,
    sinkAway: (since, whom) => suspectSink(since, SHUNNED_MS, whom),
    clockStepped: (stepMs) => say({ kind: 'clock-step', at: clock.now(), stepMs }),
    openProbes: () => probes.open(),
    visitSince: (system, check, target) => visits.get(`${system}/${check}/${target}`) ?? null,
    flush,
  };
}

const failureOfVisit = (visit: Visit): Visit['failure'] => visit.failure;
const routeKey = ({ system, kind, name }: RouteWork): string => `${system}/${kind}/${name}`;
