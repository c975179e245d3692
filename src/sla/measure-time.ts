import type { MeasuredClause } from '../config/contract.ts';
import { MINUTE } from '../lib/time.ts';
import type { ConnectedTime } from './connected.ts';
import type { Windows } from './exclusions.ts';
import { clip, total, union, type Intervals } from './interval.ts';
import { certain, judge, NO_METRIC, range, together, type Judged, type Metric } from './metric.ts';
import { minutesOf, type MonthTerms } from './month-terms.ts';
import { mayGrow } from './record-figures.ts';
import { outagesOf, type Outage } from './outages.ts';
import { floored, rational, type Rational } from './rational.ts';
import type { OutageReport, TimeClause } from './report.ts';
import { mapBounds, timeIn, type Bounds, type SpanTime } from './timeline.ts';
import { formatInZone } from './zoned-text.ts';

/** What the clauses about time are computed from. */
export interface TimeFacts {
  readonly terms: MonthTerms;
  readonly connected: ConnectedTime;
  readonly windows: Windows;
  /** `connected` if all messages that are open came in time, and if none did; undefined: there are none. */
  readonly settled: (() => readonly ConnectedTime[]) | undefined;
  /** Whether any sample of `connected` lies in the month. */
  readonly sampled: boolean;
  /** First attempts that failed alone, in the month. */
  readonly transients: number;
}

/** Clauses whose figure is time of the month: `downtime`, `fault`, `adjustment`, `coverage`. */
export function timeClause(clause: MeasuredClause, facts: TimeFacts): TimeClause {
  if (clause.measure === 'adjustment') return adjustmentClause(clause, facts);
  return clause.measure === 'coverage' ? coverageClause(clause, facts) : downClause(clause, facts);
}

function downClause(clause: MeasuredClause, facts: TimeFacts): TimeClause {
  const { terms, connected, windows, sampled, transients, settled } = facts;
  const isFault = clause.measure === 'fault';
  const takenIf = (wouldBe: boolean): Intervals =>
    union([...windows.taken(clause.exclude, wouldBe), ...(isFault ? windows.adjustment(wouldBe) : [])]);
  const taken = takenIf(false);
  const timeOf = (of: ConnectedTime): Bounds<SpanTime> => mapBounds(of, (timeline) => timeIn(timeline, terms, taken));
  const time = timeOf(connected);
  const bad = mapBounds(time, (one) => one.bad);
  const estimateWithout = (out: Intervals): number => minutesOf(total(timeIn(connected.estimate, terms, out).bad));
  const waiting = windows.waiting(clause.exclude, terms) || (isFault && windows.adjustmentWaiting(terms));
  const metricOf = (name: string): Metric => ({
    ...downMetric(name, time, terms),
    ...(settled && { settled: () => settled().map((then) => downMetric(name, timeOf(then), terms).possible) }),
  });
  const judged = clause.objectives.map((objective) =>
    judge(objective, sampled ? metricOf(objective.metric) : NO_METRIC),
  );
  const ifSampled = (minutes: () => number): number | null => (sampled ? minutes() : null);
  return {
    kind: 'time',
    ...headOf(clause),
    ...together(judged),
    unit: 'min',
    value: ifSampled(() => minutesOf(total(bad.estimate))),
    least: ifSampled(() => minutesOf(total(bad.least))),
    most: ifSampled(() => minutesOf(total(bad.most))),
    gross: ifSampled(() => estimateWithout([])),
    unmeasured: ifSampled(() => minutesOf(total(time.estimate.unmeasured))),
    excluded: minutesOf(total(clip(taken, terms))),
    would_be: waiting ? ifSampled(() => estimateWithout(takenIf(true))) : null,
    transients,
    outages: sampled ? outagesOf(bad, connected.checks).map((one) => outageReport(one, terms.timezone)) : [],
  };
}

