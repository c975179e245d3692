import type { Millis } from '../facts/facts.ts';
import { gapFinder } from './gap-finder.ts';
import type { Interval } from './interval.ts';
import type { Seen, Series } from './samples.ts';
import { createTimeline, type Bounds, type Timeline } from './timeline.ts';

/** The time that the estimate calls bad because of one bad run (or message). */
export interface BadReach extends Interval {
  readonly seen: Seen;
}

/** A series as time. */
export interface SeriesTime extends Bounds<Timeline> {
  /** In the order of their runs; together they are the bad time of the estimate. */
  readonly reaches: readonly BadReach[];
}

/**
 * From what was seen to time. Inside a run the state is the run's. Between two at most the earlier one's hold apart the
 * same state goes on; where they differ the change lay somewhere between: least gives that time to good, most to bad,
 * the estimate puts the change in the middle, floored to the ms. Everything else is unmeasured: before the first, after
 * the last, further apart than the hold, and from the last before a gap to the first after it.
 */
export function timelinesOf({ seen, gaps }: Pick<Series, 'seen' | 'gaps'>): SeriesTime {
  const least = createTimeline();
  const estimate = createTimeline();
  const most = createTimeline();
  const reaches: BadReach[] = [];
  const gapBetween = gapFinder(gaps);
  /** Where the estimate begins to have the state of the run that comes next. */
  let begins: Millis | undefined;
  for (const [index, one] of seen.entries()) {
    const state = one.ok ? 'good' : 'bad';
    const from = begins ?? one.from;
    const next = seen[index + 1];
    const goesOn = next !== undefined && next.from - one.to <= one.hold && !gapBetween(one.to, next.from);
    const ends = goesOn ? (next.ok === one.ok ? next.from : Math.floor((one.to + next.from) / 2)) : one.to;
    begins = goesOn ? ends : undefined;
    estimate.add(from, ends, state);
    if (!one.ok && ends > from) reaches.push({ from, to: ends, seen: one });
    for (const made of [least, most]) made.add(one.from, one.to, state);
    if (!goesOn) continue;
    least.add(one.to, next.from, next.ok === one.ok ? state : 'good');
    most.add(one.to, next.from, next.ok === one.ok ? state : 'bad');
  }
  return { least: least.done(), estimate: estimate.done(), most: most.done(), reaches };
}
