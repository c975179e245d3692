import { describe, expect, test } from 'vitest';
import { parseContract } from '../config/load-contract.ts';
import type { RecordFact } from '../facts/facts.ts';
import { recordsClause } from './measure-records.ts';
import { monthTerms } from './month-terms.ts';
import { standing } from './records.ts';
import type { CountClause } from './report.ts';
import { parseInZone } from './zoned-text.ts';

const ZONE = 'Asia/Shanghai';

function at(local: string): number {
  const found = parseInZone(local, ZONE);
  if (typeof found !== 'number') throw new Error(found.problem);
  return found;
}

/** What a clause of this YAML makes of some records; March 2026, known two days after its end. */
function judged(clauseYaml: string, records: readonly RecordFact[], known = '2026-04-03 00:00'): CountClause {
  const contract = parseContract(`contract: c\nversion: 1\nclauses:\n  - { id: x, ${clauseYaml} }\n`, {
    file: 'c.yaml',
  });
  const [clause] = contract.clauses;
  if (clause === undefined || clause.blank) throw new Error('no clause');
  return recordsClause(
    clause,
    standing(records),
    monthTerms('2026-03', contract, { since: at('2026-03-01 00:00'), known: at(known) }),
  );
}

let serial = 0;
type Body = { readonly kind: RecordFact['kind']; readonly on?: string; readonly [key: string]: unknown };
/** Keys that end in `_at` are local times. */
function record({ on = '2026-03-10 12:00', ...body }: Body): RecordFact {
  const entries = Object.entries(body).map(([key, value]) => [key, key.endsWith('_at') ? at(String(value)) : value]);
  return { type: 'record', id: `R${++serial}`, at: at(on), ...Object.fromEntries(entries) } as RecordFact;
}

const spamCase = (started_at: string, done_at?: string): RecordFact =>
  record({ kind: 'spam-case', started_at, ...(done_at === undefined ? {} : { done_at }), what: 'a case' });
const backup = (finished_at: string, more: Record<string, unknown> = {}): RecordFact =>
  record({ kind: 'backup', on: finished_at, level: 'incremental', finished_at, ok: true, ...more });

const LATE_24H = 'measure: spam-case, within: 24h, objectives: [{ metric: late, op: "<=", limit: 0 }]';
const BILLING = 'measure: billing, objectives: [{ metric: error_rate, op: "<=", limit: 3e-5 }]';
const GAP = 'measure: definitions, objectives: [{ metric: max_gap_days, op: "<=", limit: 7 }]';
const KEPT = 'measure: account-lock, objectives: [{ metric: min_kept_days, op: ">=", limit: 90 }]';
const BACKUP =
  'measure: backup, objectives: [{ metric: max_gap_hours, op: "<=", limit: 25 }, { metric: max_full_gap_days, op: "<=", limit: 3 }, { metric: min_kept_days, op: ">=", limit: 30 }, { metric: restore_failures, op: "<=", limit: 0 }]';

