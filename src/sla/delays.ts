import type { MessageFact, MessageKind, Millis } from '../facts/facts.ts';
import type { RouteName } from '../lib/check-names.ts';
import type { Ms } from '../lib/time.ts';
import { acceptedOf, arrivalOf, fateOf, type Fate } from './fate.ts';
import type { Interval, Intervals } from './interval.ts';
import { overlaps } from './interval.ts';
import { range, type Range } from './metric.ts';
import type { MonthTerms } from './month-terms.ts';
import { larger, rational, type Rational } from './rational.ts';

/** A message of the month, and what became of it. */
export interface Settling {
  readonly message: MessageFact;
  readonly acceptedAt: Millis;
  readonly fate: Fate;
}

export interface DelayTerms {
  readonly month: MonthTerms;
  readonly reach_within: Ms;
  readonly lost_after: Ms;
}

/** The messages that the mail system accepted in the month (contract.md, reading 6), whatever route and kind. */
export function messagesOf(messages: readonly MessageFact[], { month, lost_after }: DelayTerms): Settling[] {
  const { from, to, known } = month;
  return acceptedOf(
    messages.filter(({ accepted_at = Number.NEGATIVE_INFINITY }) => accepted_at >= from && accepted_at < to),
  )
    .map((accepted) => ({ ...accepted, fate: fateOf(accepted, { lost_after, known }) }))
    .sort((a, b) => a.acceptedAt - b.acceptedAt || (a.message.id < b.message.id ? -1 : 1));
}

export function ofRoute(messages: readonly Settling[], route: RouteName, kind: MessageKind): Settling[] {
  return messages.filter(({ message }) => message.route === route && (message.kind ?? 'plain') === kind);
}

/** Those whose life does not overlap a window that was taken out. */
export function outside(messages: readonly Settling[], taken: Intervals, terms: DelayTerms): Settling[] {
  if (taken.length === 0) return [...messages];
  return messages.filter((one) => !overlaps(taken, lifeOf(one, terms)));
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
  readonly delays: readonly Ms[];
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

export function figuresOf(messages: readonly Settling[], lostAfter: Ms): DelayFigures {
  const delays: Ms[] = [];
  let sum = 0;
  let best = 0;
  let longestBest = 0;
  const lost: Settling[] = [];
  const pending: Settling[] = [];
  const waits: Ms[] = [];
  for (const one of messages) {
    const { fate } = one;
    if (fate.kind === 'lost') lost.push(one);
    else if (fate.kind === 'pending') {
      pending.push(one);
      waits.push(fate.atLeast);
    } else {
      delays.push(fate.delay);
      sum += fate.delay;
      best += fate.atLeast;
      longestBest = Math.max(longestBest, fate.atLeast);
    }
  }
  delays.sort((a, b) => a - b);
  const n = delays.length;
  const longest = delays.at(-1);
  if (longest === undefined) return { n, delays, lost, pending, mean: null, max: null };
  const worst = rational(sum + waits.length * lostAfter, 1000 * (n + waits.length));
  const bestMean = rational(best, 1000 * n);
  const value = rational(sum, 1000 * n);
  const max = rational(longest, 1000);
  const bestMax = rational(longestBest, 1000);
  return {
    n,
    delays,
    lost,
    pending,
    mean: {
      value,
      sampled: range(bestMean, value),
      pending: range(withWaits(best, n, waits), larger(worst, value)),
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
export function percentile(sorted: readonly Ms[], percent: number): Ms | undefined {
  return sorted[Math.max(1, Math.ceil((percent * sorted.length) / 100)) - 1];
}
