import type { Clause, MeasuredClause, Objective } from '../config/contract.ts';
import type { Windows } from './exclusions.ts';
import {
  figuresOf,
  outside,
  percentile,
  type DelayFigures,
  type DelayTerms,
  type MonthMessages,
  type RouteMessages,
} from './delays.ts';
import type { Settling } from './fate.ts';
import { headOf } from './measure-time.ts';
import type { MonthTerms } from './month-terms.ts';
import { judge, NO_METRIC, range, together, type Metric } from './metric.ts';
import { ofDecimal, rational, rounded, type Rational } from './rational.ts';
import type { DelayClause, NotableMessage } from './report.ts';
import { formatInZone } from './zoned-text.ts';

export interface DelayFacts {
  readonly terms: DelayTerms;
  /** All of the month. */
  readonly messages: MonthMessages;
  readonly windows: Windows;
}

/** `send_delay`, `receive_delay`: how long mail took, and what came too late or not at all. */
export function delayClause(clause: MeasuredClause, { terms, messages, windows }: DelayFacts): DelayClause {
  const all = messages.of(clause.measure === 'send_delay' ? 'outbound' : 'inbound', 'plain');
  const counted = outside(all, windows.taken(clause.exclude), terms);
  const figures = figuresOf(counted, terms.lost_after);
  const judgedOf = (of: DelayFigures, some: RouteMessages): ReturnType<typeof together> =>
    together(
      clause.objectives.map((objective) =>
        judge(objective, some.n === 0 ? NO_METRIC : metricOf(objective, of, some, terms.month)),
      ),
    );
  const over = overOf(clause.objectives);
  const long = longOnes(figures, counted, over);
  const { n, delays, lost, pending, mean } = figures;
  const seconds = (ms: number | undefined): number | null => (ms === undefined ? null : ms / 1000);
  const printed = (value: Rational | null | undefined): number | null =>
    value === null || value === undefined ? null : rounded(value);
  const gross = counted.n === all.n ? figures : figuresOf(all, terms.lost_after);
  const waiting = windows.waiting(clause.exclude, terms.month);
  const then = waiting ? outside(all, windows.taken(clause.exclude, true), terms) : counted;
  const wouldBe = then.n === counted.n ? figures : figuresOf(then, terms.lost_after);
  return {
    kind: 'delay',
    ...headOf(clause),
    ...judgedOf(figures, counted),
    unit: 's',
    n,
    mean_s: printed(mean?.value),
    mean_least_s: printed(mean?.pending.low),
    mean_most_s: printed(mean?.pending.high),
    max_s: seconds(delays.at(-1)),
    exceedances: long.value,
    exceedances_least: long.least + long.waiting,
    exceedances_most: long.most + pending.length,
    lost: lost.length,
    lost_ids: lost.map(({ message }) => message.id),
    over_ids: long.over.map(({ message }) => message.id),
    duplicates: counted.told.reduce((sum, { message }) => sum + (message.duplicates ?? 0), 0),
    pending: pending.length,
    p50_s: seconds(percentile(delays, 50)),
    p95_s: seconds(percentile(delays, 95)),
    p99_s: seconds(percentile(delays, 99)),
    excluded: all.n - counted.n,
    would_be: waiting ? printed(wouldBe.mean?.value) : null,
    gross_mean_s: printed(gross.mean?.value),
    gross_exceedances: longOnes(gross, all, over).value,
    would_be_exceedances: waiting ? longOnes(wouldBe, then, over).value : null,
    would_be_verdict: waiting ? judgedOf(wouldBe, then).verdict : null,
    distribution: distributionOf(delays),
    notable: [...long.over, ...lost]
      .sort((a, b) => a.acceptedAt - b.acceptedAt)
      .map((one) => notableOf(one, terms.month.timezone)),
  };
}

