import type { Clock } from '../lib/clock.ts';
import type { Instant, Ms } from '../lib/time.ts';
import type { AgentEvent } from './event.ts';
import type { ProbeState } from './probe-state.ts';

/**
 * The event as it is written down: instants of the agent's clock on the wall's scale. A probe moves as a whole, by the
 * shift at its launch, so that a step of the wall while it is under way changes none of its delays.
 */
export function onWall(event: AgentEvent, clock: Pick<Clock, 'shiftAt'>): AgentEvent {
  const at = event.at + clock.shiftAt(event.at);
  switch (event.kind) {
    case 'launched':
    case 'noted':
    case 'settled':
      return { ...event, at, probe: probeOnWall(event.probe, clock) };
    case 'sent':
      return { ...event, at, probe: probeOnWall(event.probe, clock) };
    case 'sighted': {
      const shift = clock.shiftAt(event.probe.launchedAt);
      if (shift === 0) return { ...event, at };
      const sighting = { ...event.sighting, at: event.sighting.at + shift };
      if (sighting.kind === 'visible' && sighting.unseenUntil !== null) {
        return {
          ...event,
          at,
          probe: probeOnWall(event.probe, clock),
          sighting: { ...sighting, unseenUntil: sighting.unseenUntil + shift },
        };
      }
      return { ...event, at, probe: probeOnWall(event.probe, clock), sighting };
    }
    case 'sampled': {
      const { sample } = event;
      const shift = clock.shiftAt(sample.from);
      return shift === 0
        ? { ...event, at }
        : { ...event, at, sample: { ...sample, from: sample.from + shift, to: sample.to + shift } };
    }
    case 'gap': {
      const from = event.gap.from + clock.shiftAt(event.gap.from);
      // Where the wall was set back, the hour that comes again was judged already: the gap has no length.
      return {
        ...event,
        at,
        gap: { ...event.gap, from, to: Math.max(from, event.gap.to + clock.shiftAt(event.gap.to)) },
      };
    }
    case 'voided':
    case 'skipped':
    case 'watching':
    case 'upkeep':
    case 'foreign':
    case 'clock-step':
      return { ...event, at };
  }
}

function probeOnWall(probe: ProbeState, clock: Pick<Clock, 'shiftAt'>): ProbeState {
  const shift = clock.shiftAt(probe.launchedAt);
  if (shift === 0) return probe;
  const move = (at: Instant | null): Instant | null => moved(at, shift);
  return {
    ...probe,
    launchedAt: probe.launchedAt + shift,
    acceptedAt: move(probe.acceptedAt),
    relayedAt: move(probe.relayedAt),
    visibleAt: move(probe.visibleAt),
    unseenUntil: move(probe.unseenUntil),
    settledAt: move(probe.settledAt),
  };
}

function moved(at: Instant | null, shift: Ms): Instant | null {
  return at === null ? null : at + shift;
}
