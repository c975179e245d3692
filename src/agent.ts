import type { RouteWork } from './handover.ts';
import { createLaunching } from './launching.ts';
import type { Clock } from './lib/clock.ts';
import type { Log } from './lib/log.ts';
import type { Instant, Ms } from './lib/time.ts';
import { createMailboxes } from './mailboxes.ts';
import { createOurAbsence } from './our-absence.ts';
import { looksOf } from './looks-of.ts';
import type { AuthPacing } from './probe/auth-pacing.ts';
import { afterCrash, isPostponed, isReplay, sight, voided } from './probe/correlate.ts';
import { createEdges } from './probe/edges.ts';
import type { AgentEvent, SkippedWhy } from './probe/event.ts';
import type { Look } from './probe/look.ts';
import { createOpenProbes } from './probe/open-probes.ts';
import { createOwnLaunches, MOST_REMEMBERED } from './probe/own-launches.ts';
import type { Patience } from './probe/patience.ts';
import type { MailboxWatcher, Observer, Store } from './probe/ports.ts';
import type { ProbeState } from './probe/probe-state.ts';
import type { CheckKind, Probe } from './probe/probe.ts';
import type { Gap, Sample } from './probe/sample.ts';
import type { Sighting } from './probe/sighting.ts';
import type { Visit } from './probe/visit.ts';
import { SHUNNED_MS } from './probe/sink-suspicion.ts';
import { createWaysIn } from './probe/ways-in.ts';
import { createSeenAgain } from './seen-again.ts';
import { createSettling } from './settling.ts';
import type { Doubts } from './twice.ts';
import { createVisiting, type CheckWork } from './visiting.ts';
import { createVoice } from './voice.ts';

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
  /** See OwnLaunches. */
  mayBeOurs(probe: Probe): boolean;
  openProbes(): Iterable<ProbeState>;
  /** Until when each place was looked through where something is waited for, on the wall's scale. */
  looks(sinkListens: boolean): readonly Look[];
  /** When the visit began that is under way at a target; null while none is. */
  visitSince(system: string, check: CheckKind, target: string): Instant | null;
  /** Resolves when all that was said so far is in the ledger. */
  flush(): Promise<void>;
}

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
  const { clock, store, patienceOf, longestWatchMs } = parts;
  const voice = createVoice(parts);
  const { say, flush, isBehind } = voice;
  const probes = createOpenProbes();
  const launches = createOwnLaunches(clock.now());
  const edges = createEdges();
  const waysIn = createWaysIn();
  const mailboxes = createMailboxes({ clock, waysIn });
  const absence = createOurAbsence({ ...parts, voice, edges, probes });
  const { book } = absence;
  const settling = createSettling({ ...parts, voice, probes, mailboxes, absence, waysIn });
  const { settleAll, update, end } = settling;

  // ---- launch: schedule -> send; visit: schedule -> check --------------------------------------------------------------

  const launching = createLaunching({ ...parts, voice, probes, launches, mailboxes, settling, record, book });
  const visiting = createVisiting({ ...parts, voice, record, book });

  function record(sample: Sample, visits: readonly Visit[] = []): void {
    waysIn.on(sample);
    say({ kind: 'sampled', at: clock.now(), sample: edges.sample(sample), visits });
  }

  // ---- observe: sink and mailboxes -> correlate -> settle ----------------------------------------------------------------

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
    const { state: seen, meaning } = sight(before, sighting);
    if (meaning === 'known') return;
    // What comes back has ended, and the ledger keeps the first end that it is told.
    const state = before.settledAt === null && sighting.kind === 'bounce' ? absence.judge(seen, sighting) : seen;
    say({ kind: 'sighted', at: clock.now(), probe: state, sighting, meaning });
    if (before.settledAt === null) probes.keep(state);
    if (sighting.kind === 'contact') absence.contact(state.system, sighting);
    if (before.settledAt === null) update(absence.judge(probes.get(state.id) ?? state, sighting));
  }

  const foreign: Observer['foreign'] = (place, what) => say({ kind: 'foreign', at: clock.now(), place, what });

  const observerOf = (system: string): Observer => ({
    sighted,
    foreign,
    watching(mailbox, state, failure) {
      mailboxes.told(system, mailbox, state);
      say({ kind: 'watching', at: clock.now(), system, mailbox, state, ...(failure && { failure }) });
    },
    upkeep(mailbox, deleted, left, words) {
      mailboxes.left(system, mailbox, left);
      const told = words !== undefined && { words };
      say({ kind: 'upkeep', at: clock.now(), system, mailbox, deleted, left, ...told });
    },
    ledgerIsBehind: () => isBehind() || seenAgain.isBehind(),
    written: voice.written,
  });

  // ---- resume: what an earlier run left open -----------------------------------------------------------------------------

  async function resume(routes: readonly RouteWork[]): Promise<void> {
    const now = clock.now();
    const aliveAt = await store.lastAliveAt();
    launches.knowEarlier(await store.newestIds(MOST_REMEMBERED));
    if (aliveAt !== null) book({ from: Math.min(aliveAt, now), to: now, why: 'stopped' });
    const stillLookedFor = await store.openProbes(now - longestWatchMs);
    launches.knowEarlier(stillLookedFor.map(({ id }) => id));
    for (const state of stillLookedFor) {
      if (isPostponed(state)) {
        const route = routes.find(({ system, kind, name }) => isOf(state, system, kind, name));
        // After a longer absence its refusals say nothing of now; nor do they where the route is another one.
        if (route?.mailbox === state.mailbox && now - (aliveAt ?? now) <= route.reachWithinMs)
          launching.postponed(route, state);
        else end(voided(state, now));
        continue;
      }
      const resumed = afterCrash(state);
      probes.keep(resumed);
      mailboxes.expect(resumed);
    }
    if (aliveAt !== null) absence.wasStopped(Math.min(aliveAt, now), await store.shunning(now - SHUNNED_MS));
  }

  return {
    resume,
    launch: launching.launch,
    skip: launching.skip,
    visit: visiting.visit,
    observerOf,
    addWatcher: mailboxes.add,
    lookFailed: mailboxes.lookFailed,
    watch: mailboxes.start,
    unwatch: mailboxes.stop,
    settle: settleAll,
    book,
    sinkAway: absence.sinkAway,
    mayBeOurs: launches.mayBeOurs,
    clockStepped: (stepMs) => say({ kind: 'clock-step', at: clock.now(), stepMs }),
    openProbes: () => probes.open(),
    looks: (sinkListens) => looksOf(probes.open(), { clock, mailboxes, absence, sinkListens }),
    visitSince: visiting.since,
    flush,
  };
}

function isOf(probe: ProbeState, system: string, kind: string, name: string): boolean {
  return probe.system === system && probe.kind === kind && probe.route === name;
}
