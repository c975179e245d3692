import type { YearToDateRecord } from '../facts/facts.ts';
import type { Day } from './days.ts';
import { overlaps, subtract, union, type Interval, type Intervals } from './interval.ts';
import { mapBounds, timeIn, type Bounds, type Timeline } from './timeline.ts';

/** A local day of the year, and whether mail was broken on it. */
export interface DayState extends Day {
  /** Its bad time is above 0, in each of the timelines. */
  readonly fault: Bounds<boolean>;
  /** Some of it was not measured. */
  readonly unmeasured: boolean;
}

export interface DaySource {
  /** `connected` over the span of the facts. */
  readonly connected: Bounds<Timeline>;
  /** What is no fault: maintenance, and what the clause excludes. */
  readonly taken: Intervals;
  /** From where the timelines tell; what lies before is in `toDate`, or not measured. */
  readonly since: number;
  readonly toDate: YearToDateRecord | undefined;
}

export function dayStates(days: readonly Day[], { connected, taken, since, toDate }: DaySource): DayState[] {
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined) return [];
  const told: Interval = { from: Math.max(first.from, since), to: last.to };
  const time = mapBounds(connected, (timeline) => timeIn(timeline, told, taken));
  const bad = mapBounds(time, (one) => one.bad);
  const before = { from: first.from, to: Math.min(since, last.to) };
  const untold = subtract(union([before]), toDate === undefined ? [] : union([toDate]));
  const unmeasured = union([...time.estimate.unmeasured, ...time.most.unmeasured, ...untold]);
  const faultDays = new Set(toDate?.fault_days);
  const unmeasuredDays = new Set(toDate?.unmeasured_days);
  return days.map((day) => {
    const known = faultDays.has(day.date);
    return {
      ...day,
      fault: mapBounds(bad, (one) => known || overlaps(one, day)),
      unmeasured: unmeasuredDays.has(day.date) || overlaps(unmeasured, day),
    };
  });
}
