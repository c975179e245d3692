import type { Log } from '../lib/log.ts';
import { delayOf } from '../probe/correlate.ts';
import type { AgentEvent, SkippedWhy } from '../probe/event.ts';
import type { Failure } from '../probe/visit.ts';

/** One structured line for each event that tells something new; a visit that went well as ever is told at debug. */
export function eventLog(log: Log): (event: AgentEvent) => void {
  /** Why the last launch of a route was left out: told once, and then not before one went out. */
  const skipping = new Map<string, SkippedWhy>();
  return (event) => {
    switch (event.kind) {
      case 'launched':
        skipping.delete(`${event.probe.system}/${event.probe.route}`);
        if (event.recovered) return log.warn({ ...nameOf(event.probe) }, 'probe recovered from its own token');
        return log.debug({ ...nameOf(event.probe) }, 'probe launched');
      case 'sent': {
        const { result, probe, final } = event;
        if (result.kind === 'accepted') return log.debug({ ...nameOf(probe), peer: result.peer }, 'probe accepted');
        return log.warn(
          { ...nameOf(probe), ...failureOf(result.failure), peer: result.peer, final },
          `probe ${result.kind}`,
        );
      }
      case 'sighted':
        if (event.meaning === 'first')
          return log.debug({ ...nameOf(event.probe), at: event.sighting.kind }, 'probe seen');
        return log.warn(
          { ...nameOf(event.probe), at: event.sighting.kind, meaning: event.meaning },
          'probe seen once more',
        );
      case 'noted':
        return log.debug(nameOf(event.probe), 'what is known of an open probe has changed');
      case 'settled': {
        const { probe } = event;
        const delayMs = thousandths(delayOf(probe));
        const fields = { ...nameOf(probe), outcome: probe.outcome, delayMs, folder: probe.folder };
        const came = probe.outcome === 'relayed' || probe.outcome === 'delivered';
        return came && !probe.misfiled ? log.info(fields, 'probe ended') : log.warn(fields, 'probe ended');
      }
      case 'sampled': {
        const { system, check, target, ok, failure, transient } = event.sample;
        if (failure !== undefined) return log.warn({ system, check, target, ...failureOf(failure) }, 'bad');
        if (transient !== undefined)
          return log.warn({ system, check, target, ...failureOf(transient) }, 'good at the second attempt');
        return log.debug({ system, check, target, ok }, 'good');
      }
      case 'voided': {
        const { system, check, target, failure, why } = event;
        return log.warn({ system, check, target, why, ...failureOf(failure) }, 'not judged: our own side');
      }
      case 'skipped': {
        const { system, route, why } = event;
        const told = skipping.get(`${system}/${route}`) === why;
        skipping.set(`${system}/${route}`, why);
        return told ? log.debug({ system, route, why }, SKIPPED) : log.warn({ system, route, why }, SKIPPED);
      }
      case 'gap':
        return log.warn({ why: event.gap.why, ms: Math.round(event.gap.to - event.gap.from) }, 'unmeasured');
      case 'watching': {
        const { system, mailbox, state, failure } = event;
        if (state === 'up') return log.info({ system, mailbox }, 'mailbox watched');
        return log.warn({ system, mailbox, ...(failure && failureOf(failure)) }, 'mailbox not watched');
      }
      case 'upkeep': {
        const { system, mailbox, deleted, left, words } = event;
        if (left === 0) return log.debug({ system, mailbox, deleted }, 'own mail deleted');
        return log.warn({ system, mailbox, deleted, left, words }, 'own mail stays in the mailbox');
      }
      case 'foreign':
        return log.debug({ place: event.place, what: event.what }, 'not ours: ignored');
      case 'clock-step':
        return log.warn({ stepMs: event.stepMs }, 'the wall clock was set');
    }
  };
}

const SKIPPED = 'launches of the route are left out';

function nameOf({ id, system, route }: { id: string; system: string; route: string }): object {
  return { probe: id, system, route };
}

function failureOf({ cause, phase, detail, words, command }: Failure): object {
  return { cause, phase, detail, ...(words !== undefined && { words }), ...(command !== undefined && { command }) };
}

/** Of a millisecond: finer is nothing that was measured. */
function thousandths(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1_000) / 1_000;
}
