import type { Ms } from '../lib/time.ts';
import { cleanWords } from '../net/words.ts';
import { delayOf } from '../probe/correlate.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import type { GapWhy } from '../probe/sample.ts';
import type { Failure } from '../probe/visit.ts';
import { CATALOGUE } from '../report/catalogue.ts';
import { shortLength } from '../report/instant-text.ts';
import type { InEach, Language } from '../report/language.ts';
import { EVENTS } from './event-catalogue.ts';
import { PHASES } from './phases.ts';

export interface EventWords {
  /** How it looks: good, bad, warn (good, and yet a person should look), unmeasured (our own side), or plain. */
  readonly tone: 'good' | 'warn' | 'bad' | 'unmeasured' | 'plain';
  readonly text: string;
}

type EventOf<K extends AgentEvent['kind']> = Extract<AgentEvent, { kind: K }>;

/** Whether a line names the system: not where there is but one. */
export type Naming = 'with-system' | 'without-system';

/** An event as a line for a person: in English the same on the page and on a terminal. */
export function eventWords(event: AgentEvent, naming: Naming = 'with-system', lang: Language = 'en'): EventWords {
  const t = <Thing>(entry: InEach<Thing>): Thing => entry[lang];
  const colon = t(EVENTS.colon);
  const length = (ms: Ms): string => shortLength(lang, ms);
  const why = (failure: Failure): string => failureIn(lang, failure);
  const target = (kind: string, name: string): string => targetIn(lang, kind, name);
  const at = (system: string, rest: string): string =>
    naming === 'with-system' ? t(EVENTS.named)(system, rest) : rest;
  const nameOf = ({ system, kind, route }: ProbeState): string => at(system, target(kind, route));
  const checkName = (system: string, check: string, name: string): string =>
    at(system, isRoute(check) ? target(check, name) : t(EVENTS.check)(target(check, name)));
  const gapWhy = (reason: GapWhy): string => (lang === 'en' ? reason : CATALOGUE.names.gap[reason][lang]);
  const words: { readonly [K in AgentEvent['kind']]: (event: EventOf<K>) => EventWords } = {
    launched: ({ probe }) => say('plain', `${nameOf(probe)}${colon}${t(EVENTS.launched)}`),
    sent: ({ probe, result }) =>
      result.kind === 'accepted'
        ? say('plain', `${nameOf(probe)}${colon}${t(EVENTS.accepted)(result.peer)}`)
        : say('bad', `${nameOf(probe)}${colon}${t(EVENTS[result.kind])}${colon}${why(result.failure)}`),
    sighted: ({ probe, sighting, meaning }) =>
      say(
        meaning === 'duplicate' || meaning === 'bounce' ? 'bad' : 'plain',
        `${nameOf(probe)}${colon}${t(EVENTS.sighted[sighting.kind])}${t(EVENTS.meaning[meaning])}`,
      ),
    noted: ({ probe }) =>
      say('plain', `${nameOf(probe)}${colon}${t(probe.acceptedAt === null ? EVENTS.deferred : EVENTS.noted)}`),
    settled: ({ probe }) => settledWords(lang, nameOf(probe), probe),
    sampled: ({ sample }) => {
      const what = checkName(sample.system, sample.check, sample.target);
      if (sample.failure !== undefined)
        return say('bad', `${what}${colon}${t(EVENTS.bad)}${colon}${why(sample.failure)}`);
      if (sample.transient !== undefined)
        return say('plain', `${what}${colon}${t(EVENTS.goodAtSecond)}${why(sample.transient)}`);
      return say('good', `${what}${colon}${t(EVENTS.goodIn)(length(sample.to - sample.from))}`);
    },
    voided: ({ system, check, target: name, failure, why: reason }) =>
      say(
        'unmeasured',
        `${checkName(system, check, name)}${colon}${t(EVENTS.notJudged)(gapWhy(reason))}${colon}${why(failure)}`,
      ),
    skipped: ({ system, route, routeKind, why: reason }) =>
      say(
        'unmeasured',
        `${at(system, target(routeKind, route))}${colon}${t(EVENTS.skipped)}${colon}${t(EVENTS.skippedWhy[reason])}`,
      ),
    gap: ({ gap }) => say('unmeasured', t(EVENTS.unmeasured)(length(gap.to - gap.from), gapWhy(gap.why))),
    watching: ({ system, mailbox, state, failure }) =>
      say(
        state === 'up' ? 'good' : 'bad',
        `${at(system, t(EVENTS.mailbox)(mailbox))}${colon}${t(state === 'up' ? EVENTS.watched : EVENTS.notWatched)}${failure === undefined ? '' : `${colon}${why(failure)}`}`,
      ),
    upkeep: ({ system, mailbox, deleted, left, words: reason }) =>
      say(
        left > 0 ? 'bad' : 'plain',
        `${at(system, t(EVENTS.mailbox)(mailbox))}${colon}${t(EVENTS.upkeep)(deleted, left)}${reason === undefined ? '' : `${colon}${reason}`}`,
      ),
    foreign: ({ place, what }) => say('plain', t(EVENTS.foreign)(place, what)),
    'clock-step': ({ stepMs }) =>
      say('unmeasured', t(EVENTS.clockStep)(`${stepMs < 0 ? '-' : '+'}${length(Math.abs(stepMs))}`)),
  };
  return (words[event.kind] as (event: AgentEvent) => EventWords)(event);
}

