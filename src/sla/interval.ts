import type { Millis } from '../facts/facts.ts';

/** Half-open, [from, to), in whole milliseconds. */
export interface Interval {
  readonly from: Millis;
  readonly to: Millis;
}

/** Sorted, none empty, none touching another: each instant is in it once or not at all. */
export type Intervals = readonly Interval[];

export function union(intervals: readonly Interval[]): Intervals {
  const sorted = intervals.filter(({ from, to }) => to > from).sort((a, b) => a.from - b.from);
  const whole: { from: Millis; to: Millis }[] = [];
  for (const { from, to } of sorted) {
    const last = whole.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else whole.push({ from, to });
  }
  return whole;
}

/** What of `intervals` lies in `span`. */
export function clip(intervals: Intervals, span: Interval): Intervals {
  const inside: Interval[] = [];
  for (const { from, to } of intervals) {
    const clipped = { from: Math.max(from, span.from), to: Math.min(to, span.to) };
    if (clipped.to > clipped.from) inside.push(clipped);
  }
  return inside;
}

export function subtract(intervals: Intervals, taken: Intervals): Intervals {
  const left: Interval[] = [];
  let next = 0;
  for (const { from, to } of intervals) {
    while (next < taken.length && (taken[next]?.to ?? 0) <= from) next++;
    let start = from;
    for (let index = next; index < taken.length; index++) {
      const window = taken[index];
      if (window === undefined || window.from >= to) break;
      if (window.from > start) left.push({ from: start, to: window.from });
      start = Math.max(start, window.to);
    }
    if (start < to) left.push({ from: start, to });
  }
  return left;
}

/** Sum of their lengths in ms: whole numbers, so it is exact. */
export function total(intervals: Intervals): Millis {
  let sum = 0;
  for (const { from, to } of intervals) sum += to - from;
  return sum;
}

/** Whether `span` shares time with any of them. */
export function overlaps(intervals: Intervals, span: Interval): boolean {
  return firstOverlap(intervals, span) !== undefined;
}

/** The first of them that shares time with `span`; they are in order, none is empty or lies over another. By bisection. */
export function firstOverlap<One extends Interval>(intervals: readonly One[], span: Interval): One | undefined {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((intervals[middle]?.to ?? 0) <= span.from) low = middle + 1;
    else high = middle;
  }
  const first = intervals[low];
  return first !== undefined && first.from < span.to ? first : undefined;
}
