import { describe, expect, test } from 'vitest';
import {
  at,
  clause,
  delay,
  downExactly,
  good,
  message,
  messages,
  messagesEachMinute,
  reportOf,
  run,
  time,
} from '../../test/support/worked-month.ts';
import type { RecordFact } from '../facts/facts.ts';

const spamCase = (started: string, done: string): RecordFact => ({
  type: 'record',
  id: `R ${started}`,
  kind: 'spam-case',
  at: at(started),
  started_at: at(started),
  done_at: at(done),
  what: 'case',
});
const updated = (when: string): RecordFact => ({
  type: 'record',
  id: `D ${when}`,
  kind: 'definitions',
  at: at(when),
  updated_at: at(when),
});

describe('a file that begins after the month did', () => {
  const from = at('2026-03-10 00:00');

  test('leaves delays open that what it does not cover could have missed', () => {
    const report = reportOf({ from, messages: messages(100, 10) });
    expect(delay(report, '2b')).toMatchObject({ verdict: 'open', reason: 'coverage', verdict_on_measured: 'met' });
    expect(delay(reportOf({ messages: messages(100, 10) }), '2b').verdict).toBe('met');
  });

  test('misses what fails already', () => {
    const long = [message(at('2026-03-12 12:00'), 4_000), message(at('2026-03-12 12:01'), 5_000)];
    expect(delay(reportOf({ from, messages: [...messages(100, 10), ...long] }), '2b').verdict).toBe('missed');
  });

  test('leaves open what records could tell of the rest, and misses what fails already', () => {
    const records = [spamCase('2026-03-11 10:00', '2026-03-11 11:00'), updated('2026-03-10 10:00')];
    const daily = Array.from({ length: 20 }, (_, day) => updated(`2026-03-${day + 11} 10:00`));
    const report = reportOf({ from, records: [...records, ...daily] });
    for (const id of ['4b', '5c']) expect(clause(report, id)).toMatchObject({ verdict: 'open', reason: 'coverage' });
    const late = reportOf({ from, records: [spamCase('2026-03-11 10:00', '2026-03-20 11:00'), ...records] });
    expect(clause(late, '4b').verdict).toBe('missed');
    expect(clause(late, '5c').verdict).toBe('missed');
    // The update before the month may be what is missing.
    const first = reportOf({ from, records: [updated('2026-03-01 10:00'), ...records, ...daily] });
    expect(clause(first, '5c')).toMatchObject({ verdict: 'open', reason: 'coverage' });
  });
});

describe('void messages', () => {
  const OUT = { imap: { interval_s: 60, hold_s: 180 }, outbound: { interval_s: 60, hold_s: 180 } };
  const stray = (more: object) =>
    message(at('2026-03-10 10:00'), undefined, { route: 'outbound', outcome: 'void', ...more });

  test.each([
    ['to a target that nothing else was sent to', { target: 'stray' }],
    ['of a vantage from which nothing else was seen', { vantage: 'there' }],
  ])('%s leave the month measured', (_, more) => {
    const sent = [...messagesEachMinute({ without: [0, 0] }), stray(more)];
    expect(time(reportOf({ checks: OUT, messages: sent }), '1')).toMatchObject({ verdict: 'met', unmeasured: 0 });
  });
});

describe('what is still on its way', () => {
  const to = at('2026-04-01 00:20');
  const IN = { imap: { interval_s: 60, hold_s: 180 }, inbound: { interval_s: 60, hold_s: 180 } };
  /** Each minute until 23:00 in 5 s; from then on none came yet. */
  const sent = [
    ...messages(31 * 24 * 60 - 60 + 5, 5, at('2026-02-28 23:55')),
    ...Array.from({ length: 60 }, (_, n) => message(at('2026-03-31 23:00') + n * 60_000, undefined)),
  ];
  const more = (report: ReturnType<typeof reportOf>) => report.unmeasured_stretches.map(({ why }) => why);

  test('is why time is unmeasured, and the reason of a clause that it alone keeps open', () => {
    // A quarter of an hour was down, so that one more hour would be too much.
    const runs = downExactly([[at('2026-03-05 10:00'), at('2026-03-05 10:15')]]);
    const report = reportOf({ checks: IN, to, runs, messages: sent });
    expect(time(report, '1')).toMatchObject({ verdict: 'open', reason: 'pending' });
    expect(more(report)).toEqual(['pending']);
  });

  test('is not the reason where settling it decides nothing', () => {
    // Two hours were not measured: whatever comes, the month may have been down too long.
    const runs = [
      run(true, at('2026-02-28 23:50'), at('2026-03-10 10:00')),
      run(true, at('2026-03-10 12:00'), at('2026-04-01 00:10')),
    ];
    const last = message(at('2026-03-31 23:59'), undefined);
    const quick = messages(31 * 24 * 60 + 4, 5, at('2026-02-28 23:55'));
    const report = reportOf({ checks: IN, to, runs, messages: [...quick, last] });
    expect(time(report, '1')).toMatchObject({ verdict: 'open', reason: 'coverage' });
    expect(more(report)).toEqual([null, 'pending']);
  });
});

test('a run that ends where the month begins tells nothing of it', () => {
  const begin = at('2026-03-01 00:00');
  const before = run(true, begin - 600_000, begin, { transients: 2 });
  const runs = [before, run(true, begin, at('2026-04-01 00:10'), { transients: 1 })];
  expect(time(reportOf({ runs }), '1').transients).toBe(1);
  const only = reportOf({ runs: [before] });
  expect(time(only, '1').verdict).toBe('no data');
  expect(time(reportOf({ runs: [run(true, begin, begin), ...good().slice(1)] }), '1').verdict).not.toBe('no data');
});