function metricOf(
  objective: Objective,
  figures: DelayFigures,
  counted: RouteMessages,
  { running, partial }: MonthTerms,
): Metric {
  // What may still come, and what the facts do not cover.
  const more = running || partial;
  const common = { data: true, running, calendarUnknown: false, print: 'minutes' } as const;
  if (objective.metric === 'exceedances') {
    const { value, least, most, waiting, settled } = longOnes(figures, counted, overOf([objective]));
    const low = rational(least + waiting);
    const high = rational(most + figures.pending.length);
    return {
      ...common,
      value: rational(value),
      onMeasured: rational(settled),
      sampled: range(rational(least), rational(most)),
      pending: range(low, high),
      possible: range(low, more ? null : high),
    };
  }
  const figure = objective.metric === 'max_s' ? figures.max : figures.mean;
  if (figure === null) {
    // Nothing arrived: without a message on its way there is no mean at all.
    if (figures.pending.length === 0 && !more) return NO_METRIC;
    return { ...NO_METRIC, ...common };
  }
  // Other mail can still better a mean, but no maximum.
  const low = objective.metric === 'max_s' || !more ? figure.pending.low : null;
  return {
    ...common,
    value: figure.value,
    onMeasured: figure.value,
    sampled: figure.sampled,
    pending: figure.pending,
    possible: range(low, more ? null : figure.pending.high),
  };
}

interface LongOnes {
  /** Strictly above the maximum, and lost. */
  readonly settled: number;
  /** With those that have surely waited longer already. */
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly waiting: number;
  /** Above the maximum, those that still wait included, the lost ones not. */
  readonly over: readonly Settling[];
}

/** `over` in ms; undefined: the clause asks for no maximum. */
function longOnes(figures: DelayFigures, counted: RouteMessages, over: number | undefined): LongOnes {
  const limit = over ?? Number.POSITIVE_INFINITY;
  const long = counted.told.filter(({ fate }) => fate.kind === 'arrived' && fate.delay > limit);
  const surely = long.filter(({ fate }) => fate.kind === 'arrived' && fate.atLeast > limit).length;
  const waiting = figures.pending.filter(({ fate }) => fate.kind === 'pending' && fate.atLeast > limit);
  const lost = figures.lost.length;
  const surelyLost = figures.lost.filter(
    ({ fate }) => fate.kind === 'lost' && (fate.atLeast ?? Infinity) > limit,
  ).length;
  return {
    settled: long.length + lost,
    value: long.length + lost + waiting.length,
    least: surely + surelyLost,
    most: long.length + lost,
    waiting: waiting.length,
    over: [...long, ...waiting],
  };
}

/** The smallest maximum that a clause of the contract names, in ms: what exceeds it is told by name. Infinity: none does. */
export function longFrom(clauses: readonly Clause[]): number {
  const limits = clauses.map((clause) => (clause.blank ? undefined : overOf(clause.objectives)));
  return Math.min(...limits.filter((limit) => limit !== undefined));
}

/** The smallest maximum of some objectives. Delays are whole ms, so what lies strictly above it lies strictly above its floor. */
function overOf(objectives: readonly Objective[]): number | undefined {
  const limits = objectives.flatMap(({ over_s }) => {
    if (over_s === undefined) return [];
    const { num, den } = ofDecimal(over_s);
    return [Number((num * 1000n) / den)];
  });
  return limits.length === 0 ? undefined : Math.min(...limits);
}

function notableOf({ message, acceptedAt, fate }: Settling, zone: string): NotableMessage {
  const delay = fate.kind === 'pending' ? undefined : fate.delay;
  return {
    id: message.id,
    accepted_at: formatInZone(acceptedAt, zone),
    delay_s: delay === undefined ? null : delay / 1000,
    why: fate.kind === 'lost' ? fate.why : fate.kind === 'pending' ? 'waiting' : 'over',
  };
}

/** Upper edges of the report's picture, in s: 60 s and 1 h are among them, for they are the contract's marks. */
const EDGES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400];

function distributionOf(sorted: Float64Array): DelayClause['distribution'] {
  let from = 0;
  const bars: { up_to_s: number | null; n: number }[] = EDGES.map((edge) => {
    const start = from;
    while (from < sorted.length && (sorted[from] ?? 0) <= edge * 1000) from++;
    return { up_to_s: edge, n: from - start };
  });
  bars.push({ up_to_s: null, n: sorted.length - from });
  return bars;
}
