import type { Clock } from './lib/clock.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { OurAbsence } from './our-absence.ts';
import type { Look } from './probe/look.ts';
import type { ProbeState } from './probe/probe-state.ts';

/** Until when the places were looked through where these probes are waited for; one that is not told of is not known. */
export function looksOf(
  open: Iterable<ProbeState>,
  parts: {
    readonly clock: Pick<Clock, 'now' | 'shiftAt'>;
    readonly mailboxes: Pick<Mailboxes, 'lookedUntil'>;
    readonly absence: Pick<OurAbsence, 'isSuspect'>;
    readonly sinkListens: boolean;
  },
): readonly Look[] {
  const { clock, mailboxes, absence, sinkListens } = parts;
  const now = clock.now();
  // By today's scale, whenever it was: on it stand the probes that were launched since the wall was set.
  const shift = clock.shiftAt(now);
  const known = new Map<string, Look | null>();

  function look(system: string, mailbox: string | null): Look | null {
    // A system comes to our sink by itself, unless our absence taught it to wait.
    const sink = sinkListens && !absence.isSuspect(system) ? now : null;
    const until = mailbox === null ? sink : mailboxes.lookedUntil(system, mailbox);
    return until === null ? null : { system, place: mailbox ?? '', until: until + shift };
  }

  for (const { system, mailbox } of open) {
    const key = `${system}/${mailbox}`;
    if (!known.has(key)) known.set(key, look(system, mailbox));
  }
  return [...known.values()].filter((one) => one !== null);
}
