import type { MessageFact, MessageKind, Millis } from '../facts/facts.ts';
import type { RouteName } from '../lib/check-names.ts';
import { createColumn, type Column } from '../lib/column.ts';
import type { Ms } from '../lib/time.ts';
import { arrivalOf, settlingOf, type Fate, type Settling } from './fate.ts';
import type { Interval, Intervals } from './interval.ts';
import { overlaps } from './interval.ts';
import { range, type Range } from './metric.ts';
import type { MonthTerms } from './month-terms.ts';
import { larger, rational, type Rational } from './rational.ts';

export interface DelayTerms {
  readonly month: MonthTerms;
  readonly reach_within: Ms;
  readonly lost_after: Ms;
}

/**
 * Messages of one route and kind. Of those that arrived in good time nothing is kept but their figures, a column each:
 * they are nearly all, and many.
 */
export interface RouteMessages {
  readonly n: number;
  readonly quick: QuickMessages;
  /** Lost, waiting, slower than any objective allows, or doubled; by acceptance. */
  readonly told: readonly Settling[];
}

interface QuickMessages {
  /** Millis. */
  readonly acceptedAt: Column;
  /** Ms, and so is the next. */
  readonly delay: Column;
  readonly atLeast: Column;
}

function noMessages(): QuickMessages {
  return {
    acceptedAt: createColumn(Float64Array),
    delay: createColumn(Uint32Array),
    atLeast: createColumn(Uint32Array),
  };
}

/** Of the columns, some 49 days. */
const LONGEST: Ms = 2 ** 32 - 1;

function addQuick({ acceptedAt, delay, atLeast }: QuickMessages, [at, its, least]: readonly [Millis, Ms, Ms]): void {
  acceptedAt.push(at);
  delay.push(its);
  atLeast.push(least);
}

/** The messages that the mail system accepted in the month, wherever they end (docs/figures.md), gathered one by one. */
export interface MonthMessages {
  /** `settling`: of the message, where it is at hand. */
  add(message: MessageFact, settling?: Settling): void;
  /** By now; to be asked when all were added. */
  of(route: RouteName, kind: MessageKind): RouteMessages;
  /** How many may still come out. */
  pending(): number;
  /** What filters were tried with, accepted or refused in the month. */
  tried(kind: 'spam' | 'virus'): Tried;
}

/** How many, and of them those that came through, and those that still may. */
export interface Tried {
  readonly n: number;
  readonly missed: number;
  readonly open: number;
}

/** `longFrom`: the smallest delay, in ms, that a clause wants by name when it is exceeded. */
export function createMonthMessages({ month, lost_after }: DelayTerms, longFrom: Ms): MonthMessages {
  const { from, to, known } = month;
  const terms = { lost_after, known };
  const longest = Math.min(longFrom, LONGEST);
  const tried = { spam: NONE_TRIED, virus: NONE_TRIED };
  const routes = new Map<string, Columns>();
  let last: Columns | undefined;
  const columnsOf = (route: RouteName, kind: MessageKind): Columns => {
    // Messages of one route mostly come together.
    if (last !== undefined && last.route === route && last.kind === kind) return last;
    const key = `${route} ${kind}`;
    last = routes.get(key);
    if (last === undefined) routes.set(key, (last = { route, kind, quick: noMessages(), told: [] }));
    return last;
  };
  return {
    add(message, settling = settlingOf(message, terms)): void {
      const { kind = 'plain', outcome, refused_at } = message;
      const at = message.accepted_at ?? refused_at ?? Number.NaN;
      if (!(at >= from && at < to)) return;
      if ((kind === 'spam' || kind === 'virus') && outcome !== 'void') {
        const { n, missed, open } = tried[kind];
        const waits = outcome === 'pending' && settling?.fate.kind === 'pending';
        const came = kind === 'spam' ? cameToInbox(message) : cameWhole(message);
        tried[kind] = { n: n + 1, missed: missed + Number(came), open: open + Number(waits) };
      }
      if (settling === undefined) return;
      const { acceptedAt, fate } = settling;
      const { quick, told } = columnsOf(message.route, kind);
      const isQuick = fate.kind === 'arrived' && fate.delay <= longest && (message.duplicates ?? 0) === 0;
      if (isQuick) addQuick(quick, [acceptedAt, fate.delay, fate.atLeast]);
      else told.push(settling);
    },
    of(route, kind) {
      const { told, quick } = columnsOf(route, kind);
      told.sort((a, b) => a.acceptedAt - b.acceptedAt || (a.message.id < b.message.id ? -1 : 1));
      return { n: quick.delay.length + told.length, quick, told };
    },
    pending() {
      let sum = 0;
      for (const { told } of routes.values()) sum += told.filter(({ fate }) => fate.kind === 'pending').length;
      return sum;
    },
    tried: (kind) => tried[kind],
  };
}

interface Columns {
  readonly route: RouteName;
  readonly kind: MessageKind;
  readonly quick: QuickMessages;
  readonly told: Settling[];
}

const NONE_TRIED: Tried = { n: 0, missed: 0, open: 0 };

function cameToInbox({ outcome, visible_at, folder = 'INBOX' }: MessageFact): boolean {
  return (outcome === 'delivered' || visible_at !== undefined) && folder.toUpperCase() === 'INBOX';
}