describe('clauses that records feed', () => {
  test.each<[string, string, readonly RecordFact[], Partial<CountClause>]>([
    ['nothing entered is no data', BILLING, [], { verdict: 'no data', value: null, n: 0 }],
    [
      'three wrong of a hundred thousand is the limit itself',
      BILLING,
      [
        record({ kind: 'billing', customers: 60_000, wrong: 1 }),
        record({ kind: 'billing', customers: 40_000, wrong: 2 }),
      ],
      { verdict: 'met', value: 0.00003, n: 2 },
    ],
    ['four are too many', BILLING, [record({ kind: 'billing', customers: 100_000, wrong: 4 })], { verdict: 'missed' }],
    [
      "another month's record is no record of this",
      BILLING,
      [record({ kind: 'billing', on: '2026-04-01 00:00', customers: 1, wrong: 1 })],
      { verdict: 'no data' },
    ],
    [
      'answered at the deadline itself',
      LATE_24H,
      [spamCase('2026-03-10 12:00', '2026-03-11 12:00')],
      { verdict: 'met', value: 0 },
    ],
    [
      'answered a millisecond later',
      LATE_24H,
      [spamCase('2026-03-10 12:00', '2026-03-11 12:00:00.001')],
      { verdict: 'missed', value: 1 },
    ],
    ['never answered and past its due', LATE_24H, [spamCase('2026-03-10 12:00')], { verdict: 'missed', value: 1 }],
    [
      'opened in time but told late',
      'measure: opening, where: { domain: own }, within: 24h, objectives: [{ metric: late, op: "<=", limit: 0 }]',
      [
        record({
          kind: 'opening',
          domain: 'own',
          paid_at: '2026-03-10 12:00',
          opened_at: '2026-03-10 13:00',
          told_at: '2026-03-11 13:00',
        }),
      ],
      { verdict: 'missed', value: 1 },
    ],
    [
      'of the other kind of domain it says nothing',
      'measure: opening, where: { domain: own }, within: 24h, objectives: [{ metric: late, op: "<=", limit: 0 }]',
      [record({ kind: 'opening', domain: 'new', paid_at: '2026-03-10 12:00' })],
      { verdict: 'no data' },
    ],
    [
      'a mean of page loads is exact',
      'measure: page_load, where: { profile: broadband }, objectives: [{ metric: mean_s, op: "<=", limit: 0.2 }]',
      [
        record({ kind: 'page-load', profile: 'broadband', seconds: 0.1 }),
        record({ kind: 'page-load', profile: 'broadband', seconds: 0.3 }),
        record({ kind: 'page-load', profile: 'narrowband', seconds: 99 }),
      ],
      { verdict: 'met', value: 0.2, n: 2 },
    ],
    [
      'the gap before the month counts from the last update before it, and the one to its end',
      GAP,
      [
        record({ kind: 'definitions', on: '2026-02-20 00:00', updated_at: '2026-02-20 00:00' }),
        record({ kind: 'definitions', updated_at: '2026-03-01 00:00' }),
        record({ kind: 'definitions', updated_at: '2026-03-24 00:00' }),
      ],
      { verdict: 'missed', value: 23, n: 3 },
    ],
    [
      "the time from the last to the month's end is a gap",
      GAP,
      [record({ kind: 'definitions', updated_at: '2026-03-20 00:00' })],
      { verdict: 'missed', value: 12 },
    ],
    [
      'kept for exactly ninety days',
      KEPT,
      [
        record({
          kind: 'account-lock',
          on: '2025-12-10 00:00',
          locked_at: '2025-12-10 00:00',
          deleted_at: '2026-03-10 00:00',
        }),
      ],
      { verdict: 'met', value: 90 },
    ],
    [
      'of a lock that still stands there is nothing to tell',
      KEPT,
      [record({ kind: 'account-lock', locked_at: '2026-03-10 00:00' })],
      { verdict: 'no data' },
    ],
    [
      'settings that differ are told',
      'measure: setting, objectives: [{ metric: mismatches, op: "<=", limit: 0 }]',
      [
        record({ kind: 'setting', name: 'scan', expected: 'on', found: 'off' }),
        record({ kind: 'setting', name: 'keep', expected: 'no', found: 'no' }),
      ],
      { verdict: 'missed', value: 1, n: 2 },
    ],
    [
      'who does not answer',
      'measure: service-contact, objectives: [{ metric: unanswered, op: "<=", limit: 0 }]',
      [
        record({ kind: 'service-contact', channel: 'phone', answered: true }),
        record({ kind: 'service-contact', channel: 'mail', answered: false }),
      ],
      { verdict: 'missed', value: 1 },
    ],
  ])('%s', (_, yaml, records, expected) => {
    expect(judged(yaml, records)).toMatchObject(expected);
  });

  test('a record that another replaces counts no more', () => {
    const wrong = record({ kind: 'billing', customers: 100, wrong: 50 });
    const right = { ...record({ kind: 'billing', customers: 100, wrong: 0 }), replaces: wrong.id };
    expect(judged(BILLING, [wrong, right])).toMatchObject({ verdict: 'met', value: 0, n: 1 });
  });

  test('open and not past its due is late in the worst case only', () => {
    const open = judged('measure: spam-case, within: 10d, objectives: [{ metric: late, op: "<=", limit: 0 }]', [
      record({ kind: 'spam-case', on: '2026-03-31 12:00', started_at: '2026-03-31 12:00', what: 'w' }),
    ]);
    expect(open).toMatchObject({ verdict: 'open', reason: 'pending', value: 0, verdict_on_measured: 'met' });
  });

  test('a clause that names a channel looks at the attempts over it, however it is spelled', () => {
    const over = (channel: string, answered: boolean) => record({ kind: 'service-contact', channel, answered });
    const calls = [over('phone', true), over(' Phone', true), over('abuse', false)];
    const contact = (more: string) =>
      judged(`measure: service-contact, ${more} objectives: [{ metric: unanswered, op: "<=", limit: 0 }]`, calls);
    expect(contact('')).toMatchObject({ verdict: 'missed', n: 3, value: 1 });
    expect(contact('where: { channel: PHONE },')).toMatchObject({ verdict: 'met', n: 2, value: 0 });
    expect(contact('where: { channel: site },')).toMatchObject({ verdict: 'no data', n: 0 });
  });

  test('while the month runs what is met is open, and a count that fails is missed', () => {
    const now = '2026-03-15 00:00';
    expect(judged(LATE_24H, [spamCase('2026-03-10 12:00', '2026-03-10 13:00')], now)).toMatchObject({
      verdict: 'open',
      reason: 'running',
    });
    expect(judged(LATE_24H, [spamCase('2026-03-10 12:00', '2026-03-12 13:00')], now).verdict).toBe('missed');
    expect(judged(BILLING, [record({ kind: 'billing', customers: 10, wrong: 5 })], now)).toMatchObject({
      verdict: 'open',
      reason: 'running',
    });
  });

  test('a backup that failed is none; each of the four duties has its own figure', () => {
    const days = Array.from({ length: 32 }, (_, index) =>
      new Date(Date.UTC(2026, 1, 28 + index)).toISOString().slice(0, 10),
    );
    const nightly = days.map((day, index) =>
      backup(`${day} 02:00`, {
        level: index % 3 === 0 ? 'full' : 'incremental',
        oldest_kept_at: new Date(Date.parse(day) - 31 * 86_400_000).toISOString().slice(0, 10) + ' 02:00',
        ...(index === 5 ? { restored_ok: true } : {}),
      }),
    );
    expect(judged(BACKUP, nightly)).toMatchObject({ verdict: 'met', value: 24 });
    const failed = nightly.map((one, index) => (index === 9 ? { ...one, ok: false } : one) as RecordFact);
    const report = judged(BACKUP, failed);
    expect(report.objectives.map(({ metric, value, verdict }) => [metric, value, verdict])).toEqual([
      ['max_gap_hours', 48, 'missed'],
      ['max_full_gap_days', 6, 'missed'],
      ['min_kept_days', 31, 'met'],
      ['restore_failures', 0, 'met'],
    ]);
  });
});
