import type { Clause, Contract, Measure, MeasuredClause } from '../config/contract.ts';
import type { Facts, GapFact, HeaderFact, MessageFact, RunFact } from '../facts/facts.ts';
import { connectedTime, type ConnectedTime } from './connected.ts';
import { createMonthMessages, type DelayTerms, type MonthMessages } from './delays.ts';
import { windowsOf } from './exclusions.ts';
import { listedExclusions, listedRecords } from './listed.ts';
import { attachmentClause } from './measure-attachment.ts';
import { daysClause } from './measure-days.ts';
import { delayClause, longFrom } from './measure-delay.ts';
import { filterClause } from './measure-filter.ts';
import { recordsClause } from './measure-records.ts';
import { timeClause } from './measure-time.ts';
import { settlingOf } from './fate.ts';
import { minutesOf, monthTerms, type MonthTerms } from './month-terms.ts';
import { total, type Interval } from './interval.ts';
import { floored, rational } from './rational.ts';
import { standing, yearToDate } from './records.ts';
import { remedyOf } from './remedy.ts';
import type { ClauseReport, Report } from './report.ts';
import { createRouteSamples, type FactStream, type RouteSamples } from './samples.ts';
import { timeIn } from './timeline.ts';
import { written } from './written.ts';
import { formatInZone } from './zoned-text.ts';

/**
 * A month's report from its facts alone: the same facts and contract give the same report, whoever computes it.
 * `revision` is 1 from a file; a store counts on from there when a later fact changes a closed month.
 */
export function computeReport(facts: FactStream, contract: Contract, month: string, revision = 1): Report {
  const reporting = createReporting(facts.header, contract, month);
  for (const message of facts.messages) reporting.add(message);
  return reporting.report(facts, revision);
}

/** A month's report in the making: its messages one by one, in any order, of which their figures are kept, then all else. */
export interface Reporting {
  add(message: MessageFact): void;
  /** To be asked once, when all messages were added. */
  report(facts: Omit<Facts, 'messages'>, revision?: number): Report;
}

export function createReporting(header: HeaderFact, contract: Contract, month: string): Reporting {
  const terms = monthTerms(month, contract, { since: header.from, known: header.to });
  const delayTerms: DelayTerms = {
    month: terms,
    reach_within: contract.reach_within,
    lost_after: contract.lost_after,
  };
  const messages = createMonthMessages(delayTerms, longFrom(contract.clauses));
  const routes = createRouteSamples(header, contract);
  const fateTerms = { lost_after: contract.lost_after, known: terms.known };
  return {
    add(message) {
      const settling = settlingOf(message, fateTerms);
      messages.add(message, settling);
      routes.add(message, settling);
    },
    report: (facts, revision = 1) => reportOf(facts, { contract, revision, delayTerms, messages, routes }),
  };
}

interface Gathered {
  readonly contract: Contract;
  readonly revision: number;
  readonly delayTerms: DelayTerms;
  readonly messages: MonthMessages;
  readonly routes: RouteSamples;
}

