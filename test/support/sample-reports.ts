import type { RenderMeta } from '../../src/report/context.ts';
import type {
  BlankClauseReport,
  CountClause,
  DaysClause,
  DelayClause,
  ObjectiveReport,
  OutageReport,
  Report,
  TimeClause,
} from '../../src/sla/report.ts';

/** Reports made by hand, small enough to be read in every format. */

export const SAMPLE_META: RenderMeta = { engine: 'mailwitness 0.1.0', tzdata: '2026a' };

const AVAILABILITY = { metric: 'availability', op: '>=', limit: 0.999 } as const;
const MEAN = { metric: 'mean_s', op: '<=', limit: 60 } as const;
const EXCEEDANCES = { metric: 'exceedances', over_s: 3600, op: '<', limit: 2 } as const;
const MET = { verdict: 'met', verdict_on_measured: 'met', disagreement: false } as const;
const WITHOUT_DATA = { verdict: 'no data', verdict_on_measured: 'no data' } as const;

/** What a hostile server might say: markup, a link, a table's bar, colours of a terminal, a formula, a turned direction. */
export const HOSTILE =
  '550 <img src=x onerror="alert(1)">&amp; [free](http://evil.example) | \u001b[31mred\u001b[0m\r\n`x` \u202egnp.exe';

export const QUIET: Report = report({
  revision: 2,
  clauses: [connectivity({}), sendDelay({}), faultDays({}), blank()],
});

