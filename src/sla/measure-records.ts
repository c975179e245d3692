import type { Measure, MeasuredClause } from '../config/contract.ts';
import type { CaseRecord, RecordFact } from '../facts/facts.ts';
import { plainName } from '../lib/plain-name.ts';
import { DAY, HOUR } from '../lib/time.ts';
import { headOf } from './measure-time.ts';
import { type Case, late } from './late-cases.ts';
import { gapMetrics } from './longest-gap.ts';
import { certain, judge, NO_METRIC, together } from './metric.ts';
import type { MonthTerms } from './month-terms.ts';
import { floored, ofNumber, plus, rational, rounded, type Rational } from './rational.ts';
import { counted, mayGoEitherWay, NOTHING, shortest, type Measured } from './record-figures.ts';
import type { CountClause } from './report.ts';

/** Clauses that people's records feed; `records` are those that stand. */
export function recordsClause(clause: MeasuredClause, records: readonly RecordFact[], terms: MonthTerms): CountClause {
  const { n, metrics } = MEASURINGS[clause.measure]?.(records, { clause, terms }) ?? NOTHING;
  const judged = clause.objectives.map((objective) => judge(objective, metrics[objective.metric] ?? NO_METRIC));
  const first = metrics[clause.objectives[0]?.metric ?? ''] ?? NO_METRIC;
  const print = first.print === 'ratio' ? floored : rounded;
  return {
    kind: 'count',
    ...headOf(clause),
    ...together(judged),
    unit: UNITS[clause.measure] ?? '',
    value: first.value === null ? null : print(first.value),
    n,
  };
}

const UNITS: Readonly<Record<string, string>> = {
  billing: 'ratio',
  page_load: 's',
  opening: 'late',
  'spam-case': 'late',
  complaint: 'late',
  'server-list': 'late',
  blocklist: 'late',
  'service-contact': 'unanswered',
  definitions: 'days',
  setting: 'mismatches',
  'account-lock': 'days',
  backup: 'hours',
};

/** What a measure makes of the records that stand. */
type Measuring = (records: readonly RecordFact[], asked: Asked) => Measured;
interface Asked {
  readonly clause: MeasuredClause;
  readonly terms: MonthTerms;
}

const MEASURINGS: Partial<Readonly<Record<Measure, Measuring>>> = {
  billing: (records, { terms }) => billing(ofMonth(records, terms), terms),
  page_load: (records, { clause, terms }) => pageLoad(ofMonth(records, terms), clause.where['profile'], terms),
  opening: (records, { clause, terms }) =>
    late(openings(ofMonth(records, terms), clause.where['domain']), clause.within, terms),
  'spam-case': cases('spam-case'),
  complaint: cases('complaint'),
  'server-list': cases('server-list'),
  blocklist: cases('blocklist'),
  'service-contact': (records, { clause, terms }) => {
    const { channel } = clause.where;
    const calls = ofMonth(records, terms)
      .filter((record) => record.kind === 'service-contact')
      .filter((call) => channel === undefined || plainName(call.channel) === plainName(channel));
    return counted('unanswered', calls.length, calls.filter(({ answered }) => !answered).length, terms);
  },
  setting: (records, { terms }) => {
    const settings = ofMonth(records, terms).filter((record) => record.kind === 'setting');
    const differing = settings.filter(({ expected, found }) => expected !== found);
    return counted('mismatches', settings.length, differing.length, terms);
  },
  definitions: (records, { terms }) => {
    const updates = records.filter((record) => record.kind === 'definitions').map(({ updated_at }) => updated_at);
    return gapMetrics({ max_gap_days: { instants: updates, unit: DAY } }, terms);
  },
  'account-lock': accountLock,
  backup,
};

/** A record counts in the month of its `at`. */
function ofMonth<One extends RecordFact>(records: readonly One[], { from, to }: MonthTerms): One[] {
  return records.filter(({ at }) => at >= from && at < to);
}

function openings(records: readonly RecordFact[], domain: string | undefined): Case[] {
  return records
    .filter((record) => record.kind === 'opening')
    .filter((opening) => domain === undefined || opening.domain === domain)
    .map(({ paid_at, opened_at, told_at }) => ({
      startedAt: paid_at,
      doneAt: opened_at === undefined || told_at === undefined ? undefined : Math.max(opened_at, told_at),
    }));
}

function cases(kind: CaseRecord['kind']): Measuring {
  const isCase = (record: RecordFact): record is CaseRecord => record.kind === kind;
  return (records, { clause, terms }) => {
    const found = ofMonth(records, terms).filter(isCase);
    return late(
      found.map(({ started_at, done_at }) => ({ startedAt: started_at, doneAt: done_at })),
      clause.within,
      terms,
    );
  };
}

/** All wrong of all billed. While the month runs it may still turn out either way. */
function billing(records: readonly RecordFact[], terms: MonthTerms): Measured {
  const bills = records.filter((record) => record.kind === 'billing');
  const customers = bills.reduce((sum, bill) => sum + bill.customers, 0);
  const wrong = bills.reduce((sum, bill) => sum + bill.wrong, 0);
  if (customers === 0) return NOTHING;
  return {
    n: bills.length,
    metrics: { error_rate: mayGoEitherWay(certain(rational(wrong, customers), 'ratio'), terms) },
  };
}

function pageLoad(records: readonly RecordFact[], profile: string | undefined, terms: MonthTerms): Measured {
  const loads = records
    .filter((record) => record.kind === 'page-load')
    .filter((load) => profile === undefined || load.profile === profile);
  if (loads.length === 0) return NOTHING;
  const sum = loads.reduce((seconds, load) => plus(seconds, ofNumber(load.seconds)), rational(0));
  const mean = rational(sum.num, sum.den * BigInt(loads.length));
  return { n: loads.length, metrics: { mean_s: mayGoEitherWay(certain(mean), terms) } };
}

/** How long data were kept after a lock, of those deleted this month: the shortest. */
function accountLock(records: readonly RecordFact[], { terms }: Asked): Measured {
  const kept: Rational[] = [];
  for (const record of records) {
    if (record.kind !== 'account-lock' || record.deleted_at === undefined) continue;
    if (record.deleted_at < terms.from || record.deleted_at >= terms.to) continue;
    kept.push(rational(record.deleted_at - record.locked_at, DAY));
  }
  return shortest('min_kept_days', kept, terms);
}

/** Only those that succeeded are backups. */
function backup(records: readonly RecordFact[], { terms }: Asked): Measured {
  const all = records.filter((record) => record.kind === 'backup');
  const good = all.filter(({ ok }) => ok);
  const gaps = gapMetrics(
    {
      max_gap_hours: { instants: good.map(({ finished_at }) => finished_at), unit: HOUR },
      max_full_gap_days: {
        instants: good.filter(({ level }) => level === 'full').map(({ finished_at }) => finished_at),
        unit: DAY,
      },
    },
    terms,
  );
  const inMonth = ofMonth(all, terms);
  const kept = inMonth
    .filter(({ oldest_kept_at }) => oldest_kept_at !== undefined)
    .map(({ finished_at, oldest_kept_at = finished_at }) => rational(finished_at - oldest_kept_at, DAY));
  return {
    n: inMonth.length,
    metrics: {
      ...gaps.metrics,
      ...shortest('min_kept_days', kept, terms).metrics,
      ...counted(
        'restore_failures',
        inMonth.length,
        inMonth.filter(({ restored_ok }) => restored_ok === false).length,
        terms,
      ).metrics,
    },
  };
}