function reportOf(
  facts: Omit<Facts, 'messages'>,
  { contract, revision, delayTerms, messages, routes }: Gathered,
): Report {
  const { month: terms } = delayTerms;
  const { month, timezone } = terms;
  const windows = windowsOf(facts.exclusions, contract);
  const connected = connectedTime(facts, contract, routes);
  const open = [...routes.series].flatMap((route) => route.open).filter((at) => at >= terms.from && at < terms.to);
  const waitsIn = ({ from, to }: Interval): boolean => to <= terms.known && open.some((at) => at >= from && at <= to);
  const records = standing(facts.records);
  const timeFacts = {
    terms,
    connected,
    windows,
    settled:
      open.length === 0 ? undefined : once(() => SETTLED.map((as) => connectedTime(facts, contract, routes, as))),
    sampled: isSampled(connected, terms),
    transients: transientsIn(facts.runs, connected, terms),
  };
  const delayFacts = { terms: delayTerms, messages, windows };
  const time = (clause: MeasuredClause): ClauseReport => timeClause(clause, timeFacts);
  const year = { since: facts.header.from, toDate: yearToDate(facts) };
  const delay = (clause: MeasuredClause): ClauseReport => delayClause(clause, delayFacts);
  const filter = (clause: MeasuredClause): ClauseReport => filterClause(clause, messages, terms);
  const entered = (clause: MeasuredClause): ClauseReport => recordsClause(clause, records, terms);
  const measures: Readonly<Record<Measure, (clause: MeasuredClause) => ClauseReport>> = {
    downtime: time,
    fault: time,
    adjustment: time,
    coverage: time,
    fault_days: (clause) => daysClause(clause, timeFacts, year),
    send_delay: delay,
    receive_delay: delay,
    attachment_delay: (clause) => attachmentClause(clause, delayFacts),
    spam_caught: filter,
    virus_caught: filter,
    billing: entered,
    page_load: entered,
    opening: entered,
    'spam-case': entered,
    complaint: entered,
    'server-list': entered,
    blocklist: entered,
    'service-contact': entered,
    definitions: entered,
    setting: entered,
    'account-lock': entered,
    backup: entered,
  };
  const measure = (clause: MeasuredClause): ClauseReport => measures[clause.measure](clause);
  const report = (clause: Clause): ClauseReport =>
    clause.blank ? { kind: 'blank', id: clause.id, title: clause.title, blank: true, verdict: null } : measure(clause);
  const clauses = contract.clauses.map(report);
  const { unmeasured } = timeIn(connected.estimate, terms, []);
  const lacking = total(unmeasured);
  const pending = messages.pending();
  return {
    format: 'mailwitness-report',
    version: 1,
    revision,
    contract: contract.contract,
    month,
    timezone,
    from: formatInZone(terms.from, timezone),
    to: formatInZone(terms.to, timezone),
    known_at: formatInZone(facts.header.to, timezone),
    system: facts.header.system,
    provisional: terms.running || pending > 0,
    pending,
    coverage: floored(rational(terms.to - terms.from - lacking, terms.to - terms.from)),
    unmeasured_minutes: minutesOf(lacking),
    unmeasured_stretches: unmeasured.map((stretch) => ({
      from: formatInZone(stretch.from, timezone),
      to: formatInZone(stretch.to, timezone),
      why: gapIn(facts.gaps, stretch) ?? (waitsIn(stretch) ? 'pending' : null),
    })),
    month_minutes: minutesOf(terms.length),
    clauses,
    exclusions: listedExclusions(facts.exclusions, windows, { clauses: contract.clauses, ...delayFacts }).map(
      (exclusion) => {
        const why = windows.notCounted(exclusion);
        return { ...written(exclusion, timezone), counts: why === undefined, ...(why === undefined ? {} : { why }) };
      },
    ),
    records: listedRecords(facts.records, records, { clauses: contract.clauses, terms }).map((record) =>
      written(record, timezone),
    ),
    remedy: remedyOf(contract, clauses, measure),
  };
}

const SETTLED = ['good', 'bad'] as const;

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function gapIn(gaps: readonly GapFact[], { from, to }: Interval): string | null {
  let first: GapFact | undefined;
  for (const gap of gaps) {
    if (gap.from < to && gap.to > from && (first === undefined || gap.from < first.from)) first = gap;
  }
  return first?.why ?? null;
}

/** Whether anything that counts was seen in the month: no data is neither up nor down. */
function isSampled({ checks }: ConnectedTime, terms: MonthTerms): boolean {
  return checks.some(({ seen }) => seen.some((series) => series.some((one) => isIn(one, terms))));
}

/** A run that reaches over the month's edge tells only how many there were in all: they count in both months. */
function transientsIn(runs: readonly RunFact[], { checks }: ConnectedTime, terms: MonthTerms): number {
  const names = new Set(checks.map(({ check }) => check));
  return runs
    .filter((run) => names.has(run.check) && isIn(run, terms))
    .reduce((sum, { transients = 0 }) => sum + transients, 0);
}

/** Half-open: what ends as the month begins is not in it; one that begins then is, if it lasts no time at all. */
function isIn(seen: Interval, { from, to }: Interval): boolean {
  return seen.from < to && (seen.to > from || seen.from === from);
}