/** Missed in every way, with exclusions of every kind and a hostile server. */
export const MISSED: Report = report({
  coverage: 0.999796,
  unmeasured_minutes: 9.1,
  unmeasured_stretches: [
    { from: '2026-03-09T04:00:00+08:00', to: '2026-03-09T04:09:00+08:00', why: 'own-line' },
    { from: '2026-03-21T23:59:57+08:00', to: '2026-03-22T00:00:03+08:00', why: null },
  ],
  clauses: [
    connectivity({
      verdict: 'missed',
      verdict_on_measured: 'missed',
      disagreement: true,
      value: 44.3,
      least: 44.1,
      most: 44.5,
      gross: 84.3,
      unmeasured: 9.1,
      excluded: 45,
      would_be: 29.3,
      transients: 3,
      objectives: [
        objective({ value: 44.3, best: 44.1, worst: 53.6, verdict: 'missed' }),
        objective({ ...AVAILABILITY, value: 0.999007, best: 0.999012, worst: 0.998799, verdict: 'met' }),
      ],
      outages: [
        {
          from: '2026-03-05T10:02:30+08:00',
          to: '2026-03-05T10:32:30+08:00',
          least_s: 1794,
          most_s: 1806,
          checks: ['mx', 'inbound'],
          cause: 'refused',
          detail: HOSTILE,
        },
        {
          from: '2026-03-31T23:45:42+08:00',
          to: '2026-04-01T00:00:00+08:00',
          least_s: 852,
          most_s: 864,
          checks: ['imap'],
          cause: null,
          detail: null,
        },
      ],
    }),
    sendDelay({
      verdict: 'missed',
      verdict_on_measured: 'missed',
      n: 720,
      mean_s: 60.0015,
      mean_least_s: 59.9,
      mean_most_s: 60.0015,
      max_s: 3601,
      exceedances: 2,
      exceedances_least: 1,
      exceedances_most: 2,
      lost: 1,
      lost_ids: ['m-9'],
      over_ids: ['m-7'],
      duplicates: 4,
      excluded: 12,
      would_be: 59.2,
      gross_mean_s: 61.25,
      gross_exceedances: 4,
      would_be_exceedances: 1,
      would_be_verdict: 'met',
      distribution: [
        { up_to_s: 1, n: 0 },
        { up_to_s: 60, n: 700 },
        { up_to_s: 3600, n: 19 },
        { up_to_s: null, n: 1 },
      ],
      notable: [
        { id: 'm-7', accepted_at: '2026-03-05T10:03:00.250+08:00', delay_s: 3601, why: 'over' },
        { id: 'm-9', accepted_at: '2026-03-06T11:00:00+08:00', delay_s: null, why: 'lost' },
      ],
      objectives: [
        objective({ ...MEAN, value: 60.0015, best: 59.9, worst: 60.0015, verdict: 'open', reason: 'sampling' }),
        objective({ ...EXCEEDANCES, value: 2, best: 1, worst: 2, verdict: 'missed' }),
      ],
    }),
    time({
      id: '3d',
      title: { zh: '系统可用率', en: 'Availability of the system' },
      measure: 'fault',
      verdict: 'missed',
      verdict_on_measured: 'missed',
      value: 4.508,
      least: 4.508,
      most: 4.508,
      gross: 4.508,
      outages: [outage('2026-03-05T10:02:30+08:00', '2026-03-05T10:07:00.480+08:00')],
      objectives: [
        // 99.9899 % must not read as the 99.99 % that was promised.
        objective({
          ...AVAILABILITY,
          limit: 0.9999,
          value: 0.999899,
          best: 0.999899,
          worst: 0.999899,
          verdict: 'missed',
        }),
      ],
    }),
    billing({ verdict: 'missed', verdict_on_measured: 'missed', value: 0.00004, n: 1 }),
  ],
  exclusions: [
    {
      id: 'x-1',
      from: '2026-03-05T09:00:00+08:00',
      to: '2026-03-05T09:40:00+08:00',
      ground: 'e',
      entered_by: 'li.wei',
      entered_at: '2026-03-06T09:00:00+08:00',
      note: 'Carrier cut, ticket =1+1',
      counts: true,
    },
    {
      id: 'x-2',
      from: '2026-03-05T10:02:30+08:00',
      to: '2026-03-05T10:17:30+08:00',
      ground: 'a',
      entered_by: 'li.wei',
      entered_at: '2026-03-04T09:00:00+08:00',
      announced_at: '2026-03-03T09:00:00+08:00',
      note: 'Patch day',
      counts: false,
      why: 'unapproved',
    },
    {
      id: 'x-3',
      from: '2026-03-07T10:00:00+08:00',
      to: '2026-03-07T11:00:00+08:00',
      ground: 'b',
      entered_by: 'li.wei',
      entered_at: '2026-03-08T09:00:00+08:00',
      withdrawn_by: 'wang.fang',
      withdrawn_at: '2026-03-09T09:00:00+08:00',
      note: HOSTILE,
      counts: false,
      why: 'withdrawn',
    },
    {
      id: 'x-4',
      from: '2026-03-05T08:55:00+08:00',
      to: '2026-03-05T09:40:00+08:00',
      ground: 'e',
      entered_by: 'li.wei',
      entered_at: '2026-03-05T18:00:00+08:00',
      note: '',
      counts: false,
      why: 'replaced',
    },
    {
      id: 'x-5',
      from: '2026-03-05T09:35:00+08:00',
      to: '2026-03-05T09:45:00+08:00',
      ground: 'a',
      entered_by: 'li.wei',
      entered_at: '2026-03-05T18:00:00+08:00',
      approved_by: 'zhao.min',
      approved_at: '2026-03-06T18:00:00+08:00',
      replaces: 'x-4',
      note: 'Overlaps x-1',
      counts: true,
    },
  ],
  records: [
    { id: 'r-1', kind: 'billing', at: '2026-03-31T12:00:00+08:00', customers: 50000, wrong: 2 },
    {
      id: 'r-2',
      kind: 'backup',
      at: '2026-03-30T03:00:00+08:00',
      level: 'full',
      finished_at: '2026-03-30T02:10:00+08:00',
      ok: true,
    },
  ],
  remedy: [{ kind: 'double-service-time', because: ['1', '2a', '3d', '3f'] }],
});

