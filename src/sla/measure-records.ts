import type { MeasuredClause, Within } from '../config/contract.ts';
import type { BackupRecord, CaseRecord, Millis, RecordFact } from '../facts/facts.ts';
import { DAY, HOUR } from '../lib/time.ts';
import { headOf } from './measure-time.ts';
import { certain, judge, NO_METRIC, range, together, type Metric } from './metric.ts';
import type { MonthTerms } from './month-terms.ts';
import { floored, ofNumber, plus, rational, rounded, smaller, type Rational } from './rational.ts';
import type { CountClause } from './report.ts';
import { workingDayDeadline } from './working-days.ts';

/** Clauses that people's records feed; `records` are those that stand. */
export function recordsClause(clause: MeasuredClause, records: readonly RecordFact[], terms: MonthTerms): CountClause {
  const { n, metrics } = measureOf(clause, records, terms);
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

interface Measured {
  readonly n: number;
  readonly metrics: Readonly<Record<string, Metric>>;
}

const NOTHING: Measured = { n: 0, metrics: {} };

function measureOf(
  { measure, where, within }: MeasuredClause,
  records: readonly RecordFact[],
  terms: MonthTerms,
): Measured {
  const inMonth = (at: Millis): boolean => at >= terms.from && at < terms.to;
  const ofMonth = records.filter(({ at }) => inMonth(at));
  switch (measure) {
    case 'billing':
      return billing(ofMonth, terms);
    case 'page_load':
      return pageLoad(ofMonth, where['profile'], terms);
    case 'opening':
      return late(
        ofMonth
          .filter((record) => record.kind === 'opening')
          .filter(({ domain }) => where['domain'] === undefined || domain === where['domain'])
          .map(({ paid_at, opened_at, told_at }) => ({
            startedAt: paid_at,
            doneAt: opened_at === undefined || told_at === undefined ? undefined : Math.max(opened_at, told_at),
          })),
        within,
        terms,
      );
    case 'spam-case':
    case 'complaint':
    case 'server-list':
    case 'blocklist':
      return late(
        ofMonth.filter(isCase(measure)).map(({ started_at, done_at }) => ({ startedAt: started_at, doneAt: done_at })),
        within,
        terms,
      );
    case 'service-contact': {
      const calls = ofMonth.filter((record) => record.kind === 'service-contact');
      return counted('unanswered', calls.length, calls.filter(({ answered }) => !answered).length, terms);
    }
    case 'setting': {
      const settings = ofMonth.filter((record) => record.kind === 'setting');
      return counted(
        'mismatches',
        settings.length,
        settings.filter(({ expected, found }) => expected !== found).length,
        terms,
      );
    }
    case 'definitions': {
      const updates = records.filter((record) => record.kind === 'definitions').map(({ updated_at }) => updated_at);
      return gapMetrics({ max_gap_days: { instants: updates, unit: DAY } }, terms);
    }
    case 'account-lock':
      return accountLock(records, inMonth, terms);
    case 'backup':
      return backup(
        records.filter((record) => record.kind === 'backup'),
        inMonth,
        terms,
      );
    default:
      return NOTHING;
  }
}

function isCase(kind: CaseRecord['kind']): (record: RecordFact) => record is CaseRecord {
  return (record): record is CaseRecord => record.kind === kind;
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

function mayGoEitherWay(metric: Metric, { running }: MonthTerms): Metric {
  return running ? { ...metric, possible: range(null), running } : metric;
}

/** What can only become more while the month runs. */
function mayGrow(metric: Metric, { running }: MonthTerms): Metric {
  return running ? { ...metric, possible: range(metric.possible.low, null), running } : metric;
}

function counted(name: string, n: number, count: number, terms: MonthTerms): Measured {
  return n === 0 ? NOTHING : { n, metrics: { [name]: mayGrow(certain(rational(count)), terms) } };
}

/** Due at its deadline, inclusive. One that is still open and not past its due is late only in the worst case. */
function late(
  cases: readonly { readonly startedAt: Millis; readonly doneAt: Millis | undefined }[],
  within: Within | undefined,
  terms: MonthTerms,
): Measured {
  if (cases.length === 0 || within === undefined) return NOTHING;
  let sure = 0;
  let open = 0;
  let unknown = 0;
  for (const { startedAt, doneAt } of cases) {
    const due = dueOf(startedAt, within, terms.timezone);
    if (due === 'calendar unknown') unknown++;
    else if (doneAt !== undefined) sure += doneAt > due ? 1 : 0;
    else if (terms.known > due) sure++;
    else open++;
  }
  const value = rational(sure);
  const metric: Metric = {
    ...certain(value),
    pending: range(value, rational(sure + open)),
    possible: range(value, rational(sure + open + unknown)),
    calendarUnknown: unknown > 0,
  };
  return { n: cases.length, metrics: { late: mayGrow(metric, terms) } };
}

function dueOf(startedAt: Millis, within: Within, timezone: string): Millis | 'calendar unknown' {
  return within.kind === 'elapsed' ? startedAt + within.ms : workingDayDeadline(startedAt, within.days, timezone);
}

interface Instants {
  readonly instants: readonly Millis[];
  /** ms of one of the metric. */
  readonly unit: number;
}

/** The longest time without one: between two, and from the last to the month's end; it begins at the last one before. */
function gapMetrics(of: Readonly<Record<string, Instants>>, terms: MonthTerms): Measured {
  const metrics: Record<string, Metric> = {};
  let n = 0;
  for (const [name, { instants, unit }] of Object.entries(of)) {
    const until = Math.min(terms.known, terms.to);
    const sorted = instants.filter((at) => at < terms.to && at <= terms.known).sort((a, b) => a - b);
    const before = sorted.findLastIndex((at) => at < terms.from);
    const counts = sorted.slice(Math.max(0, before));
    n = Math.max(n, counts.length);
    const longest = counts.reduce((most, at, index) => Math.max(most, (counts[index + 1] ?? until) - at), 0);
    if (counts.length > 0) metrics[name] = mayGrow(certain(rational(longest, unit)), terms);
  }
  return { n, metrics };
}

/** How long data were kept after a lock, of those deleted this month: the shortest. */
function accountLock(records: readonly RecordFact[], inMonth: (at: Millis) => boolean, terms: MonthTerms): Measured {
  const kept: Rational[] = [];
  for (const record of records) {
    if (record.kind !== 'account-lock' || record.deleted_at === undefined || !inMonth(record.deleted_at)) continue;
    kept.push(rational(record.deleted_at - record.locked_at, DAY));
  }
  return shortest('min_kept_days', kept, terms);
}

function shortest(name: string, values: readonly Rational[], { running }: MonthTerms): Measured {
  const [first, ...others] = values;
  if (first === undefined) return NOTHING;
  const least = others.reduce(smaller, first);
  const metric = certain(least);
  return {
    n: values.length,
    metrics: { [name]: running ? { ...metric, possible: range(null, least), running } : metric },
  };
}

/** Only those that succeeded are backups. */
function backup(records: readonly BackupRecord[], inMonth: (at: Millis) => boolean, terms: MonthTerms): Measured {
  const good = records.filter(({ ok }) => ok);
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
  const ofMonth = records.filter(({ at }) => inMonth(at));
  const kept = ofMonth
    .filter(({ oldest_kept_at }) => oldest_kept_at !== undefined)
    .map(({ finished_at, oldest_kept_at = finished_at }) => rational(finished_at - oldest_kept_at, DAY));
  const restored = ofMonth.filter(({ restored_ok }) => restored_ok !== undefined);
  return {
    n: ofMonth.length,
    metrics: {
      ...gaps.metrics,
      ...shortest('min_kept_days', kept, terms).metrics,
      ...counted(
        'restore_failures',
        restored.length,
        restored.filter(({ restored_ok }) => restored_ok === false).length,
        terms,
      ).metrics,
    },
  };
}
