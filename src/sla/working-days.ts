import tables from 'chinese-days/dist/chinese-days.json' with { type: 'json' };
import { dayStart, localDate, nextDate, weekday } from './days.ts';

/**
 * Working days of the PRC with their make-up days (調休). Of chinese-days only the data are
 * used: its functions shift dates with the zone of the process, and take unknown years for Monday to Friday.
 */

/** What the State Council announced, by date: days off, and days at the weekend that are worked. */
export interface HolidayTables {
  readonly holidays: Readonly<Record<string, string>>;
  readonly workdays: Readonly<Record<string, string>>;
}

/**
 * The first year whose data are right. They begin in 2004, but leave out 2005-12-31, a Saturday that was worked
 * (国办发明电〔2005〕35号).
 */
const FIRST_YEAR = 2006;

/** A year's announcement sets all of these; the entries of one that is not out yet may begin at its edges. */
const EVERY_YEAR = ['元旦', '春节', '劳动节', '国庆节'] as const;

/** The last year that the tables cover whole, without a hole since the first right one. */
export function lastYearOf({ holidays }: HolidayTables): number {
  const named = new Set(Object.entries(holidays).map(([date, name]) => `${date.slice(0, 4)} ${name.split(',')[1]}`));
  let year = FIRST_YEAR - 1;
  while (EVERY_YEAR.every((festival) => named.has(`${year + 1} ${festival}`))) year++;
  return year;
}

/** The years whose working days are known, both inclusive. */
export const WORKING_DAYS_KNOWN: { readonly first: number; readonly last: number } = {
  first: FIRST_YEAR,
  last: lastYearOf(tables),
};

/** Is that date a working day in the PRC? `unknown` outside the years that the data cover. */
export function isWorkingDay(date: string): boolean | 'unknown' {
  const year = Number(date.slice(0, 4));
  const atWeekend = [0, 6].includes(weekday(date));
  if (year < WORKING_DAYS_KNOWN.first || year > WORKING_DAYS_KNOWN.last) return 'unknown';
  return atWeekend ? Object.hasOwn(tables.workdays, date) : !Object.hasOwn(tables.holidays, date);
}

/**
 * 24:00, in the contract's zone, of the n-th working day after the local date of the start, in ms since the epoch; what
 * is done at that very instant is in time. `days` is whole and at least 1.
 */
export function workingDayDeadline(start: number, days: number, zone: string): number | 'calendar unknown' {
  if (!Number.isInteger(days) || days < 1) throw new RangeError(`Expected whole working days, at least 1, got ${days}`);
  let date = localDate(start, zone);
  for (let left = days; left > 0;) {
    date = nextDate(date);
    const works = isWorkingDay(date);
    if (works === 'unknown') return 'calendar unknown';
    if (works) left--;
  }
  return dayStart(nextDate(date), zone);
}
