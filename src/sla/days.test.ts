import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { DAY, HOUR } from '../lib/time.ts';
import { dateOf, dayNumber, daysOf, dayStart, localDate, nextDate, weekday } from './days.ts';

const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
const instants = fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2040, 0, 1) });

test.each<{ name: string; date: string; zone: string; at: string }>([
  { name: 'an ordinary midnight', date: '2026-03-01', zone: 'Asia/Shanghai', at: '2026-02-28T16:00:00.000Z' },
  { name: 'midnight left out', date: '2018-11-04', zone: 'America/Sao_Paulo', at: '2018-11-04T03:00:00.000Z' },
  { name: 'midnight left out', date: '2026-03-29', zone: 'Asia/Beirut', at: '2026-03-28T22:00:00.000Z' },
  { name: 'midnight that comes twice', date: '2026-11-01', zone: 'America/Havana', at: '2026-11-01T04:00:00.000Z' },
  { name: 'clocks back over midnight', date: '2010-11-07', zone: 'America/St_Johns', at: '2010-11-07T02:30:00.000Z' },
  { name: 'a date left out whole', date: '2011-12-30', zone: 'Pacific/Apia', at: '2011-12-30T10:00:00.000Z' },
  { name: 'the date after that one', date: '2011-12-31', zone: 'Pacific/Apia', at: '2011-12-30T10:00:00.000Z' },
  { name: 'the day that clocks go forward', date: '2026-03-29', zone: 'Europe/Berlin', at: '2026-03-28T23:00:00.000Z' },
  { name: 'the day after', date: '2026-03-30', zone: 'Europe/Berlin', at: '2026-03-29T22:00:00.000Z' },
])('$date begins in $zone at its first instant: $name', ({ date, zone, at }) => {
  expect(new Date(dayStart(date, zone)).toISOString()).toBe(at);
});

test('case 29: Berlin, 02:30 CEST to 02:30 CET are 60 minutes of a day of 25 hours', () => {
  const [day, ...others] = daysOf(
    dayStart('2026-10-25', 'Europe/Berlin'),
    dayStart('2026-10-26', 'Europe/Berlin'),
    'Europe/Berlin',
  );
  expect(others).toEqual([]);
  expect(day).toEqual({
    date: '2026-10-25',
    from: Date.parse('2026-10-25T00:00:00+02:00'),
    to: Date.parse('2026-10-26T00:00:00+01:00'),
  });
  expect((day?.to ?? 0) - (day?.from ?? 0)).toBe(25 * HOUR);
});

test.each<{ at: string; zone: string; date: string }>([
  { at: '2026-02-28T15:59:59.999Z', zone: 'Asia/Shanghai', date: '2026-02-28' },
  { at: '2026-02-28T16:00:00Z', zone: 'Asia/Shanghai', date: '2026-03-01' },
  { at: '1969-12-31T23:59:59.999Z', zone: 'UTC', date: '1969-12-31' },
  { at: '2028-02-29T12:00:00Z', zone: 'UTC', date: '2028-02-29' },
  { at: '2011-12-30T09:59:59.999Z', zone: 'Pacific/Apia', date: '2011-12-29' },
  { at: '2011-12-30T10:00:00Z', zone: 'Pacific/Apia', date: '2011-12-31' },
])('at $at it is $date in $zone', ({ at, zone, date }) => {
  expect(localDate(Date.parse(at), zone)).toBe(date);
});

test('an instant with a fraction belongs to the date that it was floored to', () => {
  expect(localDate(dayStart('2026-03-01', 'Asia/Shanghai') - 0.25, 'Asia/Shanghai')).toBe('2026-02-28');
});

test('a date that a zone left out is no day of it', () => {
  const days = daysOf(dayStart('2011-12-29', 'Pacific/Apia'), dayStart('2012-01-01', 'Pacific/Apia'), 'Pacific/Apia');
  expect(days.map(({ date }) => date)).toEqual(['2011-12-29', '2011-12-31']);
});

test('the hour that St. John’s repeated over midnight is the later day’s, and each date is there once', () => {
  const zone = 'America/St_Johns';
  const from = dayStart('2010-11-06', zone);
  const midnight = dayStart('2010-11-07', zone);
  expect(daysOf(from, midnight + 25 * HOUR, zone)).toEqual([
    { date: '2010-11-06', from, to: midnight },
    { date: '2010-11-07', from: midnight, to: midnight + 25 * HOUR },
  ]);
  const repeated = midnight + HOUR / 2;
  expect(localDate(repeated, zone)).toBe('2010-11-07');
  expect(localDate(midnight - 1, zone)).toBe('2010-11-06');
  expect(daysOf(repeated, repeated + 1, zone)).toEqual([{ date: '2010-11-07', from: repeated, to: repeated + 1 }]);
});