/** A month that still runs, with a clause open for each reason. */
export const OPEN: Report = report({
  known_at: '2026-03-20T12:00:00+08:00',
  provisional: true,
  pending: 1,
  coverage: 0.6,
  unmeasured_minutes: 9.1,
  unmeasured_stretches: [
    { from: '2026-03-09T04:00:00+08:00', to: '2026-03-09T04:09:06+08:00', why: 'stopped' },
    { from: '2026-03-20T12:00:00+08:00', to: '2026-04-01T00:00:00+08:00', why: null },
  ],
  clauses: [
    connectivity({
      ...open('coverage'),
      value: 43.9,
      least: 43.9,
      most: 43.9,
      gross: 43.9,
      outages: [outage('2026-03-05T10:00:00+08:00', '2026-03-05T10:43:54+08:00')],
      unmeasured: 9.1,
      objectives: [objective({ value: 43.9, best: 43.9, worst: 53, verdict: 'open', reason: 'coverage' })],
    }),
    time({
      id: '3b',
      title: { zh: '故障总历时', en: 'Fault total' },
      measure: 'fault',
      ...open('sampling'),
      outages: [outage('2026-03-05T10:00:00+08:00', '2026-03-05T11:40:00+08:00')],
      value: 99.999999,
      least: 99.9,
      most: 101,
      gross: 99.999999,
      objectives: [
        objective({
          op: '<=',
          limit: 100,
          value: 99.999999,
          best: 99.9,
          worst: 101,
          verdict: 'open',
          reason: 'sampling',
        }),
      ],
    }),
    sendDelay({
      ...open('pending'),
      pending: 1,
      exceedances_most: 2,
      exceedances: 1,
      exceedances_least: 1,
      objectives: [objective({ ...EXCEEDANCES, value: 1, best: 1, worst: 2, verdict: 'open', reason: 'pending' })],
    }),
    faultDays({
      ...open('running'),
      value: 78,
      least: 77,
      most: 78,
      fault_days: ['2026-03-05'],
      unmeasured_days: ['2026-03-09'],
      objectives: [
        objective({
          metric: 'fault_free_days',
          op: '>=',
          limit: 360,
          value: 78,
          best: 364,
          worst: null,
          verdict: 'open',
          reason: 'running',
        }),
      ],
    }),
    count({
      id: '4b',
      title: { zh: '本域垃圾邮件处理', en: 'Own-domain spam' },
      measure: 'spam-case',
      unit: 'late',
      ...open('calendar unknown'),
      value: 0,
      n: 1,
      objectives: [
        objective({
          metric: 'late',
          op: '<=',
          limit: 0,
          value: 0,
          best: 0,
          worst: 1,
          verdict: 'open',
          reason: 'calendar unknown',
        }),
      ],
    }),
  ],
});

/** Nothing was measured, nothing entered. */
export const NO_DATA: Report = report({
  coverage: 0,
  unmeasured_minutes: 44640,
  unmeasured_stretches: [{ from: '2026-03-01T00:00:00+08:00', to: '2026-04-01T00:00:00+08:00', why: null }],
  clauses: [
    connectivity({
      ...WITHOUT_DATA,
      value: null,
      least: null,
      most: null,
      gross: null,
      unmeasured: null,
      objectives: [nothing({}), nothing(AVAILABILITY)],
    }),
    sendDelay({
      ...WITHOUT_DATA,
      n: 0,
      mean_s: null,
      mean_least_s: null,
      mean_most_s: null,
      max_s: null,
      p50_s: null,
      p95_s: null,
      p99_s: null,
      distribution: [
        { up_to_s: 60, n: 0 },
        { up_to_s: null, n: 0 },
      ],
      objectives: [nothing(MEAN), nothing(EXCEEDANCES)],
    }),
    billing({ ...WITHOUT_DATA, value: null, n: 0 }),
  ],
});

/** Another provider's contract: months of 30 days, credits; and a month of which the clock has two offsets. */
export const CREDITS: Report = report({
  contract: 'hosted-mail-credits',
  month: '2026-10',
  timezone: 'Europe/Berlin',
  from: '2026-10-01T00:00:00+02:00',
  to: '2026-11-01T00:00:00+01:00',
  known_at: '2026-11-02T06:00:00+01:00',
  month_minutes: 43200,
  clauses: [
    connectivity({
      id: 'availability',
      title: { zh: '月度可用性', en: 'Monthly availability' },
      verdict: 'missed',
      verdict_on_measured: 'missed',
      value: 60,
      least: 60,
      most: 60,
      gross: 60,
      objectives: [
        objective({ ...AVAILABILITY, value: 0.998611, best: 0.998611, worst: 0.998611, verdict: 'missed' }),
        objective({ value: 60, best: 60, worst: 60, verdict: 'missed', governs: false }),
      ],
      outages: [
        {
          from: '2026-10-25T02:30:00+02:00',
          to: '2026-10-25T02:30:00+01:00',
          least_s: 3600,
          most_s: 3600,
          checks: ['webmail'],
          cause: 'status',
          detail: '503 Service Unavailable',
        },
      ],
    }),
  ],
  remedy: [{ kind: 'credit-10', because: ['availability'] }],
});

