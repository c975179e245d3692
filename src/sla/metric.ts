import type { Objective, Op } from '../config/contract.ts';
import { compare, floored, ofDecimal, rounded, type Rational } from './rational.ts';
import type { ObjectiveReport, OpenReason, Verdict } from './report.ts';

/** From the lowest to the highest that is possible; null: no bound on that side. */
export interface Range {
  readonly low: Rational | null;
  readonly high: Rational | null;
}

/** A figure, and how far it could be off: each range contains the one before. */
export interface Metric {
  /** False: no sample, no message, no record; the verdict is `no data`. */
  readonly data: boolean;
  /** Null: nothing to compute it from yet. */
  readonly value: Rational | null;
  /** The figure, unmeasured time taken as good, settled messages only. */
  readonly onMeasured: Rational | null;
  /** As far as samples bound what was measured. */
  readonly sampled: Range;
  /** With what is still on its way. */
  readonly pending: Range;
  /** What `possible` would be, if what is on its way were settled one way or the other; undefined: nothing is. */
  readonly settled?: () => readonly Range[];
  /** With all that was not measured and all that may still come. */
  readonly possible: Range;
  /** More may come: the month, or the year, still runs. */
  readonly running: boolean;
  readonly calendarUnknown: boolean;
  /** How it is printed. */
  readonly print: 'minutes' | 'ratio';
}

export function range(low: Rational | null, high: Rational | null = low): Range {
  return { low, high };
}

/** A figure that nothing makes uncertain. */
export function certain(value: Rational, print: Metric['print'] = 'minutes'): Metric {
  return {
    data: true,
    value,
    onMeasured: value,
    sampled: range(value),
    pending: range(value),
    possible: range(value),
    running: false,
    calendarUnknown: false,
    print,
  };
}

/** Nothing to compute it from. */
export const NO_METRIC: Metric = {
  data: false,
  value: null,
  onMeasured: null,
  sampled: range(null),
  pending: range(null),
  possible: range(null),
  running: false,
  calendarUnknown: false,
  print: 'minutes',
};

export interface Judged {
  readonly report: ObjectiveReport;
  readonly onMeasured: Verdict;
}

export function judge(objective: Objective, metric: Metric): Judged {
  const { metric: name, op, over_s, governs } = objective;
  const limit = ofDecimal(objective.limit);
  const print = metric.print === 'ratio' ? floored : rounded;
  const printed = (value: Rational | null): number | null => (value === null ? null : print(value));
  const lowIsBest = op === '<' || op === '<=';
  const best = lowIsBest ? metric.possible.low : metric.possible.high;
  const worst = lowIsBest ? metric.possible.high : metric.possible.low;
  const { verdict, reason } = verdictOf(metric, op, limit);
  return {
    report: {
      metric: name,
      ...(over_s === undefined ? {} : { over_s: Number(over_s.text) }),
      op,
      limit: Number(objective.limit.text),
      value: printed(metric.value),
      best: printed(best),
      worst: printed(worst),
      verdict,
      ...(reason === undefined ? {} : { reason }),
      governs,
    },
    onMeasured: metric.onMeasured === null ? 'no data' : holds(metric.onMeasured, op, limit) ? 'met' : 'missed',
  };
}

function verdictOf(metric: Metric, op: Op, limit: Rational): { verdict: Verdict; reason?: OpenReason } {
  if (!metric.data) return { verdict: 'no data' };
  const verdict = decide(metric.possible, op, limit);
  // Before the end nothing is met yet, however unlikely that the rest will change it.
  if (metric.running && verdict !== 'missed') return { verdict: 'open', reason: 'running' };
  if (verdict !== 'open') return { verdict };
  if (metric.calendarUnknown) return { verdict, reason: 'calendar unknown' };
  if (metric.value !== null && decide(metric.sampled, op, limit) === 'open') return { verdict, reason: 'sampling' };
  const decides = metric.settled?.().some((then) => decide(then, op, limit) !== 'open') ?? false;
  if (decides || decide(metric.pending, op, limit) === 'open') return { verdict, reason: 'pending' };
  return { verdict, reason: 'coverage' };
}

/** Met when it holds at the worst end of the range, missed when it fails even at the best. */
function decide({ low, high }: Range, op: Op, limit: Rational): 'met' | 'missed' | 'open' {
  const [best, worst] = op === '<' || op === '<=' ? [low, high] : [high, low];
  if (worst !== null && holds(worst, op, limit)) return 'met';
  return best !== null && !holds(best, op, limit) ? 'missed' : 'open';
}

function holds(value: Rational, op: Op, limit: Rational): boolean {
  const side = compare(value, limit);
  switch (op) {
    case '<':
      return side < 0;
    case '<=':
      return side <= 0;
    case '>':
      return side > 0;
    case '>=':
      return side >= 0;
  }
}

/** A clause by its governing objectives: any missed, else all met, else the first that is open, else no data. */
export function together(judged: readonly Judged[]): {
  readonly verdict: Verdict;
  readonly reason?: OpenReason;
  readonly verdict_on_measured: Verdict;
  readonly disagreement: boolean;
  readonly objectives: readonly ObjectiveReport[];
} {
  const governing = judged.filter(({ report }) => report.governs);
  const reports = governing.map(({ report }) => report);
  const verdict = foldVerdicts(reports.map((one) => one.verdict));
  const reason = verdict === 'open' ? reports.find((one) => one.verdict === 'open')?.reason : undefined;
  return {
    verdict,
    ...(reason === undefined ? {} : { reason }),
    verdict_on_measured: foldVerdicts(governing.map(({ onMeasured }) => onMeasured)),
    disagreement: reports.some((one) => one.verdict === 'met') && reports.some((one) => one.verdict === 'missed'),
    objectives: judged.map(({ report }) => report),
  };
}

function foldVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('missed')) return 'missed';
  if (verdicts.length > 0 && verdicts.every((verdict) => verdict === 'met')) return 'met';
  return verdicts.includes('open') ? 'open' : 'no data';
}