/** Why something failed, with the server's own words, once. */
export function failureWords({ detail, words }: Failure): string {
  return words === undefined || detail.includes(words) ? detail : `${detail} (${words})`;
}

/**
 * The same in a language: what we say of it is ours to say in Chinese, by its cause and phase; the server's words stand as
 * they are.
 */
export function failureIn(lang: Language, failure: Failure): string {
  if (lang === 'en') return failureWords(failure);
  const { cause, phase, words, code } = failure;
  const what = `${CATALOGUE.names.cause[cause]?.[lang] ?? cause}（${PHASES[phase][lang]}）`;
  const said = words ?? (code === undefined ? undefined : String(code));
  return said === undefined ? what : `${what}${EVENTS.colon[lang]}${said}`;
}

/** `auth in select`; the cause alone where the phase says the same. */
export function causeWords({ cause, phase }: Failure): string {
  return cause === phase ? cause : `${cause} in ${phase}`;
}

/** `imap alice`, `outbound hourly`; the kind alone where a route has no other name. */
export function targetName(kind: string, name: string): string {
  return kind === name ? kind : `${kind} ${name}`;
}

function targetIn(lang: Language, kind: string, name: string): string {
  const known = Object.entries(CATALOGUE.names.check).find(([check]) => check === kind)?.[1];
  if (lang === 'en' || known === undefined) return targetName(kind, name);
  return kind === name ? known[lang] : `${known[lang]} ${name}`;
}

/** The folder that a probe came out in; its name is the server's, and may hold what moves a terminal's cursor. */
export function folderName({ folder }: ProbeState, lang: Language = 'en'): string {
  return folder === null ? EVENTS.theMailbox[lang] : cleanWords(folder, MAX_FOLDER);
}

const MAX_FOLDER = 100;

/** Where it came out and after how long; undefined for a probe that did not come out. */
function cameOut(lang: Language, probe: ProbeState): string | undefined {
  const delay = probe.outcome === 'relayed' || probe.outcome === 'delivered' ? delayOf(probe) : null;
  if (delay === null) return undefined;
  const length = shortLength(lang, delay);
  const how =
    probe.outcome === 'relayed'
      ? EVENTS.relayed[lang](length)
      : EVENTS.delivered[lang](folderName(probe, lang), length);
  return `${how}${probe.misfiled ? EVENTS.misfiled[lang] : ''}`;
}

function isRoute(check: string): boolean {
  return check === 'outbound' || check === 'inbound' || check === 'internal' || check === 'launch';
}

function settledWords(lang: Language, name: string, probe: ProbeState): EventWords {
  const colon = EVENTS.colon[lang];
  const out = cameOut(lang, probe);
  if (out !== undefined) return say(probe.misfiled ? 'warn' : 'good', `${name}${colon}${out}`);
  const { outcome } = probe;
  const ended = outcome === 'relayed' || outcome === 'delivered' ? outcome : EVENTS[outcome][lang];
  const why = probe.failure === null ? '' : `${colon}${failureIn(lang, probe.failure)}`;
  return say(outcome === 'void' ? 'unmeasured' : 'bad', `${name}${colon}${ended}${why}`);
}

function say(tone: EventWords['tone'], text: string): EventWords {
  return { tone, text };
}