function cameWhole({ outcome, visible_at, attachment }: MessageFact): boolean {
  return (outcome === 'delivered' || visible_at !== undefined) && attachment === true;
}

/** Those whose life does not overlap a window that was taken out. */
export function outside(messages: RouteMessages, taken: Intervals, terms: DelayTerms): RouteMessages {
  if (taken.length === 0) return messages;
  const { acceptedAt, delay, atLeast } = messages.quick;
  const quick = noMessages();
  for (let index = 0; index < acceptedAt.length; index++) {
    const from = acceptedAt.at(index);
    const its = delay.at(index);
    if (overlaps(taken, { from, to: from + Math.max(its, 1) })) continue;
    addQuick(quick, [from, its, atLeast.at(index)]);
  }
  const told = messages.told.filter((one) => !overlaps(taken, lifeOf(one, terms)));
  return { n: quick.delay.length + told.length, quick, told };
}

/** Whether a window overlaps the life of any of them. */
export function takesOut(window: Interval, messages: RouteMessages, terms: DelayTerms): boolean {
  return outside(messages, [window], terms).n < messages.n;
}

/** From acceptance to arrival; of a lost one for `reach_within`, of a pending one until now. At least one instant. */
function lifeOf({ message, acceptedAt, fate }: Settling, { month, reach_within }: DelayTerms): Interval {
  const end = fate.kind === 'lost' ? acceptedAt + reach_within : (arrivalOf(message) ?? month.known);
  return { from: acceptedAt, to: Math.max(end, acceptedAt + 1) };
}

/** What a mean, a maximum and a count of long delays can be. Delays in ms. */
export interface DelayFigures {
  readonly n: number;
  /** In the order of their lengths. */
  readonly delays: Float64Array;
  readonly lost: readonly Settling[];
  readonly pending: readonly Settling[];
  /** In s; null: none arrived. */
  readonly mean: Figure | null;
  readonly max: Figure | null;
}

/** A number in s, as far as the samples bound it, and with what is still on its way. */
export interface Figure {
  readonly value: Rational;
  readonly sampled: Range;
  readonly pending: Range;
}

export function figuresOf({ quick, told }: RouteMessages, lostAfter: Ms): DelayFigures {
  const slow: Extract<Fate, { kind: 'arrived' }>[] = [];
  const lost: Settling[] = [];
  const pending: Settling[] = [];
  const waits: Ms[] = [];
  // Seen after `lost_after`, but perhaps there before it: lost in the figure and in the worst case, not in the best.
  const doubtful: Ms[] = [];
  for (const one of told) {
    const { fate } = one;
    if (fate.kind === 'lost') {
      lost.push(one);
      if (fate.atLeast !== undefined) doubtful.push(fate.atLeast);
    } else if (fate.kind === 'pending') {
      pending.push(one);
      waits.push(fate.atLeast);
    } else slow.push(fate);
  }
  const delays = new Float64Array(quick.delay.length + slow.length);
  delays.set(quick.delay.toArray());
  delays.set(
    slow.map(({ delay }) => delay),
    quick.delay.length,
  );
  delays.sort();
  let sum = 0;
  for (const delay of delays) sum += delay;
  let best = 0;
  let longestBest = 0;
  for (let index = 0; index < quick.atLeast.length; index++) {
    const atLeast = quick.atLeast.at(index);
    best += atLeast;
    if (atLeast > longestBest) longestBest = atLeast;
  }
  for (const { atLeast } of slow) {
    best += atLeast;
    longestBest = Math.max(longestBest, atLeast);
  }
  const n = delays.length;
  const longest = delays.at(-1);
  if (longest === undefined) return { n, delays, lost, pending, mean: null, max: null };
  const value = rational(sum, 1000 * n);
  const most = larger(value, rational(sum + waits.length * lostAfter, 1000 * (n + waits.length)));
  const max = rational(longest, 1000);
  const bestMax = rational(longestBest, 1000);
  return {
    n,
    delays,
    lost,
    pending,
    mean: {
      value,
      sampled: range(withWaits(best, n, doubtful), value),
      pending: range(withWaits(best, n, [...doubtful, ...waits]), most),
    },
    max: {
      value: max,
      sampled: range(bestMax, max),
      // One that waits may still be lost, and then it has no delay: the best case is without it.
      pending: range(bestMax, waits.length === 0 ? max : larger(max, rational(lostAfter, 1000))),
    },
  };
}

/** The least mean: each that waits is taken at what it has surely waited, or not at all, whichever is better. */
function withWaits(sum: Ms, n: number, waits: readonly Ms[]): Rational {
  let total = sum;
  let count = n;
  for (const wait of waits.toSorted((a, b) => a - b)) {
    if (wait * count >= total) break;
    total += wait;
    count++;
  }
  return rational(total, 1000 * count);
}

/** Nearest rank: the smallest delay that at least `percent` of them do not exceed; `sorted` ascending, not empty. */
export function percentile(sorted: Float64Array, percent: number): Ms | undefined {
  return sorted[Math.max(1, Math.ceil((percent * sorted.length) / 100)) - 1];
}
