import { humanMs } from '../lib/time.ts';
import { cleanWords } from '../net/words.ts';
import { delayOf } from '../probe/correlate.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import type { Failure } from '../probe/visit.ts';

export interface EventWords {
  /** How it looks: good, bad, warn (good, and yet a person should look), unmeasured (our own side), or plain. */
  readonly tone: 'good' | 'warn' | 'bad' | 'unmeasured' | 'plain';
  readonly text: string;
}

type EventOf<K extends AgentEvent['kind']> = Extract<AgentEvent, { kind: K }>;

/** Whether a line names the system: not where there is but one. */
export type Naming = 'with-system' | 'without-system';

/** An event as a line for a person: the same on the page and on a terminal. */
export function eventWords(event: AgentEvent, naming: Naming = 'with-system'): EventWords {
  const at = (system: string, rest: string): string => (naming === 'with-system' ? `${system}, ${rest}` : rest);
  const nameOf = ({ system, kind, route }: ProbeState): string => at(system, targetName(kind, route));
  const checkName = (system: string, check: string, target: string): string =>
    at(system, `${isRoute(check) ? '' : 'check '}${targetName(check, target)}`);
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
    noted: ({ probe }) =>
      say(
        'plain',
        `${nameOf(probe)}: ${probe.acceptedAt === null ? 'deferred: a later run comes again' : 'waits, and our sink was away'}`,
      ),
    settled: ({ probe }) => settledWords(nameOf(probe), probe),
    sampled: ({ sample }) => {
      const what = checkName(sample.system, sample.check, sample.target);
      if (sample.failure !== undefined) return say('bad', `${what}: bad: ${failureWords(sample.failure)}`);
      if (sample.transient !== undefined)
        return say('plain', `${what}: good at the second attempt; the first: ${failureWords(sample.transient)}`);
      return say('good', `${what}: good in ${humanMs(sample.to - sample.from)}`);
    },
    voided: ({ system, check, target, failure, why }) =>
      say(
        'unmeasured',
        `${checkName(system, check, target)}: not judged, our own side (${why}): ${failureWords(failure)}`,
      ),
    skipped: ({ system, route, routeKind, why }) =>
      say('unmeasured', `${at(system, targetName(routeKind, route))}: a launch is left out: ${SKIPPED[why]}`),
    gap: ({ gap }) => say('unmeasured', `unmeasured for ${humanMs(gap.to - gap.from)} (${gap.why})`),
    watching: ({ system, mailbox, state, failure }) =>
      say(
        state === 'up' ? 'good' : 'bad',
        `${at(system, `mailbox ${mailbox}`)}: ${state === 'up' ? 'watched' : 'not watched'}${failure === undefined ? '' : `: ${failureWords(failure)}`}`,
      ),
    upkeep: ({ system, mailbox, deleted, left, words: why }) =>
      say(
        left > 0 ? 'bad' : 'plain',
        `${at(system, `mailbox ${mailbox}`)}: ${deleted} of our own deleted, ${left} left${why === undefined ? '' : `: ${why}`}`,
      ),
    foreign: ({ place, what }) => say('plain', `ignored at the ${place}: ${what}`),
    'clock-step': ({ stepMs }) =>
      say('unmeasured', `the wall clock was stepped by ${stepMs < 0 ? '-' : '+'}${humanMs(Math.abs(stepMs))}`),
  };
  return (words[event.kind] as (event: AgentEvent) => EventWords)(event);
}

/** Why something failed, with the server's own words, once. */
export function failureWords({ detail, words }: Failure): string {
  return words === undefined || detail.includes(words) ? detail : `${detail} (${words})`;
}

/** `auth in select`; the cause alone where the phase says the same. */
export function causeWords({ cause, phase }: Failure): string {
  return cause === phase ? cause : `${cause} in ${phase}`;
}

/** `imap alice`, `outbound hourly`; the kind alone where a route has no other name. */
export function targetName(kind: string, name: string): string {
  return kind === name ? kind : `${kind} ${name}`;
}

/** The folder that a probe came out in; its name is the server's, and may hold what moves a terminal's cursor. */
export function folderName({ folder }: ProbeState): string {
  return folder === null ? 'the mailbox' : cleanWords(folder, MAX_FOLDER);
}

const MAX_FOLDER = 100;

/** Where it came out and after how long; undefined for a probe that did not come out. */
function cameOut(probe: ProbeState): string | undefined {
  const delay = probe.outcome === 'relayed' || probe.outcome === 'delivered' ? delayOf(probe) : null;
  if (delay === null) return undefined;
  const how = probe.outcome === 'relayed' ? 'relayed' : `visible in ${folderName(probe)}`;
  return `${how} after ${humanMs(delay)}${probe.misfiled ? ': misfiled as junk' : ''}`;
}

function isRoute(check: string): boolean {
  return check === 'outbound' || check === 'inbound' || check === 'internal' || check === 'launch';
}

const SKIPPED = {
  'under-way': 'as many as may be are still being handed over',
  'own-mail': 'too many letters of our own stay in the mailbox',
} as const;
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

function settledWords(name: string, probe: ProbeState): EventWords {
  const out = cameOut(probe);
  if (out !== undefined) return say(probe.misfiled ? 'warn' : 'good', `${name}: ${out}`);
  const why = probe.failure === null ? '' : `: ${failureWords(probe.failure)}`;
  return say(probe.outcome === 'void' ? 'unmeasured' : 'bad', `${name}: ${probe.outcome}${why}`);
}

function say(tone: EventWords['tone'], text: string): EventWords {
  return { tone, text };
}
