import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { said } from '../../test/support/said.ts';
import {
  MINUTE,
  at,
  downExactly,
  good,
  message,
  reportOf,
  run,
  withContract,
  type Case,
} from '../../test/support/worked-month.ts';
import { parseContract } from '../config/load-contract.ts';
import type { RecordFact, YearToDateRecord } from '../facts/facts.ts';
import { monthSpan } from './month.ts';

// Rows of the same kind as those of cases.test.ts, at the edges of its rules; each worked out by hand.

type Row = readonly [name: string, given: Case, expected: Readonly<Record<string, unknown>>];

const TEN = at('2026-03-10 10:00');
const DAY = 24 * 60 * MINUTE;
const { from: BEGIN, to: END } = monthSpan('2026-03', 'Asia/Shanghai');

let serial = 0;
function record(kind: RecordFact['kind'], when: number, more: object): RecordFact {
  return { type: 'record', id: `R${++serial}`, kind, at: when, ...more } as RecordFact;
}
function judged(name: string, records: readonly RecordFact[], expected: Row[2], more: Case = {}): Row {
  return [name, { records, ...(more.month === undefined ? {} : { runs: good(more.month) }), ...more }, expected];
}
const spam = (started: string, done: string) =>
  record('spam-case', at(started), { started_at: at(started), done_at: at(done), what: 'w' });
const complaint = (started: string, done?: string, more: object = {}) =>
  record('complaint', at(started), {
    started_at: at(started),
    ...(done === undefined ? {} : { done_at: at(done) }),
    what: 'w',
    ...more,
  });

/** One working day: due as a day ends, and late a millisecond after. */
function workingDay(name: string, started: string, due: string): readonly Row[] {
  const month = started.slice(0, 7);
  return [
    judged(`${name}, in time`, [spam(started, due)], { '4b.verdict': 'met' }, { month }),
    judged(`${name}, late`, [spam(started, `${due}:00.001`)], { '4b.verdict': 'missed' }, { month }),
  ];
}

const open = complaint('2026-03-29 10:00');
const unanswered = complaint('2026-03-10 10:00');
const opening = (domain: string, paid: string, opened?: string, told?: string) =>
  record('opening', TEN, {
    domain,
    paid_at: at(paid),
    ...(opened === undefined ? {} : { opened_at: at(opened) }),
    ...(told === undefined ? {} : { told_at: at(told) }),
  });
const billing = (customers: number, wrong: number) => record('billing', TEN, { customers, wrong });
const locked = (since: number, until: number) => record('account-lock', since, { locked_at: since, deleted_at: until });
const updates = (...days: readonly number[]) =>
  days.map((day) => record('definitions', BEGIN + day * DAY, { updated_at: BEGIN + day * DAY }));

