import { gapFinder } from './gap-finder.ts';
import type { Series } from './samples.ts';
import { createTimeline, type Bounds, type Timeline } from './timeline.ts';

/**
 * From what was seen to time. Inside a run the state is the run's. Between two at most the earlier one's hold apart the
 * same state goes on; where they differ the change lay somewhere between: least gives that time to good, most to bad,
 * the estimate puts the change in the middle, floored to the ms. Everything else is unmeasured: before the first, after
 * the last, further apart than the hold, and from the last before a gap to the first after it.
 */
export function timelinesOf({ seen, gaps }: Pick<Series, 'seen' | 'gaps'>): Bounds<Timeline> {
  const least = createTimeline();
  const estimate = createTimeline();
  const most = createTimeline();
  const gapBetween = gapFinder(gaps);
  for (const [index, one] of seen.entries()) {
    const state = one.ok ? 'good' : 'bad';
    for (const made of [least, estimate, most]) made.add(one.from, one.to, state);
    const next = seen[index + 1];
    if (next === undefined || next.from - one.to > one.hold || gapBetween(one.to, next.from)) continue;
    if (next.ok === one.ok) {
      for (const made of [least, estimate, most]) made.add(one.to, next.from, state);
      continue;
    }
    const middle = Math.floor((one.to + next.from) / 2);
    estimate.add(one.to, middle, state);
    estimate.add(middle, next.from, next.ok ? 'good' : 'bad');
    least.add(one.to, next.from, 'good');
    most.add(one.to, next.from, 'bad');
  }
  return { least: least.done(), estimate: estimate.done(), most: most.done() };
}
