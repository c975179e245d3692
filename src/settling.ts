import type { Clock } from './lib/clock.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { OurAbsence } from './our-absence.ts';
import { isGivenUp, settle } from './probe/correlate.ts';
import type { OpenProbes } from './probe/open-probes.ts';
import type { Patience } from './probe/patience.ts';
import type { ProbeState } from './probe/probe-state.ts';
import type { Probe } from './probe/probe.ts';
import type { WaysIn } from './probe/ways-in.ts';
import type { Voice } from './voice.ts';

/** clock -> outcomes: how and when a probe ends. */
export interface Settling {
  /** Ends the probes that have come to their end by now. */
  settleAll(): void;
  /** Takes the newest state of an open probe, and ends it when it has come to its end. */
  update(state: ProbeState): void;
  /** Ends a probe as its state says. */
  end(state: ProbeState): void;
}

export function createSettling(parts: {
  readonly clock: Pick<Clock, 'now'>;
  readonly voice: Pick<Voice, 'say'>;
  readonly probes: OpenProbes;
  readonly mailboxes: Mailboxes;
  readonly absence: OurAbsence;
  readonly waysIn: Pick<WaysIn, 'closedUntil'>;
  readonly patienceOf: (system: string) => Patience;
}): Settling {
  const { clock, voice, probes, mailboxes, absence, waysIn, patienceOf } = parts;

  function update(state: ProbeState): void {
    const ended = state.settledAt === null ? settle(state, clock.now(), patienceOf(state.system).lostAfterMs) : state;
    if (ended === null || (isGivenUp(ended) && mayStillCome(ended))) probes.keep(state);
    else end(ended);
  }

  function mayStillCome(state: ProbeState): boolean {
    return absence.explains(state) || (state.outcome === 'lost' && !couldHaveSeen(state));
  }

  // Nothing is lost as long as it may lie where we had no chance to look: after a stop or a suspend the mailbox is
  // looked into first, and one that cannot be looked into has to be closed through the system's fault.
  function couldHaveSeen(probe: Probe): boolean {
    const { system, mailbox, launchedAt } = probe;
    if (mailbox === null || !mailboxes.isWatched(probe)) return true;
    const now = clock.now();
    const { watchMs, lostAfterMs } = patienceOf(system);
    if (now - launchedAt > watchMs + lostAfterMs) return true;
    if (waysIn.closedUntil(system, mailbox, now) !== null) return true;
    return !absence.isBlind() && mailboxes.canLook(probe);
  }

  function end(state: ProbeState): void {
    probes.keep(state);
    if (!isGivenUp(state)) mailboxes.forget(state);
    voice.say({ kind: 'settled', at: clock.now(), probe: state });
  }

  return {
    settleAll() {
      const now = clock.now();
      absence.expire();
      for (const state of probes.open()) update(state);
      const gone = probes.forget((state) => now - state.launchedAt > patienceOf(state.system).watchMs);
      for (const state of gone) mailboxes.forget(state);
    },
    update,
    end,
  };
}
