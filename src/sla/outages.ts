import { CHECK_NAMES } from '../lib/check-names.ts';
import type { Millis } from '../facts/facts.ts';
import type { CheckTime } from './connected.ts';
import { firstOverlap, overlaps, type Interval, type Intervals } from './interval.ts';
import type { Seen } from './samples.ts';
import type { Bounds } from './timeline.ts';

/** A bad stretch of the estimate, and what is known of it. */
export interface Outage extends Interval {
  readonly least: Millis;
  readonly most: Millis;
  /** All checks that were bad in it. */
  readonly checks: readonly string[];
  /** What the earliest of the runs told that made it bad. */
  readonly earliest: Seen | undefined;
}

/** One outage a stretch of the estimate, so that they add up to the figure. */
export function outagesOf(bad: Bounds<Intervals>, checks: readonly CheckTime[]): Outage[] {
  const least = shares(bad.least, bad.estimate);
  const most = shares(bad.most, bad.estimate);
  const badOf = checks.map(({ check, estimate, reaches }) => ({
    check,
    bad: estimate.filter(({ state }) => state === 'bad'),
    reaches,
  }));
  return bad.estimate.map(({ from, to }, index) => {
    const broken = badOf.filter((one) => overlaps(one.bad, { from, to }));
    const names = new Set(broken.map(({ check }) => check));
    return {
      from,
      to,
      least: least[index] ?? 0,
      most: most[index] ?? 0,
      checks: CHECK_NAMES.filter((check) => names.has(check)),
      earliest: earliestIn(broken, { from, to }),
    };
  });
}

/**
 * How much of `time` belongs to each stretch. A bad stretch of `most` may hold several of the estimate: each gets what
 * lies nearer to it. One that holds none belongs to none.
 */
function shares(time: Intervals, stretches: Intervals): Millis[] {
  const sums = stretches.map(() => 0);
  let first = 0;
  for (const { from, to } of time) {
    while (first < stretches.length && (stretches[first]?.to ?? 0) <= from) first++;
    let start = from;
    for (let index = first; index < stretches.length; index++) {
      const stretch = stretches[index];
      if (stretch === undefined || stretch.from >= to) break;
      const next = stretches[index + 1];
      const end = next === undefined || next.from >= to ? to : Math.floor((stretch.to + next.from) / 2);
      sums[index] = (sums[index] ?? 0) + end - start;
      start = end;
    }
  }
  return sums;
}

/**
 * Of the runs that made it bad the first. What an exclusion left of an outage may begin after them, or end before: it is
 * bad because of a run whose time reaches into it, and of no other.
 */
function earliestIn(broken: readonly Pick<CheckTime, 'check' | 'reaches'>[], span: Interval): Seen | undefined {
  const [first] = broken
    .flatMap(({ check, reaches }) =>
      reaches.map((one) => ({
        order: CHECK_NAMES.findIndex((name) => name === check),
        seen: firstOverlap(one, span)?.seen,
      })),
    )
    .flatMap(({ order, seen }) => (seen === undefined ? [] : [{ order, seen, words: `${seen.cause} ${seen.detail}` }]))
    // Of several at one instant always the same one, however the facts were ordered.
    .sort((a, b) => a.seen.from - b.seen.from || a.order - b.order || (a.words < b.words ? -1 : 1));
  return first?.seen;
}