const records: readonly Row[] = [
  ...workingDay('before National Day', '2026-09-30 10:00', '2026-10-09 00:00'),
  ...workingDay('Friday before a Saturday that is worked', '2026-10-09 10:00', '2026-10-11 00:00'),
  ...workingDay('Saturday before a Sunday that is worked', '2026-09-19 10:00', '2026-09-21 00:00'),
  ...workingDay('the last millisecond of a day', '2026-03-10 23:59:59.999', '2026-03-12 00:00'),
  ...workingDay('a Saturday', '2026-03-14 09:00', '2026-03-17 00:00'),
  judged('72 hours', [complaint('2026-03-10 10:00', '2026-03-13 10:00')], { '4c.verdict': 'met' }),
  judged('a millisecond more', [complaint('2026-03-10 10:00', '2026-03-13 10:00:00.001')], { '4c.verdict': 'missed' }),
  judged('open as it is due', [open], { '4c.verdict': 'open', '4c.reason': 'pending' }, { to: at('2026-04-01 10:00') }),
  judged('open a millisecond later', [open], { '4c.verdict': 'missed' }, { to: at('2026-04-01 10:00') + 1 }),
  judged('of the instant at which the month ends', [complaint('2026-03-10 10:00', undefined, { at: END })], {
    '4c.verdict': 'no data',
  }),
  judged('of the one before', [complaint('2026-03-10 10:00', undefined, { at: END - 1 })], { '4c.verdict': 'missed' }),
  judged(
    'replaced by one in time',
    [unanswered, complaint('2026-03-10 10:00', '2026-03-11 10:00', { replaces: unanswered.id })],
    { '4c.verdict': 'met', '4c.n': 1, '/records.length': 2 },
  ),
  judged(
    'replaced by one of another month',
    [unanswered, complaint('2026-03-10 10:00', '2026-03-11 10:00', { replaces: unanswered.id, at: END + DAY })],
    { '4c.verdict': 'no data' },
  ),
  judged(
    'opened at once, and told as the day ends',
    [opening('own', '2026-03-10 10:00', '2026-03-10 11:00', '2026-03-11 10:00')],
    { '8a.verdict': 'met', '8b.verdict': 'no data' },
  ),
  judged('opened, and never told', [opening('own', '2026-03-10 10:00', '2026-03-10 11:00')], {
    '8a.verdict': 'missed',
  }),
  judged(
    'two days are in time for a new domain alone',
    ['own', 'new'].map((domain) => opening(domain, '2026-03-10 10:00', '2026-03-12 10:00', '2026-03-12 10:00')),
    { '8a.verdict': 'missed', '8b.verdict': 'met' },
  ),
  judged('3 of 100,000', [billing(100_000, 3)], { '3f.value': 0.00003, '3f.verdict': 'met' }),
  judged('4 of 133,333 are more, though no decimal shows it', [billing(100_000, 3), billing(33_333, 1)], {
    '3f.value': 0.00003,
    '3f.verdict': 'missed',
  }),
  judged('nobody billed', [billing(0, 0)], { '3f.value': null, '3f.verdict': 'no data' }),
  judged('kept 90 days', [locked(TEN - 90 * DAY, TEN)], { '7a.value': 90, '7a.verdict': 'met' }),
  judged('a millisecond less, though no decimal shows it', [locked(TEN - 90 * DAY + 1, TEN)], {
    '7a.value': 90,
    '7a.verdict': 'missed',
  }),
  judged('deleted as the next month begins', [locked(TEN, END)], { '7a.verdict': 'no data' }),
  judged('an update each week, the first of them before the month', updates(-1, 6, 13, 20, 27), {
    '5c.value': 7,
    '5c.verdict': 'met',
  }),
  judged('the last one to the end of the month', updates(-1, 6, 13, 20), { '5c.value': 11, '5c.verdict': 'missed' }),
  judged('one a day before, and none', updates(-1), { '5c.value': 32, '5c.verdict': 'missed' }),
  judged(
    'what was missed by several clauses, once a kind, in the order of the contract',
    [complaint('2026-03-01 10:00', '2026-03-10 10:00')],
    {
      '/remedy': [
        { kind: 'double-service-time', because: ['1', '2b', '3b', '3d'] },
        { kind: 'month-free', because: ['4c'] },
      ],
    },
    {
      runs: downExactly([[TEN, TEN + 120 * MINUTE]]),
      messages: [1, 2].map(() => message(TEN, undefined, { outcome: 'lost' })),
    },
  ),
];

test.each(records)('%s', (_name, given, expected) => {
  expect(said(reportOf(given), expected)).toEqual(expected);
});

describe('credit tiers', () => {
  const file = path.join(import.meta.dirname, '../../config/contract-credit-tiers.yaml');
  const contract = parseContract(readFileSync(file, 'utf8'), { file });
  const start = Date.UTC(2026, 2, 10, 10);
  const month = monthSpan('2026-03', contract.timezone);
  const down = (ms: number) => downExactly([[start, start + ms]], '2026-03', contract);

  test.each([
    ['0.999 exactly', down(43.2 * MINUTE), undefined],
    ['a millisecond below it', down(43.2 * MINUTE + 1), 'credit-10'],
    ['0.99 exactly', down(432 * MINUTE), 'credit-10'],
    ['a millisecond below it', down(432 * MINUTE + 1), 'credit-20'],
    ['0.95 exactly', down(2_160 * MINUTE), 'credit-20'],
    ['a millisecond below it', down(2_160 * MINUTE + 1), 'credit-50'],
    [
      'bounds on both sides of 0.99',
      [
        run(true, month.from - MINUTE, start),
        run(false, start + MINUTE, start + 432 * MINUTE),
        run(true, start + 433 * MINUTE, month.to + MINUTE),
      ],
      'credit-10',
    ],
    [
      'time that was not measured',
      [run(true, month.from - MINUTE, start), run(true, start + 999 * MINUTE, month.to + MINUTE)],
      undefined,
    ],
  ])('%s', (_name, runs, kind) => {
    const { remedy } = reportOf({ contract, runs });
    expect(remedy).toEqual(kind === undefined ? [] : [{ kind, because: ['availability'] }]);
  });
});

