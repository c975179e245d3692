import type { Settings, SystemSettings } from '../config/settings.ts';
import { SECOND, type Instant, type Ms } from '../lib/time.ts';
import type { LiveState, LiveSystem } from '../probe/live-state.ts';
import { shortLength } from '../report/instant-text.ts';
import { phrase, text, type Language } from '../report/language.ts';
import { failureWords } from './event-words.ts';

/** An answer and all that speaks against it; good when nothing does. */
export interface Health {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

/** Able to work, and what a person should know all the same. */
export interface Readiness extends Health {
  readonly notes: readonly string[];
}

export interface HealthBounds {
  /** Oldest that the last turn of the schedule may be; it turns every second. */
  readonly tickMs: Ms;
  /** What a system's work may take beyond the time that its configuration allows for. */
  readonly slackMs: Ms;
}

export const HEALTH_BOUNDS: HealthBounds = { tickMs: 10 * SECOND, slackMs: 30 * SECOND };

const WORDS = {
  notStarted: text('监测程序尚未启动', 'the agent has not started'),
  noTurn: phrase(
    (length: string) => `调度已停顿 ${length}`,
    (length: string) => `the schedule has not turned for ${length}`,
  ),
  idle: phrase(
    (system: string, length: string) => `系统“${system}”：已有 ${length} 没有完成任何访问或投递`,
    (system: string, length: string) => `system "${system}": no visit or attempt to send has ended for ${length}`,
  ),
};

/**
 * Alive by work done: the schedule turns, and each system had a visit or an attempt to send come to its end within the
 * time that its most frequent work may take. One that answers and does nothing is not alive.
 */
export function livenessOf(
  live: LiveState,
  settings: Settings,
  now: Instant,
  { bounds = HEALTH_BOUNDS, lang = 'en' }: { readonly bounds?: HealthBounds; readonly lang?: Language } = {},
): Health {
  const { startedAt } = live;
  if (startedAt === null) return verdict([WORDS.notStarted[lang]]);
  const reasons: string[] = [];
  const sinceTick = now - (live.lastTickAt ?? startedAt);
  if (sinceTick > bounds.tickMs) reasons.push(WORDS.noTurn[lang](shortLength(lang, sinceTick)));
  for (const system of settings.systems) {
    const state = live.systems.find(({ name }) => name === system.name);
    const allowed = workEvery(system, state, settings.agent.witness_timeout);
    const idle = now - Math.max(startedAt, state?.lastWorkAt ?? startedAt);
    if (allowed !== null && idle > allowed + bounds.slackMs) {
      reasons.push(WORDS.idle[lang](system.name, shortLength(lang, idle)));
    }
  }
  return verdict(reasons);
}

/**
 * Ready: started, the store takes entries, the sink listens, and every mailbox is watched or why it is not is known. A
 * mailbox whose failure is known is the mail system's trouble, and no reason to start the agent again: it is a note.
 */
export function readinessOf(live: LiveState): Readiness {
  const reasons: string[] = [];
  const notes: string[] = [];
  if (live.startedAt === null) reasons.push(WORDS.notStarted.en);
  if (!live.store.open) reasons.push('the store is not open');
  if (live.store.trouble !== null) reasons.push(live.store.trouble);
  if (live.sink?.listening === false)
    reasons.push(`the sink does not listen${live.sink.problem === undefined ? '' : `: ${live.sink.problem}`}`);
  for (const system of live.systems) {
    for (const { name, watching, failure } of system.mailboxes) {
      const mailbox = `system "${system.name}": mailbox "${name}"`;
      if (watching === 'starting') reasons.push(`${mailbox} has not been looked into yet`);
      if (watching !== 'down') continue;
      if (failure === undefined) reasons.push(`${mailbox} is not watched, and why is not known`);
      else notes.push(`${mailbox} is not watched: ${failureWords(failure)}`);
    }
  }
  return { ...verdict(reasons), notes };
}

/**
 * Longest time in ms between two ends of work if all goes as it may: interval, two attempts, the witness asked twice; of
 * the most frequent work. A check or a route whose login is refused slows down, and its sample says so. Null: nothing is to be done.
 */
function workEvery(system: SystemSettings, live: LiveSystem | undefined, witnessTimeout: Ms): Ms | null {
  const allowed = ({ interval, timeout }: { interval: Ms; timeout: Ms }, held: readonly Ms[]): Ms =>
    Math.max(interval + 2 * timeout + 2 * witnessTimeout, ...held);
  const work = [
    ...system.checks.map((item) => {
      const targets = live?.checks.filter(({ check }) => check === item.kind) ?? [];
      return allowed(
        item,
        targets.map(({ lastSample }) => lastSample?.holdMs ?? 0),
      );
    }),
    ...system.routes.map((item) => {
      const same = live?.routes.filter(({ name }) => name === item.name) ?? [];
      return allowed(
        item,
        same.map(({ holdMs }) => holdMs ?? 0),
      );
    }),
  ];
  return work.length === 0 ? null : Math.min(...work);
}

function verdict(reasons: readonly string[]): Health {
  return { ok: reasons.length === 0, reasons };
}