/** Best: least; worst: bad and unmeasured of `most` together. Time to come is unmeasured, so it is in the worst case. */
function downMetric(metric: string, time: Bounds<SpanTime>, terms: MonthTerms): Metric {
  const least = total(time.least.bad);
  const estimate = total(time.estimate.bad);
  const most = total(time.most.bad);
  const worst = most + total(time.most.unmeasured);
  const { running } = terms;
  if (metric === 'down_minutes') {
    const minutes = (ms: number): Rational => rational(ms, MINUTE);
    return {
      data: true,
      value: minutes(estimate),
      onMeasured: minutes(estimate),
      sampled: range(minutes(least), minutes(most)),
      pending: range(minutes(least), minutes(most)),
      possible: range(minutes(least), minutes(worst)),
      running,
      calendarUnknown: false,
      print: 'minutes',
    };
  }
  const availability = (bad: number): Rational => rational(terms.length - bad, terms.length);
  return {
    data: true,
    value: availability(estimate),
    onMeasured: availability(estimate),
    sampled: range(availability(most), availability(least)),
    pending: range(availability(most), availability(least)),
    possible: range(availability(worst), availability(least)),
    running,
    calendarUnknown: false,
    print: 'ratio',
  };
}

/** Whole windows, down or not: known to the millisecond, but more may be announced while the month runs. */
function adjustmentClause(clause: MeasuredClause, { terms, windows }: TimeFacts): TimeClause {
  const sum = (wouldBe: boolean): number => total(clip(windows.adjustment(wouldBe), terms));
  const minutes = rational(sum(false), MINUTE);
  const metric = mayGrow(certain(minutes), terms);
  const value = minutesOf(sum(false));
  return {
    kind: 'time',
    ...headOf(clause),
    ...together(clause.objectives.map((objective) => judge(objective, metric))),
    unit: 'min',
    value,
    least: value,
    most: value,
    gross: value,
    unmeasured: 0,
    excluded: 0,
    would_be: windows.adjustmentWaiting(terms) ? minutesOf(sum(true)) : null,
    transients: 0,
    outages: [],
  };
}

/**
 * Measured time over the month's real length, whatever T is. What is still to come may all be measured, or none of it; a
 * message on its way makes its time measured once it is settled.
 */
function coverageClause(clause: MeasuredClause, { terms, connected, sampled, settled }: TimeFacts): TimeClause {
  const unmeasuredIn = (of: ConnectedTime): number => total(timeIn(of.estimate, terms, []).unmeasured);
  const unmeasured = unmeasuredIn(connected);
  const ahead = terms.running ? terms.to - Math.max(terms.known, terms.from) : 0;
  const real = terms.to - terms.from;
  const ratio = (lacking: number): Rational => rational(real - lacking, real);
  const lackingBut = (toCome: number): Rational => ratio(unmeasured - Math.min(unmeasured, toCome));
  const metric: Metric = {
    ...certain(ratio(unmeasured), 'ratio'),
    onMeasured: lackingBut(ahead),
    possible: range(ratio(unmeasured), lackingBut(ahead)),
    running: terms.running,
  };
  const judgeAs = (of: Metric): Judged[] =>
    clause.objectives.map((objective) => judge(objective, sampled ? of : NO_METRIC));
  const plain = judgeAs(metric);
  // Only where it would matter: it takes as long as all of `connected`.
  const isMissed = settled !== undefined && plain.some(({ report }) => report.verdict === 'missed');
  const onItsWay = isMissed ? Math.max(0, ...settled().map((then) => unmeasured - unmeasuredIn(then))) : 0;
  const pending = range(ratio(unmeasured), lackingBut(onItsWay));
  const possible = range(ratio(unmeasured), lackingBut(onItsWay + ahead));
  const judged = isMissed ? judgeAs({ ...metric, pending, possible }) : plain;
  const value = sampled ? floored(ratio(unmeasured)) : null;
  return {
    kind: 'time',
    ...headOf(clause),
    ...together(judged),
    unit: 'ratio',
    value,
    least: value,
    most: value,
    gross: value,
    unmeasured: sampled ? minutesOf(unmeasured) : null,
    excluded: 0,
    would_be: null,
    transients: 0,
    outages: [],
  };
}

function outageReport({ from, to, least, most, checks, earliest }: Outage, zone: string): OutageReport {
  return {
    from: formatInZone(from, zone),
    to: formatInZone(to, zone),
    least_s: least / 1000,
    most_s: most / 1000,
    checks,
    cause: earliest?.cause ?? null,
    detail: earliest?.detail ?? null,
  };
}

/** What every clause of the report begins with. */
export function headOf({ id, title, measure }: MeasuredClause): Pick<TimeClause, 'id' | 'title' | 'measure'> {
  return { id, title, measure };
}
