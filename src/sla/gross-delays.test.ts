import { expect, test } from 'vitest';
import { at, delay, exclusion, message, messages, reportOf } from '../../test/support/worked-month.ts';

/** Two above an hour at noon of the 12th, and a hundred of 10 s on the 10th. */
const sent = [...messages(100, 10), message(at('2026-03-12 12:00'), 4_000), message(at('2026-03-12 12:01'), 5_000)];

test('the delays of a clause are told before exclusions and after', () => {
  const report = reportOf({ messages: sent, exclusions: [exclusion('2026-03-12 12:00', '2026-03-12 12:30')] });
  expect(delay(report, '2b')).toMatchObject({
    verdict: 'met',
    excluded: 2,
    mean_s: 10,
    exceedances: 0,
    gross_mean_s: 98.039216,
    gross_exceedances: 2,
    would_be: null,
    would_be_exceedances: null,
    would_be_verdict: null,
  });
});

test('a window that waits for approval tells what it would make of mean, exceedances and verdict', () => {
  const window = exclusion('2026-03-12 12:00', '2026-03-12 12:30', { ground: 'a' });
  expect(delay(reportOf({ messages: sent, exclusions: [window] }), '2b')).toMatchObject({
    verdict: 'missed',
    excluded: 0,
    exceedances: 2,
    gross_mean_s: 98.039216,
    gross_exceedances: 2,
    would_be: 10,
    would_be_exceedances: 0,
    would_be_verdict: 'met',
  });
});

test('without a window the figure before exclusions is the figure', () => {
  expect(delay(reportOf({ messages: sent }), '2b')).toMatchObject({
    mean_s: 98.039216,
    gross_mean_s: 98.039216,
    gross_exceedances: 2,
    would_be_verdict: null,
  });
});