function report(more: Partial<Report>): Report {
  return {
    format: 'mailwitness-report',
    version: 1,
    revision: 1,
    contract: 'enterprise-mail-guarantee',
    month: '2026-03',
    timezone: 'Asia/Shanghai',
    from: '2026-03-01T00:00:00+08:00',
    to: '2026-04-01T00:00:00+08:00',
    known_at: '2026-04-02T06:00:00+08:00',
    system: 'corp.example',
    provisional: false,
    pending: 0,
    coverage: 1,
    unmeasured_minutes: 0,
    unmeasured_stretches: [],
    month_minutes: 44640,
    clauses: [],
    exclusions: [],
    records: [],
    remedy: [],
    ...more,
  };
}

function objective(more: Partial<ObjectiveReport>): ObjectiveReport {
  return {
    metric: 'down_minutes',
    op: '<',
    limit: 44,
    value: 0,
    best: 0,
    worst: 0,
    verdict: 'met',
    governs: true,
    ...more,
  };
}

function nothing(more: Partial<ObjectiveReport>): ObjectiveReport {
  return objective({ ...more, value: null, best: null, worst: null, verdict: 'no data' });
}

function open(reason: NonNullable<TimeClause['reason']>): Pick<TimeClause, 'verdict' | 'reason'> {
  return { verdict: 'open', reason };
}

function outage(from: string, to: string): OutageReport {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
  return { from, to, least_s: seconds, most_s: seconds, checks: ['submission'], cause: 'timeout', detail: null };
}

function time(more: Partial<TimeClause> & Pick<TimeClause, 'id' | 'title' | 'measure'>): TimeClause {
  return {
    kind: 'time',
    ...MET,
    objectives: [objective({})],
    unit: 'min',
    value: 0,
    least: 0,
    most: 0,
    gross: 0,
    unmeasured: 0,
    excluded: 0,
    would_be: null,
    transients: 0,
    outages: [],
    ...more,
  };
}

function connectivity(more: Partial<TimeClause>): TimeClause {
  return time({ id: '1', title: { zh: '邮箱连通性', en: 'Connectivity' }, measure: 'downtime', ...more });
}

function sendDelay(more: Partial<DelayClause>): DelayClause {
  return {
    kind: 'delay',
    id: '2a',
    title: { zh: '发送时效', en: 'Sending' },
    measure: 'send_delay',
    ...MET,
    objectives: [
      objective({ ...MEAN, value: 3.1, best: 3, worst: 3.1 }),
      objective({ ...EXCEEDANCES, value: 0, best: 0, worst: 0 }),
    ],
    unit: 's',
    n: 44000,
    mean_s: 3.1,
    mean_least_s: 3,
    mean_most_s: 3.1,
    max_s: 59,
    exceedances: 0,
    exceedances_least: 0,
    exceedances_most: 0,
    lost: 0,
    lost_ids: [],
    over_ids: [],
    duplicates: 0,
    pending: 0,
    p50_s: 1,
    p95_s: 4,
    p99_s: 9.25,
    excluded: 0,
    would_be: null,
    distribution: [
      { up_to_s: 1, n: 30000 },
      { up_to_s: 60, n: 14000 },
      { up_to_s: null, n: 0 },
    ],
    notable: [],
    ...more,
  };
}

function faultDays(more: Partial<DaysClause>): DaysClause {
  return {
    kind: 'days',
    id: '3e',
    title: { zh: '全年无故障天数', en: 'Fault-free days of the year' },
    measure: 'fault_days',
    ...MET,
    objectives: [objective({ metric: 'fault_free_days', op: '>=', limit: 360, value: 365, best: 365, worst: 365 })],
    unit: 'days',
    value: 365,
    least: 365,
    most: 365,
    fault_days: [],
    unmeasured_days: [],
    ...more,
  };
}

function count(more: Partial<CountClause> & Pick<CountClause, 'id' | 'title' | 'measure' | 'unit'>): CountClause {
  return { kind: 'count', ...MET, objectives: [], value: 0, n: 0, ...more };
}

function billing(more: Partial<CountClause> & Pick<CountClause, 'value'>): CountClause {
  const { value, verdict = 'met' } = more;
  return count({
    id: '3f',
    title: { zh: '计费准确', en: 'Billing' },
    measure: 'billing',
    unit: 'ratio',
    objectives: [objective({ metric: 'error_rate', op: '<=', limit: 3e-5, value, best: value, worst: value, verdict })],
    ...more,
  });
}

function blank(): BlankClauseReport {
  return {
    kind: 'blank',
    id: '6',
    title: { zh: '系统防护', en: 'Protection of the system' },
    blank: true,
    verdict: null,
  };
}
