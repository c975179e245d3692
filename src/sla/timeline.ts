import type { Millis } from '../facts/facts.ts';
import { clip, subtract, type Interval, type Intervals } from './interval.ts';

export type State = 'good' | 'bad' | 'unmeasured';

export interface Stretch extends Interval {
  readonly state: 'good' | 'bad';
}

/** All of time: what no stretch covers is unmeasured. Sorted, no two of one state touch. */
export type Timeline = readonly Stretch[];

/** The same time three times: with as little, the likeliest and as much bad time as the samples leave possible. */
export interface Bounds<Of> {
  readonly least: Of;
  readonly estimate: Of;
  readonly most: Of;
}

export function mapBounds<From, To>(of: Bounds<From>, change: (one: From) => To): Bounds<To> {
  return { least: change(of.least), estimate: change(of.estimate), most: change(of.most) };
}

/** Builds a timeline from stretches in order; joins what goes on, leaves out what is empty. */
export function createTimeline(): { add(from: Millis, to: Millis, state: 'good' | 'bad'): void; done(): Timeline } {
  const stretches: { from: Millis; to: Millis; state: 'good' | 'bad' }[] = [];
  return {
    add(from, to, state): void {
      if (to <= from) return;
      const last = stretches.at(-1);
      if (last !== undefined && last.state === state && last.to === from) last.to = to;
      else stretches.push({ from, to, state });
    },
    done: () => stretches,
  };
}

/** How many of the parts are in each state. */
export interface Tally {
  readonly good: number;
  readonly bad: number;
  readonly unmeasured: number;
}

/** What several timelines say together, instant by instant. None at all: unmeasured. */
export function combine(parts: readonly Timeline[], judge: (tally: Tally) => State): Timeline {
  const [only] = parts;
  if (only !== undefined && parts.length === 1 && isPlain(judge)) return only;
  const turns = turnsOf(parts);
  const made = createTimeline();
  const tally = { good: 0, bad: 0, unmeasured: parts.length };
  for (let index = 0; index < turns.length; index++) {
    const turn = turns[index];
    if (turn === undefined) break;
    tally[turn.state] += turn.step;
    tally.unmeasured -= turn.step;
    const until = turns[index + 1]?.at ?? turn.at;
    if (until === turn.at) continue;
    const state = judge(tally);
    if (state !== 'unmeasured') made.add(turn.at, until, state);
  }
  return made.done();
}

function isPlain(judge: (tally: Tally) => State): boolean {
  return (
    judge({ good: 1, bad: 0, unmeasured: 0 }) === 'good' &&
    judge({ good: 0, bad: 1, unmeasured: 0 }) === 'bad' &&
    judge({ good: 0, bad: 0, unmeasured: 1 }) === 'unmeasured'
  );
}

interface Turn {
  readonly at: Millis;
  readonly state: 'good' | 'bad';
  readonly step: 1 | -1;
}

function turnsOf(parts: readonly Timeline[]): Turn[] {
  const turns: Turn[] = [];
  for (const part of parts) {
    for (const { from, to, state } of part) turns.push({ at: from, state, step: 1 }, { at: to, state, step: -1 });
  }
  return turns.sort((a, b) => a.at - b.at);
}

/** Bad where at least `need` parts are; good where even the unmeasured could not make it so many. */
export function atLeastBad(need: number): (tally: Tally) => State {
  return ({ bad, unmeasured }) => (bad >= need ? 'bad' : bad + unmeasured < need ? 'good' : 'unmeasured');
}

/** Good where any part is. */
export function anyGood({ good, unmeasured }: Tally): State {
  return good > 0 ? 'good' : unmeasured > 0 ? 'unmeasured' : 'bad';
}

/** Bad stretches shorter than `shortest` ms were none. */
export function withoutShortBad(timeline: Timeline, shortest: Millis): Timeline {
  if (shortest <= 0) return timeline;
  const made = createTimeline();
  for (const { from, to, state } of timeline) {
    made.add(from, to, state === 'bad' && to - from < shortest ? 'good' : state);
  }
  return made.done();
}

/** A span's bad and unmeasured time once `taken` is out of both. */
export interface SpanTime {
  readonly bad: Intervals;
  readonly unmeasured: Intervals;
}

export function timeIn(timeline: Timeline, span: Interval, taken: Intervals): SpanTime {
  const bad = timeline.filter(({ state }) => state === 'bad');
  const measured: { from: Millis; to: Millis }[] = [];
  for (const { from, to } of timeline) {
    const last = measured.at(-1);
    if (last !== undefined && last.to === from) last.to = to;
    else measured.push({ from, to });
  }
  return {
    bad: subtract(clip(bad, span), taken),
    unmeasured: subtract(subtract([span], measured), taken),
  };
}