describe('the year', () => {
  const toDate = (month: string, faults: number, unmeasured: readonly string[] = []): YearToDateRecord => ({
    type: 'record',
    id: 'ytd',
    kind: 'year-to-date',
    at: monthSpan(month, 'Asia/Shanghai').from,
    from: at('2026-01-01 00:00'),
    to: monthSpan(month, 'Asia/Shanghai').from,
    fault_days: Array.from({ length: faults }, (_, index) => `2026-02-${String(index + 1).padStart(2, '0')}`),
    unmeasured_days: unmeasured,
  });
  const noon = at('2026-12-10 12:00');
  const december = monthSpan('2026-12', 'Asia/Shanghai');
  const outbound = Array.from({ length: 44_640 }, (_, minute) => {
    const accepted = december.from + minute * MINUTE;
    const isOpen = minute >= 44_610;
    return {
      ...message(accepted, undefined),
      route: 'outbound' as const,
      ...(isOpen ? {} : { relayed_at: accepted + 1_000, outcome: 'relayed' as const }),
    };
  });
  const rows: readonly Row[] = [
    [
      'a day that was not measured may be the sixth',
      { records: [toDate('2026-12', 5, ['2026-03-01'])] },
      { '3e.value': 360, '3e.verdict': 'open', '3e.reason': 'coverage' },
    ],
    ['or the fifth', { records: [toDate('2026-12', 4, ['2026-03-01'])] }, { '3e.value': 361, '3e.verdict': 'met' }],
    [
      'a day with a fault that was not measured whole is one',
      { records: [toDate('2026-12', 5, ['2026-02-01'])] },
      { '3e.value': 360, '3e.verdict': 'met' },
    ],
    ['a file of December alone', {}, { '3e.value': 365, '3e.verdict': 'open', '3e.reason': 'coverage' }],
    [
      'a bad sample whose outage may have had no length',
      {
        records: [toDate('2026-12', 5)],
        runs: [
          run(true, december.from - MINUTE, noon),
          run(false, noon + MINUTE, noon + MINUTE, { samples: 1 }),
          run(true, noon + 2 * MINUTE, december.to + MINUTE),
        ],
      },
      { '3e.value': 359, '3e.least': 359, '3e.most': 360, '3e.verdict': 'open', '3e.reason': 'sampling' },
    ],
    [
      'messages on their way as the year ends',
      {
        records: [toDate('2026-12', 5)],
        checks: { imap: { interval_s: 60 }, outbound: { interval_s: 60 } },
        messages: outbound,
        to: december.to,
      },
      { '3e.verdict': 'open', '3e.reason': 'pending', '3d.reason': 'pending', '1.verdict': 'met' },
    ],
  ];
  test.each(rows)('%s', (_name, given, expected) => {
    expect(said(reportOf({ month: '2026-12', runs: good('2026-12'), ...given }), expected)).toEqual(expected);
  });

  test('begins anew in January, though an outage reaches up to its first instant', () => {
    const newYear = at('2027-01-01 00:00');
    const runs = [
      run(true, newYear - DAY, newYear - MINUTE),
      run(false, newYear - MINUTE, newYear),
      run(true, newYear, newYear + 32 * DAY),
    ];
    const expected = { '3e.fault_days': [], '3e.value': 31, '3e.reason': 'running' };
    expect(said(reportOf({ month: '2027-01', runs, contract: withContract({}) }), expected)).toEqual(expected);
  });
});
