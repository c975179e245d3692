import type { Clock } from './lib/clock.ts';
import type { Instant, Ms } from './lib/time.ts';
import type { Edges } from './probe/edges.ts';
import type { OpenProbes } from './probe/open-probes.ts';
import type { Patience } from './probe/patience.ts';
import type { ProbeState } from './probe/probe-state.ts';
import type { Gap } from './probe/sample.ts';
import { createSenders } from './probe/senders.ts';
import type { Sighting } from './probe/sighting.ts';
import { createSinkSuspicion, judgeWait, SHUNNED_MS, STALLED_MS } from './probe/sink-suspicion.ts';
import type { Voice } from './voice.ts';

/** The time in which we could not judge, and what it takes from the probes that were under way. */
export interface OurAbsence {
  /** Time in which nothing could be judged; it ends the runs. */
  book(gap: Gap): void;
  /** Our sink could not take mail since then; see `Agent.sinkAway`. */
  sinkAway(since: Instant, whom?: 'all' | 'unsettled'): void;
  /** We were stopped since; these systems had shunned our sink before that. */
  wasStopped(since: Instant, shunning: readonly string[]): void;
  /** A system made contact with our sink: what it brings from now on did not wait for us. */
  contact(system: string, sighting: Extract<Sighting, { kind: 'contact' }>): void;
  /** A probe that just came out, or came back, as far as the time in which our sink was away may be why it took so long. */
  judge(probe: ProbeState, sighting: Sighting): ProbeState;
  /** The system may keep mail back that our sink's absence made it put off. */
  isSuspect(system: string): boolean;
  /** Whether our sink's absence may be why it has not come out yet. */
  explains(probe: ProbeState): boolean;
  /** What our absence explains no longer is the system's own. */
  expire(): void;
  /** After a stop or a suspend of ours the mailboxes were not looked into long enough yet. */
  isBlind(): boolean;
}

/** After a stop or a suspend the mailboxes get so long to be looked into before anything is lost. */
const LOOK_AGAIN_MS: Ms = 2 * 60_000;

export function createOurAbsence(parts: {
  readonly clock: Pick<Clock, 'now'>;
  readonly voice: Pick<Voice, 'say'>;
  readonly edges: Pick<Edges, 'gap'>;
  readonly probes: OpenProbes;
  readonly patienceOf: (system: string) => Patience;
}): OurAbsence {
  const { clock, voice, edges, probes, patienceOf } = parts;
  const suspicion = createSinkSuspicion();
  const senders = createSenders();
  let blindUntil: Instant = -Infinity;

  function book(gap: Gap): void {
    const clipped = edges.gap(gap);
    if (clipped === null) return;
    voice.say({ kind: 'gap', at: clock.now(), gap: clipped });
    if (gap.why === 'sink' || gap.why === 'clock') return;
    // Whatever kept us from judging kept our sink from taking mail, too; a short stall only made it slow.
    const isStall = gap.why === 'overload' && clipped.to - clipped.from <= STALLED_MS;
    suspect(clipped.from, isStall ? STALLED_MS : SHUNNED_MS);
    if (gap.why === 'stopped' || gap.why === 'suspend') blindUntil = clock.now() + LOOK_AGAIN_MS;
  }

  function suspect(since: Instant, explainsMs: Ms, whom: 'all' | 'unsettled' = 'all'): void {
    const concerned = [...probes.open()].filter(({ system }) => whom === 'all' || !senders.isSettled(system));
    note(suspicion.away(since, clock.now(), concerned, explainsMs));
  }

  function note(marked: readonly ProbeState[]): void {
    for (const probe of marked) {
      probes.keep(probe);
      voice.say({ kind: 'noted', at: clock.now(), probe });
    }
  }

  return {
    book,
    sinkAway: (since, whom) => suspect(since, SHUNNED_MS, whom),
    wasStopped(since, shunning) {
      suspicion.recall(shunning, since, clock.now());
      suspect(since, SHUNNED_MS);
    },
    contact(system, { at, isNew }) {
      senders.on(system, isNew === true);
      const found = suspicion.contact(system, at, probes.open());
      if (found === null) return;
      note(found.marked);
      book(found.gap);
    },
    judge(state, { kind, at }) {
      const isNews = (kind === 'contact' && state.contacts === 1) || (kind === 'bounce' && state.outcome === 'bounced');
      if (!isNews) return state;
      const reachWithin = patienceOf(state.system).reachWithinMs;
      const explained = kind === 'bounce' ? suspicion.explainsBounce(state, at) : suspicion.explains(state, at);
      return judgeWait(state, { at, explained, reachWithin });
    },
    isSuspect: suspicion.isSuspect,
    explains: (state) => suspicion.explains(state, clock.now()),
    expire: () => note(suspicion.expire(clock.now(), probes.open())),
    isBlind: () => clock.now() < blindUntil,
  };
}
