import { humanMs } from '../lib/time.ts';
import { delayOf } from '../probe/correlate.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import { eventWords, failureWords } from '../web/event-words.ts';

/** An event as one short line for a person who watches a terminal; null where there is nothing to say. */
export function eventLine(event: AgentEvent): string | null {
  switch (event.kind) {
    case 'launched':
      return `${event.probe.route}: a probe goes out`;
    case 'sent':
      return event.result.kind === 'accepted'
        ? null
        : `${event.probe.route}: ${event.result.kind}: ${failureWords(event.result.failure)}`;
    case 'sighted':
      return event.meaning === 'first' ? null : eventWords(event).text;
    case 'settled':
      return settled(event.probe);
    case 'sampled': {
      const { check, target, ok, from, to } = event.sample;
      return ok && event.sample.transient === undefined
        ? `check ${check} ${target}: good in ${humanMs(to - from)}`
        : eventWords(event).text;
    }
    case 'upkeep':
      return event.left === 0 ? null : eventWords(event).text;
    case 'voided':
    case 'gap':
    case 'watching':
    case 'foreign':
    case 'clock-step':
      return eventWords(event).text;
  }
}

function settled(probe: ProbeState): string {
  const delay = delayOf(probe);
  if (delay === null)
    return `${probe.route}: ${probe.outcome}${probe.failure === null ? '' : `: ${failureWords(probe.failure)}`}`;
  const how = probe.outcome === 'relayed' ? 'relayed' : `visible in ${probe.folder ?? 'the mailbox'}`;
  return `${probe.route}: ${how} after ${humanMs(delay)}`;
}
