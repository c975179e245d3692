import * as fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { DAY, MINUTE } from '../lib/time.ts';
import { daysOf } from './days.ts';
import { isTimezone } from '../lib/timezone.ts';
import { monthAt, monthSpan, monthsOfYearTo, nextMonth, parseMonth, previousMonth } from './month.ts';

test.each<{ name: string; month: string; zone: string; from: string; to: string; minutes: number }>([
  {
    name: 'case 1: a month of 31 days',
    month: '2026-03',
    zone: 'Asia/Shanghai',
    from: '2026-02-28T16:00:00.000Z',
    to: '2026-03-31T16:00:00.000Z',
    minutes: 44_640,
  },
  {
    name: 'case 2: February of a leap year',
    month: '2028-02',
    zone: 'Asia/Shanghai',
    from: '2028-01-31T16:00:00.000Z',
    to: '2028-02-29T16:00:00.000Z',
    minutes: 41_760,
  },
  {
    name: 'case 3: clocks go forward',
    month: '2026-03',
    zone: 'Europe/Berlin',
    from: '2026-02-28T23:00:00.000Z',
    to: '2026-03-31T22:00:00.000Z',
    minutes: 44_580,
  },
  {
    name: 'clocks go back',
    month: '2026-10',
    zone: 'Europe/Berlin',
    from: '2026-09-30T22:00:00.000Z',
    to: '2026-10-31T23:00:00.000Z',
    minutes: 44_700,
  },
  {
    name: 'half an hour of summer time begins',
    month: '2026-10',
    zone: 'Australia/Lord_Howe',
    from: '2026-09-30T13:30:00.000Z',
    to: '2026-10-31T13:00:00.000Z',
    minutes: 44_610,
  },
  {
    name: 'a date is left out of it',
    month: '2011-12',
    zone: 'Pacific/Apia',
    from: '2011-12-01T10:00:00.000Z',
    to: '2011-12-31T10:00:00.000Z',
    minutes: 43_200,
  },
  {
    name: 'its midnight comes twice, and the first counts',
    month: '2026-11',
    zone: 'America/Havana',
    from: '2026-11-01T04:00:00.000Z',
    to: '2026-12-01T05:00:00.000Z',
    minutes: 43_260,
  },
  {
    name: 'December ends with the year',
    month: '2026-12',
    zone: 'UTC',
    from: '2026-12-01T00:00:00.000Z',
    to: '2027-01-01T00:00:00.000Z',
    minutes: 44_640,
  },
])('$month in $zone: $name', ({ month, zone, from, to, minutes }) => {
  const span = monthSpan(month, zone);
  expect(new Date(span.from).toISOString()).toBe(from);
  expect(new Date(span.to).toISOString()).toBe(to);
  expect((span.to - span.from) / MINUTE).toBe(minutes);
});

test('the month changes at its own first instant', () => {
  const { from, to } = monthSpan('2026-10', 'Asia/Shanghai');
  expect([from - 1, from, to - 1, to].map((at) => monthAt(at, 'Asia/Shanghai'))).toEqual([
    '2026-09',
    '2026-10',
    '2026-10',
    '2026-11',
  ]);
});

test('an hour that St. John’s repeated over the end of October is in November', () => {
  const { from } = monthSpan('2009-11', 'America/St_Johns');
  expect(new Date(from).toISOString()).toBe('2009-11-01T02:30:00.000Z');
  expect(monthAt(from + 30 * MINUTE, 'America/St_Johns')).toBe('2009-11');
});

test.each([
  '2026-13',
  '2026-00',
  '2026-1',
  '202-10',
  '2026-10-01',
  ' 2026-10',
  '2026/10',
  '0000-01',
  '9999-12',
  '2026-1０',
  '',
])('"%s" is no month', (text) => {
  expect(parseMonth(text)).toBeUndefined();
  expect(() => nextMonth(text)).toThrow(RangeError);
  expect(() => monthSpan(text, 'UTC')).toThrow(RangeError);
});

test('a month in numbers', () => {
  expect(parseMonth('2026-10')).toEqual({ year: 2026, month: 10 });
});

