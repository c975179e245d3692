import { expect, test } from 'vitest';
import { nextDate, weekday } from './days.ts';
import {
  isWorkingDay,
  lastYearOf,
  WORKING_DAYS_KNOWN,
  workingDayDeadline,
  type HolidayTables,
} from './working-days.ts';

const SHANGHAI = 'Asia/Shanghai';

test.each<{ name: string; date: string; works: boolean | 'unknown' }>([
  { name: 'a Friday', date: '2026-02-13', works: true },
  { name: 'a Saturday that is worked for Spring Festival', date: '2026-02-14', works: true },
  { name: 'a Monday of Spring Festival', date: '2026-02-16', works: false },
  { name: 'an ordinary Saturday', date: '2026-03-07', works: false },
  { name: 'an ordinary Sunday', date: '2026-03-08', works: false },
  { name: 'a Sunday that is worked for National Day', date: '2026-09-20', works: true },
  { name: 'the New Year', date: '2026-01-01', works: false },
  { name: 'the last day known', date: '2026-12-31', works: true },
  { name: 'a Monday of the year that nobody has announced', date: '2027-01-04', works: 'unknown' },
  { name: 'its Saturday is not known to be off either', date: '2027-01-02', works: 'unknown' },
  { name: 'the first day known', date: '2006-01-01', works: false },
  { name: 'a Saturday that was worked, and that the data leave out', date: '2005-12-31', works: 'unknown' },
  { name: 'long before', date: '1999-06-01', works: 'unknown' },
])('$date, $name: $works', ({ date, works }) => {
  expect(isWorkingDay(date)).toBe(works);
});

test('a date that does not exist is no question', () => {
  expect(() => isWorkingDay('2026-02-30')).toThrow(RangeError);
});

test.each<{ name: string; from: string; days: number; zone?: string; due: string }>([
  { name: 'case 30: a make-up day', from: '2026-02-13T17:00+08:00', days: 1, due: '2026-02-15T00:00+08:00' },
  { name: 'two days reach over the festival', from: '2026-02-13T17:00+08:00', days: 2, due: '2026-02-25T00:00+08:00' },
  {
    name: 'the day of the start does not count',
    from: '2026-03-02T00:00+08:00',
    days: 1,
    due: '2026-03-04T00:00+08:00',
  },
  { name: 'nor at its last instant', from: '2026-03-02T23:59:59.999+08:00', days: 1, due: '2026-03-04T00:00+08:00' },
  { name: 'over a weekend', from: '2026-03-06T09:00+08:00', days: 1, due: '2026-03-10T00:00+08:00' },
  { name: 'from a weekend', from: '2026-03-07T09:00+08:00', days: 1, due: '2026-03-10T00:00+08:00' },
  { name: 'the last one known', from: '2026-12-30T09:00+08:00', days: 1, due: '2027-01-01T00:00+08:00' },
  {
    name: 'the date of the start is that of the contract’s zone',
    from: '2026-03-05T23:00-05:00',
    days: 1,
    due: '2026-03-10T00:00+08:00',
  },
  {
    name: 'and so is 24:00, though the day be an hour shorter',
    from: '2026-03-27T12:00+01:00',
    days: 2,
    zone: 'Europe/Berlin',
    due: '2026-04-01T00:00+02:00',
  },
])('due after working days: $name', ({ from, days, zone = SHANGHAI, due }) => {
  expect(workingDayDeadline(Date.parse(from), days, zone)).toBe(Date.parse(due));
});

test.each<{ name: string; from: string; days: number }>([
  { name: 'case 31: a working day of 2027', from: '2027-03-01T09:00+08:00', days: 1 },
  { name: 'one that only ends in 2027', from: '2026-12-31T09:00+08:00', days: 1 },
  { name: 'the second of two', from: '2026-12-30T09:00+08:00', days: 2 },
  { name: 'one before the data', from: '2004-03-01T09:00+08:00', days: 1 },
  { name: 'more days than there are', from: '2026-01-01T09:00+08:00', days: 100_000 },
])('the calendar is unknown: $name', ({ from, days }) => {
  expect(workingDayDeadline(Date.parse(from), days, SHANGHAI)).toBe('calendar unknown');
});

test.each([0, -1, 1.5, Number.NaN])('%s working days are none', (days) => {
  expect(() => workingDayDeadline(0, days, SHANGHAI)).toThrow(RangeError);
});

/**
 * Days off from Monday to Friday less worked weekends are the holidays that law gives: 10, from 2008 on 11, from 2025 on
 * 13. Other numbers have their reason; a hole in the data has none.
 */
const UNEVEN: Readonly<Record<number, number>> = {
  2006: 10 + 1 - 2, // 2005-12-31 worked for this year, 12-30 and 12-31 for the next
  2007: 10 + 2,
  2011: 11 - 1, // 12-31 worked for 2012
  2012: 11 + 1,
  2015: 11 + 1, // 3 September, the 70th anniversary
  2020: 11 + 2, // the epidemic: 31 January off, 1 February not worked
};

test('the years 2006 to 2026 are covered, and each one’s days balance', () => {
  expect(WORKING_DAYS_KNOWN).toEqual({ first: 2006, last: 2026 });
  for (let year = 2006; year <= 2026; year++) {
    let balance = 0;
    for (let date = `${year}-01-01`; date.startsWith(`${year}`); date = nextDate(date)) {
      const weekend = [0, 6].includes(weekday(date));
      if (weekend === isWorkingDay(date)) balance += weekend ? -1 : 1;
    }
    const byLaw = year >= 2025 ? 13 : year >= 2008 ? 11 : 10;
    expect([year, balance]).toEqual([year, UNEVEN[year] ?? byLaw]);
  }
});

const whole = (year: number): [string, string][] => [
  [`${year}-01-01`, "New Year's Day,元旦,1"],
  [`${year}-02-01`, 'Spring Festival,春节,4'],
  [`${year}-05-01`, 'Labour Day,劳动节,2'],
  [`${year}-10-01`, 'National Day,国庆节,3'],
];

test.each<{ name: string; holidays: [string, string][]; last: number }>([
  { name: 'two years', holidays: [...whole(2006), ...whole(2007)], last: 2007 },
  {
    name: 'of a third one only the New Year',
    holidays: [...whole(2006), ...whole(2007), ...whole(2008).slice(0, 1)],
    last: 2007,
  },
  { name: 'a hole', holidays: [...whole(2006), ...whole(2008)], last: 2006 },
  { name: 'nothing', holidays: [], last: 2005 },
])('the last year that tables cover: $name', ({ holidays, last }) => {
  const tables: HolidayTables = { holidays: Object.fromEntries(holidays), workdays: {} };
  expect(lastYearOf(tables)).toBe(last);
});
