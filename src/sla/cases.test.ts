import { describe, expect, test } from 'vitest';
import {
  CONTRACT,
  IMAP,
  MINUTE,
  approved,
  at,
  availability,
  between,
  clause,
  days,
  delay,
  downExactly,
  exclusion,
  good,
  message,
  messages,
  messagesEachMinute,
  reportOf,
  run,
  time,
  withContract,
} from '../../test/support/worked-month.ts';
import type { GapFact, MessageFact, RecordFact, RunFact } from '../facts/facts.ts';
import type { Report } from './report.ts';

describe('worked cases', () => {
  test('1, 2, 3: a month is as long as its zone makes it', () => {
    expect(reportOf({}).month_minutes).toBe(44_640);
    expect(reportOf({}).from).toBe('2026-03-01T00:00:00+08:00');
    expect(reportOf({ month: '2028-02', runs: good('2028-02') }).month_minutes).toBe(41_760);
    const berlin = withContract({ timezone: 'Europe/Berlin' });
    expect(reportOf({ contract: berlin }).month_minutes).toBe(44_580);
  });

  test('2: 99.9 % of February 2028 allows 41.76 min', () => {
    const down = (minutes: number): Report => {
      const from = at('2028-02-10 10:00');
      return reportOf({ month: '2028-02', runs: downExactly([[from, from + minutes * MINUTE]], '2028-02') });
    };
    expect(time(down(41.76), '1').verdict).toBe('met');
    expect(time(down(41.77), '1').verdict).toBe('missed');
  });

  test('4: an outage over midnight of the last day is cut at the month', () => {
    const runs = downExactly([[at('2026-03-31 23:50'), at('2026-04-01 00:20')]]).slice(0, 2);
    runs.push(run(true, at('2026-04-01 00:20'), at('2026-05-01 01:00')));
    expect(time(reportOf({ runs }), '1').value).toBe(10);
    expect(time(reportOf({ month: '2026-04', runs }), '1').value).toBe(20);
  });

  test.each([
    [
      '5: three bad samples',
      between(
        at('2026-03-10 10:02'),
        [run(false, at('2026-03-10 10:03'), at('2026-03-10 10:05'), { samples: 3 })],
        at('2026-03-10 10:06'),
      ),
      3,
      2,
      4,
    ],
    [
      '6: a black hole',
      between(
        at('2026-03-10 10:02'),
        [run(false, at('2026-03-10 10:03'), at('2026-03-10 10:04:05'), { samples: 1 })],
        at('2026-03-10 10:05'),
      ),
      2.041667,
      1.083333,
      3,
    ],
    [
      '7: one bad sample',
      between(
        at('2026-03-10 10:02'),
        [run(false, at('2026-03-10 10:03'), at('2026-03-10 10:03'), { samples: 1 })],
        at('2026-03-10 10:04'),
      ),
      1,
      0,
      2,
    ],
  ])('%s', (_, runs, value, least, most) => {
    const one = time(reportOf({ runs }), '1');
    expect([one.value, one.least, one.most]).toEqual([value, least, most]);
    expect(one.outages).toHaveLength(1);
    expect(one.outages[0]?.least_s).toBeCloseTo(least * 60, 3);
    expect(one.outages[0]?.most_s).toBeCloseTo(most * 60, 3);
  });

  test('6: the outage stands where the middles of its edges are', () => {
    const runs = between(
      at('2026-03-10 10:02'),
      [run(false, at('2026-03-10 10:03'), at('2026-03-10 10:04:05'), { samples: 1 })],
      at('2026-03-10 10:05'),
    );
    expect(time(reportOf({ runs }), '1').outages[0]).toMatchObject({
      from: '2026-03-10T10:02:30+08:00',
      to: '2026-03-10T10:04:32.500+08:00',
      checks: ['imap'],
    });
  });

  test('8: a transient is counted and takes no time', () => {
    const one = time(reportOf({ runs: [{ ...(good()[0] as RunFact), transients: 1 }] }), '1');
    expect([one.value, one.transients]).toEqual([0, 1]);
  });

  test('9: what was not measured is neither up nor down', () => {
    const one = time(reportOf({ runs: between(at('2026-03-10 03:00'), [], at('2026-03-10 05:00')) }), '1');
    expect(one).toMatchObject({
      value: 0,
      unmeasured: 120,
      verdict: 'open',
      reason: 'coverage',
      verdict_on_measured: 'met',
    });
  });

  test.each([
    [
      '10',
      ['10:00', '12:00'],
      [
        ['10:30', '11:15'],
        ['11:00', '11:30'],
      ],
      60,
    ],
    ['11', ['02:00', '03:00'], [['01:30', '02:40']], 20],
    [
      '12',
      ['10:00', '11:00'],
      [
        ['10:00', '11:00'],
        ['10:15', '10:30'],
      ],
      0,
    ],
  ] as const)('%s: exclusions are a union, clipped to their own edges', (_, [from, to], windows, value) => {
    const day = (clock: string): string => `2026-03-10 ${clock}`;
    const runs = downExactly([[at(day(from)), at(day(to))]]);
    const exclusions = windows.map(([a, b]) => exclusion(day(a), day(b)));
    expect(time(reportOf({ runs, exclusions }), '1').value).toBe(value);
  });

  test('13: a window that waits for approval takes nothing out, and shows what it would', () => {
    const runs = downExactly([[at('2026-03-10 10:00'), at('2026-03-10 10:50')]]);
    const exclusions = [exclusion('2026-03-10 10:10', '2026-03-10 10:25', { ground: 'a' })];
    expect(time(reportOf({ runs, exclusions }), '1')).toMatchObject({ value: 50, verdict: 'missed', would_be: 35 });
  });

  const april = (minutes: number): Report => {
    const from = at('2026-04-10 10:00');
    return reportOf({ month: '2026-04', runs: downExactly([[from, from + minutes * MINUTE]], '2026-04') });
  };
  test('14: 43.2 min of a 30-day month is 0.999 exactly', () => {
    expect(availability(april(43.2))).toBe(0.999);
    expect(time(april(43.2), '1').verdict).toBe('met');
  });
  test('15: 44 min is not under 44', () => {
    expect(time(april(44), '1').verdict).toBe('missed');
    expect(time(april(44), '1').objectives.map(({ verdict }) => verdict)).toEqual(['missed', 'missed']);
  });
  test('16: the two limits of a 31-day month disagree', () => {
    const from = at('2026-03-10 10:00');
    const one = time(reportOf({ runs: downExactly([[from, from + 44.64 * MINUTE]]) }), '1');
    expect(one).toMatchObject({ verdict: 'missed', disagreement: true });
    expect(one.objectives.map(({ verdict }) => verdict)).toEqual(['missed', 'met']);
  });
  test('17: 600 outages of 4.4 s are 44 min', () => {
    const start = at('2026-03-10 10:00');
    const stretches = Array.from(
      { length: 600 },
      (_, index) => [start + index * MINUTE, start + index * MINUTE + 4400] as const,
    );
    const one = time(reportOf({ runs: downExactly(stretches) }), '1');
    expect([one.value, one.verdict, one.outages.length]).toEqual([44, 'missed', 600]);
  });
  test('18: 100 min of fault', () => {
    const report = reportOf({ runs: downExactly([[at('2026-03-10 10:00'), at('2026-03-10 11:40')]]) });
    expect(time(report, '3b').verdict).toBe('met');
    expect(time(report, '3d').verdict).toBe('missed');
    expect(availability(report, '3d')).toBe(0.997759);
  });
  test('19: maintenance that was announced is adjustment, not fault', () => {
    const announced = { ...approved, entered_at: at('2026-03-09 00:00'), announced_at: at('2026-03-08 00:00') };
    const report = reportOf({
      runs: downExactly([[at('2026-03-10 02:00'), at('2026-03-10 03:40')]]),
      exclusions: [
        exclusion('2026-03-10 02:00', '2026-03-10 03:00', announced),
        exclusion('2026-03-10 02:30', '2026-03-10 03:40', announced),
      ],
    });
    expect(time(report, '3c')).toMatchObject({ value: 100, verdict: 'met' });
    expect(time(report, '3b').value).toBe(0);
    expect(time(report, '3d').verdict).toBe('met');
  });

  test.each([
    [
      '20: 30 s and 90 s',
      [message(at('2026-03-10 10:00'), 30), message(at('2026-03-10 10:01'), 90)],
      { mean_s: 60, verdict: 'met' },
    ],
    [
      '21: 30 s and 90.003 s',
      [message(at('2026-03-10 10:00'), 30), message(at('2026-03-10 10:01'), 90.003)],
      { mean_s: 60.0015, verdict: 'missed' },
    ],
    [
      '22: 719 of 5 s, one of 3601 s',
      [...messages(719, 5), message(at('2026-03-20 10:00'), 3601)],
      { mean_s: 9.994444, exceedances: 1, verdict: 'met' },
    ],
    [
      '23: 718 of 5 s, two of 3601 s',
      [...messages(718, 5), message(at('2026-03-20 10:00'), 3601), message(at('2026-03-21 10:00'), 3601)],
      { exceedances: 2, verdict: 'missed' },
    ],
    [
      '26: 100 of 10 s and one lost',
      [...messages(100, 10), message(at('2026-03-20 10:00'), undefined, { outcome: 'lost' })],
      { n: 100, mean_s: 10, lost: 1, exceedances: 1, verdict: 'met' },
    ],
    ['25: a second copy', [message(at('2026-03-10 10:00'), 5, { duplicates: 1 })], { n: 1, mean_s: 5, duplicates: 1 }],
  ])('%s', (_, sent, expected) => {
    expect(delay(reportOf({ messages: sent }), '2b')).toMatchObject(expected);
  });

  test('24: a message belongs to the month that accepted it', () => {
    const accepted = at('2026-03-31 23:40');
    const arrived = message(accepted, 3000);
    expect(delay(reportOf({ messages: [arrived] }), '2b')).toMatchObject({ n: 1, max_s: 3000 });
    expect(delay(reportOf({ month: '2026-04', messages: [arrived], runs: good('2026-04') }), '2b').n).toBe(0);
    const waiting = reportOf({ messages: [message(accepted, undefined)], to: at('2026-04-01 00:05') });
    expect(waiting).toMatchObject({ provisional: true, pending: 1 });
    expect(delay(waiting, '2b')).toMatchObject({ verdict: 'open', reason: 'pending' });
  });

  test('27: a fault over midnight makes two fault days', () => {
    const runs = downExactly([[at('2026-03-10 23:55'), at('2026-03-11 00:05')]]);
    expect(days(reportOf({ runs })).fault_days).toEqual(['2026-03-10', '2026-03-11']);
  });

  test.each([
    ['December, five', '2026-12', 5, 'met', 360],
    ['December, six', '2026-12', 6, 'missed', 359],
    ['June, six', '2026-06', 6, 'missed', 175],
    ['June, five', '2026-06', 5, 'open', 176],
  ])('28: fault days of the year: %s', (_, month, count, verdict, value) => {
    const toDate: RecordFact = {
      type: 'record',
      id: 'ytd',
      kind: 'year-to-date',
      at: at(`${month}-01 00:00`),
      from: at('2026-01-01 00:00'),
      to: at(`${month}-01 00:00`),
      fault_days: ['2026-01-05', '2026-01-06', '2026-02-01', '2026-03-05', '2026-04-01', '2026-05-01'].slice(0, count),
      unmeasured_days: [],
    };
    const year = days(reportOf({ month, runs: good(month), records: [toDate] }));
    expect([year.verdict, year.value]).toEqual([verdict, value]);
    expect(year.reason).toBe(verdict === 'open' ? 'running' : undefined);
  });

  test('29: an hour on the clock that falls back is an hour', () => {
    const berlin = withContract({ timezone: 'Europe/Berlin' });
    const runs = downExactly(
      [[at('2026-10-25 02:30+02:00', berlin), at('2026-10-25 02:30+01:00', berlin)]],
      '2026-10',
      berlin,
    );
    expect(time(reportOf({ contract: berlin, month: '2026-10', runs }), '1').value).toBe(60);
  });

  const spamCase = (started: string, done?: string): RecordFact => ({
    type: 'record',
    id: 'R1',
    kind: 'spam-case',
    at: at(started),
    started_at: at(started),
    ...(done === undefined ? {} : { done_at: at(done) }),
    what: 'case',
  });
  test.each([
    ['answered as the make-up day ends', '2026-02-15 00:00', 'met'],
    ['answered a millisecond later', '2026-02-15 00:00:00.001', 'missed'],
  ])('30: one working day from Friday before the Spring Festival: %s', (_, done, verdict) => {
    const report = reportOf({ month: '2026-02', runs: good('2026-02'), records: [spamCase('2026-02-13 17:00', done)] });
    expect(clause(report, '4b').verdict).toBe(verdict);
  });
  test('31: a working day asked of 2027, with data that end in 2026', () => {
    const month = '2026-12';
    const report = reportOf({ month, runs: good(month), records: [spamCase('2026-12-31 10:00', '2026-12-31 11:00')] });
    expect(clause(report, '4b')).toMatchObject({ verdict: 'open', reason: 'calendar unknown' });
  });

  test('31: outside the data of the calendar nobody knows', () => {
    const month = '2031-02';
    const report = reportOf({ month, runs: good(month), records: [spamCase('2031-02-05 10:00', '2031-02-05 11:00')] });
    expect(clause(report, '4b')).toMatchObject({ verdict: 'open', reason: 'calendar unknown' });
  });

  test('32: without samples there is no data', () => {
    const report = reportOf({ runs: [] });
    expect(time(report, '1')).toMatchObject({ verdict: 'no data', value: null });
    expect(availability(report)).toBeNull();
  });

  const imapMxPop = { mx: { interval_s: 60 }, imap: { interval_s: 60 }, pop3: { interval_s: 60 } };
  test('34: mail can be read while any way in works', () => {
    const runs = [
      ...downExactly([[at('2026-03-10 10:00'), at('2026-03-10 10:30')]], '2026-03', CONTRACT, { check: 'mx' }),
      ...downExactly([[at('2026-03-10 10:20'), at('2026-03-10 10:50')]]),
      { ...(good()[0] as RunFact), check: 'pop3' },
    ];
    const one = time(reportOf({ runs, checks: imapMxPop }), '1');
    expect(one.value).toBe(30);
    expect(one.outages[0]?.checks).toEqual(['mx', 'imap']);
  });

  test('35: launches that were refused are bad time of their route', () => {
    const start = at('2026-03-10 10:00');
    const sent = messagesEachMinute({ without: [start, start + 29 * MINUTE] });
    const refused = run(false, start, start + 29 * MINUTE, {
      check: 'outbound',
      samples: 30,
      cause: 'refused',
      detail: '451',
    });
    const report = reportOf({
      runs: [...good(), refused],
      messages: sent,
      checks: { ...IMAP, outbound: { interval_s: 60 } },
    });
    const one = time(report, '1');
    expect([one.value, one.least, one.most]).toEqual([30, 29, 31]);
    expect(report.unmeasured_minutes).toBe(0);
  });

  test('36: one message lost between two that came is no outage', () => {
    const lostAt = at('2026-03-10 10:00');
    const sent = messagesEachMinute({ without: [lostAt, lostAt] });
    sent.push({ ...message(lostAt, undefined), route: 'outbound', outcome: 'lost' });
    const report = reportOf({ messages: sent, checks: { ...IMAP, outbound: { interval_s: 60 } } });
    expect(time(report, '1').value).toBe(0);
    expect(delay(report, '2a')).toMatchObject({ lost: 1, exceedances: 1 });
  });

  test('a route whose messages were all void is unmeasured, not up', () => {
    const sent = messagesEachMinute({ without: [0, 0] }).map((one) => ({ ...one, outcome: 'void' as const }));
    const report = reportOf({ messages: sent, checks: { ...IMAP, outbound: { interval_s: 60 } } });
    expect(time(report, '1')).toMatchObject({ value: 0, unmeasured: 44_640, verdict: 'open', reason: 'coverage' });
    expect(delay(report, '2a').verdict).toBe('no data');
  });

  test('a queue that stood for hours is down time and late mail, though we were stopped for a moment near its end', () => {
    const [begin, stopped, end] = [at('2026-03-10 10:00'), at('2026-03-10 13:00'), at('2026-03-10 13:30')];
    const sent = messagesEachMinute({ without: [begin, end - 1] });
    for (let accepted = begin; accepted < end; accepted += MINUTE) {
      const one = { ...message(accepted, undefined), route: 'outbound' as const, relayed_at: end };
      const isProven = stopped - accepted > 60 * MINUTE;
      sent.push(isProven ? { ...one, outcome: 'relayed', unseen_until: stopped } : { ...one, outcome: 'void' });
    }
    const report = reportOf({
      messages: sent,
      checks: { ...IMAP, outbound: { interval_s: 60 } },
      gaps: [
        { type: 'gap', vantage: 'here', from: stopped, to: stopped + 10_000, why: 'stopped' },
        { type: 'gap', vantage: 'here', from: stopped, to: end, why: 'sink' },
      ],
    });
    expect(time(report, '1')).toMatchObject({ verdict: 'missed', least: 119, value: 119.5, unmeasured: 91 });
    expect(delay(report, '2a')).toMatchObject({ verdict: 'missed', exceedances: 120, exceedances_least: 120 });
  });

  test('a message seen after lost_after that may have been there within the hour is no sure exceedance', () => {
    const late = (minute: string): MessageFact =>
      message(at(`2026-03-10 ${minute}`), 90_000, { unseen_until: at(`2026-03-10 ${minute}`) + 3000_000 });
    const clause = delay(reportOf({ messages: [late('10:00'), late('11:00'), ...messages(100, 5)] }), '2b');
    expect(clause).toMatchObject({
      verdict: 'open',
      reason: 'sampling',
      exceedances: 2,
      exceedances_least: 0,
      lost: 2,
    });
    const sure = [late('10:00'), late('11:00')].map((one) => ({
      ...one,
      unseen_until: (one.accepted_at ?? 0) + 3601_000,
    }));
    expect(delay(reportOf({ messages: [...sure, ...messages(100, 5)] }), '2b').verdict).toBe('missed');
  });

  test('coverage is of the real month, and nothing is met before its end', () => {
    const fixed = withContract({ month: 'fixed-30d' });
    const report = reportOf({ contract: fixed, runs: between(at('2026-03-10 03:00'), [], at('2026-03-10 03:44')) });
    expect([report.coverage, time(report, '3a').verdict]).toEqual([0.999014, 'met']);
    const early = reportOf({ to: at('2026-03-31 23:55') });
    expect(time(early, '1')).toMatchObject({ verdict: 'open', reason: 'running' });
  });

  test('37: a gap of our own is not bridged by two bad runs', () => {
    const bad = (clock: string): RunFact =>
      run(false, at(`2026-03-10 ${clock}`), at(`2026-03-10 ${clock}`), { samples: 1 });
    const gap: GapFact = {
      type: 'gap',
      vantage: 'here',
      from: at('2026-03-10 10:03:10'),
      to: at('2026-03-10 10:04:50'),
      why: 'own-line',
    };
    const one = time(
      reportOf({
        runs: between(at('2026-03-10 10:02'), [bad('10:03'), bad('10:05')], at('2026-03-10 10:06')),
        gaps: [gap],
      }),
      '1',
    );
    expect(one).toMatchObject({ value: 1, unmeasured: 2 });
  });

  test.each([
    ['5%', 60],
    ['10%', 0],
  ] as const)('38: one of twenty mailboxes is down: %s', (share, value) => {
    const contract = withContract({
      bad_when: {
        targets: {
          kind: 'share',
          percent: { numerator: BigInt(share.slice(0, -1)), scale: 0, text: share.slice(0, -1) },
        },
      },
    });
    const runs = Array.from({ length: 20 }, (_, index) =>
      index === 7
        ? downExactly([[at('2026-03-10 10:00'), at('2026-03-10 11:00')]], '2026-03', CONTRACT, { target: 'b7' })
        : [{ ...(good()[0] as RunFact), target: `b${index}` }],
    ).flat();
    expect(time(reportOf({ contract, runs }), '1').value).toBe(value);
  });
});