test('months before and after, and those of the year so far', () => {
  expect([previousMonth('2026-01'), nextMonth('2026-12'), nextMonth('2026-09')]).toEqual([
    '2025-12',
    '2027-01',
    '2026-10',
  ]);
  expect(monthsOfYearTo('2026-03')).toEqual(['2026-01', '2026-02', '2026-03']);
  expect(() => nextMonth('9999-12')).toThrow(RangeError);
  expect(() => previousMonth('0000-01')).toThrow(RangeError);
});

test.each([
  ['Asia/Shanghai', true],
  ['America/Argentina/Buenos_Aires', true],
  ['UTC', true],
  ['Etc/GMT-8', true],
  ['PRC', true],
  ['+08:00', false],
  ['CST', false],
  ['Asia/Peking', false],
  ['Shanghai', false],
  ['Beijing time', false],
  ['', false],
  ['2026-01-01T00:00:00[Asia/Shanghai]', false],
  ['2026-01-01T00:00Z', false],
  ['+0800', false],
  ['UTC+8', false],
])('is "%s" a time zone: %s', (name, is) => {
  expect(isTimezone(name)).toBe(is);
});

const months = fc
  .tuple(fc.integer({ min: 1970, max: 2040 }), fc.integer({ min: 1, max: 12 }))
  .map(([year, month]) => `${year}-${String(month).padStart(2, '0')}`);
const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));

test('in every zone months follow each other without a hole, and their days tile them', () => {
  fc.assert(
    fc.property(months, zones, (month, zone) => {
      const { from, to } = monthSpan(month, zone);
      expect(monthSpan(nextMonth(month), zone).from).toBe(to);
      expect(monthSpan(previousMonth(month), zone).to).toBe(from);
      const days = daysOf(from, to, zone);
      expect(days.every(({ date }) => date.startsWith(`${month}-`))).toBe(true);
      expect(days.reduce((sum, day) => sum + day.to - day.from, 0)).toBe(to - from);
      expect(Math.abs(days.length - (to - from) / DAY)).toBeLessThan(0.2);
      expect([monthAt(from, zone), monthAt(to - 1, zone)]).toEqual([month, month]);
      expect(monthAt(to, zone)).toBe(nextMonth(month));
    }),
    { numRuns: 200 },
  );
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

test.each([
  ['America/New_York', 300],
  ['Asia/Shanghai', -480],
  ['UTC', 0],
])('a process whose own zone is %s computes the same', async (zone, minutesBehindUtc) => {
  vi.stubEnv('TZ', zone);
  vi.resetModules();
  expect(new Date(2026, 0, 1).getTimezoneOffset()).toBe(minutesBehindUtc);
  const fresh = {
    ...(await import('./month.ts')),
    ...(await import('./days.ts')),
    ...(await import('./working-days.ts')),
    ...(await import('./zoned-text.ts')),
  };
  const span = fresh.monthSpan('2026-03', 'Asia/Shanghai');
  expect(span).toEqual({ from: Date.UTC(2026, 1, 28, 16), to: Date.UTC(2026, 2, 31, 16) });
  const days = fresh.daysOf(span.from, span.to, 'Asia/Shanghai');
  expect(days).toHaveLength(31);
  expect(days[0]).toEqual({ date: '2026-03-01', from: span.from, to: span.from + DAY });
  expect(fresh.nextDate('2026-03-08')).toBe('2026-03-09');
  expect(['2026-02-13', '2026-02-14', '2026-02-15', '2026-02-24'].map(fresh.isWorkingDay)).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect(fresh.workingDayDeadline(Date.UTC(2026, 1, 13, 9), 1, 'Asia/Shanghai')).toBe(Date.UTC(2026, 1, 14, 16));
  expect(fresh.formatInZone(span.from, 'Asia/Shanghai')).toBe('2026-03-01T00:00:00+08:00');
  expect(fresh.parseInZone('2026-03-08 02:30', 'Asia/Shanghai')).toBe(Date.UTC(2026, 2, 7, 18, 30));
});
