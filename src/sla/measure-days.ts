import type { MeasuredClause } from '../config/contract.ts';
import type { YearToDateRecord } from '../facts/facts.ts';
import type { ConnectedTime } from './connected.ts';
import type { Windows } from './exclusions.ts';
import { union, type Intervals } from './interval.ts';
import { daysOf } from './days.ts';
import { dayStates, type DayState } from './fault-days.ts';
import { headOf, type TimeFacts } from './measure-time.ts';
import { judge, NO_METRIC, range, together, type Metric, type Range } from './metric.ts';
import { monthSpan } from './month.ts';
import { rational } from './rational.ts';
import type { DaysClause } from './report.ts';

/** `fault_days`: the days of the year up to this month, and on which of them mail was broken. */
export function daysClause(
  clause: MeasuredClause,
  { terms, connected, windows, sampled, settled }: TimeFacts,
  year: { readonly since: number; readonly toDate: YearToDateRecord | undefined },
): DaysClause {
  const { month, timezone } = terms;
  const whole = yearOf(month, timezone);
  const inYear = daysOf(whole.from, whole.to, timezone);
  const told = inYear.filter(({ from }) => from < terms.to);
  const taken = noFault(windows, clause.exclude);
  const statesOf = (of: ConnectedTime): DayState[] => dayStates(told, { connected: of, taken, ...year });
  const days = statesOf(connected);
  const data = sampled || year.toDate !== undefined;
  const soFar = days.filter(({ from }) => from < terms.known).length;
  const count = (those: (day: DayState) => boolean, of: readonly DayState[] = days): number => of.filter(those).length;
  const possible = (of: readonly DayState[]): Range =>
    range(
      rational(of.length - count(({ fault, unmeasured }) => fault.most || unmeasured, of)),
      rational(inYear.length - count(({ fault }) => fault.least, of)),
    );
  const least = count(({ fault }) => fault.least);
  const estimate = count(({ fault }) => fault.estimate);
  const most = count(({ fault }) => fault.most);
  const sampledRange = range(rational(inYear.length - most), rational(inYear.length - least));
  const metric: Metric = {
    data,
    value: rational(soFar - estimate),
    // Days to come are time not measured, so they are taken as good here and as faults in the worst case.
    onMeasured: rational(inYear.length - estimate),
    sampled: sampledRange,
    pending: sampledRange,
    ...(settled && { settled: () => settled().map((then) => possible(statesOf(then))) }),
    possible: possible(days),
    running: terms.running || terms.to < whole.to,
    calendarUnknown: false,
    print: 'minutes',
  };
  const orNull = (value: number): number | null => (data ? value : null);
  return {
    kind: 'days',
    ...headOf(clause),
    ...together(clause.objectives.map((objective) => judge(objective, data ? metric : NO_METRIC))),
    unit: 'days',
    value: orNull(soFar - estimate),
    least: orNull(soFar - most),
    most: orNull(soFar - least),
    fault_days: days.filter(({ fault }) => fault.estimate).map(({ date }) => date),
    unmeasured_days: days.filter(({ fault, unmeasured }) => unmeasured && !fault.estimate).map(({ date }) => date),
  };
}

/** Maintenance, and what is excluded. */
export function noFault(windows: Windows, exclude: readonly string[]): Intervals {
  return union([...windows.adjustment(), ...windows.taken(exclude)]);
}

/** The calendar year of a month, in the contract's zone. */
export function yearOf(month: string, timezone: string): { readonly from: number; readonly to: number } {
  const year = month.slice(0, 4);
  return { from: monthSpan(`${year}-01`, timezone).from, to: monthSpan(`${year}-12`, timezone).to };
}