test('no time has no days', () => {
  expect(daysOf(5, 5, 'UTC')).toEqual([]);
  expect(daysOf(6, 5, 'UTC')).toEqual([]);
});

test('a year of any zone has all its dates', () => {
  for (const zone of ['Asia/Shanghai', 'Europe/Berlin', 'America/Sao_Paulo', 'Africa/Casablanca', 'Asia/Beirut']) {
    const dates = daysOf(dayStart('2028-01-01', zone), dayStart('2029-01-01', zone), zone).map(({ date }) => date);
    expect(dates).toHaveLength(366);
    expect(dates).toEqual(Array.from({ length: 366 }, (_, index) => dateOf(dayNumber('2028-01-01') + index)));
  }
});

test.each([
  ['2026-02-28', '2026-03-01'],
  ['2028-02-28', '2028-02-29'],
  ['2100-02-28', '2100-03-01'],
  ['2000-02-29', '2000-03-01'],
  ['2026-12-31', '2027-01-01'],
  ['0000-02-29', '0000-03-01'],
])('after %s comes %s', (date, next) => {
  expect(nextDate(date)).toBe(next);
});

test.each(['2026-02-29', '2026-13-01', '2026-00-10', '2026-1-01', '2026-01-01T00:00', '', '+02026-01-01'])(
  'there is no date "%s"',
  (date) => {
    expect(() => dayNumber(date)).toThrow(RangeError);
  },
);

test('there is no date after 9999-12-31', () => {
  expect(() => nextDate('9999-12-31')).toThrow(RangeError);
  expect(() => dateOf(dayNumber('0000-01-01') - 1)).toThrow(RangeError);
  expect(() => dateOf(Number.NaN)).toThrow(RangeError);
});

test('number and date are each other’s inverse, in order, and agree with Temporal on the weekday', () => {
  fc.assert(
    fc.property(fc.integer({ min: dayNumber('0000-01-01'), max: dayNumber('9999-12-31') }), (number) => {
      const date = dateOf(number);
      const asked = Temporal.PlainDate.from('1970-01-01').add({ days: number });
      expect(date).toBe(asked.toString());
      expect(dayNumber(date)).toBe(number);
      expect(weekday(date)).toBe(asked.dayOfWeek % 7);
    }),
    { numRuns: 1_000 },
  );
});

test('a day begins where Temporal says, in every zone', () => {
  fc.assert(
    fc.property(zones, fc.integer({ min: 0, max: dayNumber('2040-01-01') }), (zone, number) => {
      const date = dateOf(number);
      const asked = Temporal.PlainDate.from(date).toZonedDateTime(zone);
      expect(dayStart(date, zone)).toBe(asked.epochMilliseconds);
    }),
    { numRuns: 500 },
  );
});

test('days tile any span, and cutting it in two cuts at most one day', () => {
  const span = fc.tuple(instants, fc.integer({ min: 1, max: 60 * DAY }));
  fc.assert(
    fc.property(zones, span, fc.double({ min: 0, max: 1, noNaN: true }), (zone, [from, length], share) => {
      const to = from + length;
      const days = daysOf(from, to, zone);
      expect(days[0]?.from).toBe(from);
      expect(days.at(-1)?.to).toBe(to);
      for (const [index, day] of days.entries()) {
        expect(day.to).toBeGreaterThan(day.from);
        expect(day.from).toBe(days[index - 1]?.to ?? from);
        expect(day.from).toBe(Math.max(from, dayStart(day.date, zone)));
        expect([localDate(day.from, zone), localDate(day.to - 1, zone)]).toEqual([day.date, day.date]);
      }
      expect(days.map(({ date }) => date)).toEqual([...new Set(days.map(({ date }) => date))].sort());

      const cut = from + Math.floor(length * share);
      const [first, second] = [daysOf(from, cut, zone), daysOf(cut, to, zone)];
      const joined = first.at(-1)?.date === second[0]?.date ? second.slice(1) : second;
      expect([...first, ...joined].map(({ date }) => date)).toEqual(days.map(({ date }) => date));
    }),
    { numRuns: 200 },
  );
});
