import { humanMs } from '../lib/time.ts';
import { delayOf } from '../probe/correlate.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import type { Failure } from '../probe/visit.ts';

export interface EventWords {
  /** How it looks: good, bad, unmeasured (our own side), or plain. */
  readonly tone: 'good' | 'bad' | 'unmeasured' | 'plain';
  readonly text: string;
}

type EventOf<K extends AgentEvent['kind']> = Extract<AgentEvent, { kind: K }>;

/** An event as a line for a person. */
export function eventWords(event: AgentEvent): EventWords {
  const words: { readonly [K in AgentEvent['kind']]: (event: EventOf<K>) => EventWords } = {
    launched: ({ probe }) => say('plain', `${nameOf(probe)}: a probe goes out`),
    sent: ({ probe, result }) =>
      result.kind === 'accepted'
        ? say('plain', `${nameOf(probe)}: accepted by ${result.peer}`)
        : say('bad', `${nameOf(probe)}: ${result.kind}: ${failureWords(result.failure)}`),
    sighted: ({ probe, sighting, meaning }) =>
      say(
        meaning === 'duplicate' || meaning === 'bounce' ? 'bad' : 'plain',
        `${nameOf(probe)}: ${SIGHTED[sighting.kind]}${MEANING[meaning]}`,
      ),
    settled: ({ probe }) => settledWords(probe),
    sampled: ({ sample }) => {
      const what = `${sample.system}, ${sample.check} ${sample.target}`;
      if (sample.failure !== undefined) return say('bad', `${what}: bad: ${failureWords(sample.failure)}`);
      if (sample.transient !== undefined)
        return say('plain', `${what}: good at the second attempt; the first: ${failureWords(sample.transient)}`);
      return say('good', `${what}: good in ${humanMs(sample.to - sample.from)}`);
    },
    voided: ({ system, check, target, failure, why }) =>
      say('unmeasured', `${system}, ${check} ${target}: not judged, our own side (${why}): ${failureWords(failure)}`),
    gap: ({ gap }) => say('unmeasured', `unmeasured for ${humanMs(gap.to - gap.from)} (${gap.why})`),
    watching: ({ system, mailbox, state, failure }) =>
      say(
        state === 'up' ? 'good' : 'bad',
        `${system}, mailbox ${mailbox}: ${state === 'up' ? 'watched' : 'not watched'}${failure === undefined ? '' : `: ${failureWords(failure)}`}`,
      ),
    upkeep: ({ system, mailbox, deleted, left, words: why }) =>
      say(
        left > 0 ? 'bad' : 'plain',
        `${system}, mailbox ${mailbox}: ${deleted} of our own deleted, ${left} left${why === undefined ? '' : `: ${why}`}`,
      ),
    foreign: ({ place, what }) => say('plain', `ignored at the ${place}: ${what}`),
    'clock-step': ({ stepMs }) =>
      say('unmeasured', `the wall clock was stepped by ${stepMs < 0 ? '-' : '+'}${humanMs(Math.abs(stepMs))}`),
  };
  return (words[event.kind] as (event: AgentEvent) => EventWords)(event);
}

/** Why something failed, with the server's own words. */
export function failureWords(failure: Failure): string {
  return failure.words === undefined ? failure.detail : `${failure.detail} (${failure.words})`;
}

const SIGHTED = {
  contact: 'the mail system came to our sink',
  copy: 'our sink took a copy',
  visible: 'visible in the mailbox',
  bounce: 'bounced',
} as const;
const MEANING = {
  first: '',
  again: ' (a further attempt)',
  duplicate: ' (a duplicate)',
  late: ' (late: it was lost already)',
  known: ' (seen before)',
  bounce: '',
} as const;

function settledWords(probe: ProbeState): EventWords {
  const delayMs = probe.outcome === 'relayed' || probe.outcome === 'delivered' ? delayOf(probe) : null;
  if (delayMs !== null) {
    return say(
      'good',
      `${nameOf(probe)}: ${probe.outcome} after ${humanMs(delayMs)}${probe.misfiled ? ', into Junk' : ''}`,
    );
  }
  const why = probe.failure === null ? '' : `: ${failureWords(probe.failure)}`;
  return say(probe.outcome === 'void' ? 'unmeasured' : 'bad', `${nameOf(probe)}: ${probe.outcome}${why}`);
}

function nameOf(probe: ProbeState): string {
  return `${probe.system}, ${probe.kind} ${probe.route}`;
}

function say(tone: EventWords['tone'], text: string): EventWords {
  return { tone, text };
}
