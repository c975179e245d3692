import type { Contract } from '../config/contract.ts';
import type { ExclusionFact, Millis, YearToDateRecord } from '../facts/facts.ts';
import { daysOf, type Day } from '../sla/days.ts';
import { windowsOf } from '../sla/exclusions.ts';
import { dayStates } from '../sla/fault-days.ts';
import type { Interval } from '../sla/interval.ts';
import { noFault } from '../sla/measure-days.ts';
import { monthsOfYearTo, monthSpan } from '../sla/month.ts';
import { purgesOf } from '../store/purges.ts';
import { foldedAsFarAsPossible, type Line, type Reader, type RouteSamples } from './reader.ts';
import { connectedIn } from './span-connected.ts';

/** What the days of a year are computed from besides the store's rows. */
export interface YearAsked {
  readonly system: string;
  readonly contract: Contract;
  readonly known: Millis;
  /** From where the store tells anything. */
  readonly first: Millis;
  /** Where the evidence of the month begins, in it or at its begin. */
  readonly covered: Millis;
  readonly lines: readonly Line[];
  /** All of the system: maintenance is no fault. */
  readonly exclusions: readonly ExclusionFact[];
}

interface Days {
  readonly fault: readonly string[];
  readonly unmeasured: readonly string[];
}

/**
 * The days of the year before the evidence of a month, from runs: each month as its own report tells them. A day that is a fault at the most,
 * or whose messages were purged unfolded, is told as unmeasured, for it may be one. Undefined in January.
 */
export function yearToDate(reader: Reader, month: string, asked: YearAsked): YearToDateRecord | undefined {
  const { timezone } = asked.contract;
  const before = monthsOfYearTo(month).slice(0, -1);
  const [january] = before;
  if (january === undefined) return undefined;
  const { from } = monthSpan(january, timezone);
  const begin = monthSpan(month, timezone).from;
  // Once for all months: whether a fold still holds is asked of what was told since.
  const samples = new Map(asked.lines.map((line) => [line, foldedAsFarAsPossible(reader, line, asked.contract)]));
  const samplesOf = (line: Line): RouteSamples =>
    samples.get(line) ?? foldedAsFarAsPossible(reader, line, asked.contract);
  const days = before.map((one) => daysOfMonth(reader, one, asked, samplesOf));
  return {
    type: 'record',
    kind: 'year-to-date',
    id: 'year-to-date',
    at: asked.covered,
    from,
    to: asked.covered,
    fault_days: days.flatMap(({ fault }) => fault),
    unmeasured_days: [
      ...days.flatMap(({ unmeasured }) => unmeasured),
      ...daysOf(begin, asked.covered, timezone).map(({ date }) => date),
    ],
  };
}

function daysOfMonth(reader: Reader, month: string, asked: YearAsked, samplesOf: (line: Line) => RouteSamples): Days {
  const { system, contract, known, first, lines, exclusions } = asked;
  const span = monthSpan(month, contract.timezone);
  const days = daysOf(span.from, span.to, contract.timezone);
  if (span.to <= first) return { fault: [], unmeasured: days.map(({ date }) => date) };
  const { connected } = connectedIn(reader, lines, { span, system, contract, known, samplesOf });
  const taken = noFault(windowsOf(exclusions, contract), excludedOf(contract));
  const states = dayStates(days, { connected, taken, since: span.from, toDate: undefined });
  const lacking = purgedUnfolded(reader, asked, span);
  const fault = states.filter((day) => day.fault.estimate);
  const unmeasured = states.filter(
    (day) => !day.fault.estimate && (day.fault.most || day.unmeasured || lacking.some((gone) => shares(gone, day))),
  );
  return { fault: fault.map(({ date }) => date), unmeasured: unmeasured.map(({ date }) => date) };
}

/** By what the contract's clauses of fault days exclude: all of them the same. */
function excludedOf({ clauses }: Contract): readonly string[] {
  const clause = clauses.find((one) => !one.blank && one.measure === 'fault_days');
  return clause === undefined || clause.blank ? [] : clause.exclude;
}

/** Where messages are gone and no fold under the contract's terms has them. */
function purgedUnfolded(reader: Reader, { system, contract, lines }: YearAsked, span: Interval): readonly Interval[] {
  const purges = purgesOf(reader.db, system).filter((purge) => shares(purge, span));
  if (purges.length === 0) return [];
  const folded = lines.map(({ route, target }) => {
    if (route === null) return Infinity;
    return target === null ? 0 : (reader.folds.find(route, target, contract)?.until ?? 0);
  });
  return purges.filter(({ to }) => folded.some((until) => until < to));
}

function shares(one: Interval, other: Interval | Day): boolean {
  return one.from < other.to && one.to > other.from;
}
