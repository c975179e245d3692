import { isFullDate } from '../lib/rfc3339.ts';
import { DAY } from '../lib/time.ts';
import { offsetAt } from './zone-offset.ts';

/**
 * Local dates, written `YYYY-MM-DD`, and where they begin in a zone. Arithmetic on dates counts days of the proleptic
 * Gregorian calendar from 1970-01-01, so neither the zone of the process nor that of the contract can shift a date.
 */

/** A local date, cut to the span that was asked for; [from, to) in ms since the epoch. */
export interface Day {
  readonly date: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The date in a zone that an instant belongs to: what calendars there show, but for an hour that is repeated when clocks
 * fall back over midnight (America/St_Johns until 2011, at 00:01), which belongs to the later date all along.
 */
export function localDate(at: number, zone: string): string {
  return dateOf(localDayNumber(at, zone));
}

/**
 * The first instant of a date in a zone. Where midnight is left out (America/Sao_Paulo 2018-11-04) it is the instant of
 * the change, where it comes twice (America/Havana in autumn) the first of the two; a date that a zone left out whole
 * (Pacific/Apia 2011-12-30) begins, empty, with the next one.
 */
export function dayStart(date: string, zone: string): number {
  return startOfDay(dayNumber(date), zone);
}

/** The days that tile [from, to), in order, the first and the last cut to it; each lasts until the next one begins. */
export function daysOf(from: number, to: number, zone: string): readonly Day[] {
  const days: Day[] = [];
  let number = localDayNumber(from, zone);
  for (let start = from; start < to; number++) {
    const end = Math.min(startOfDay(number + 1, zone), to);
    if (end <= start) continue;
    days.push({ date: dateOf(number), from: start, to: end });
    start = end;
  }
  return days;
}

/** The date after a date. */
export function nextDate(date: string): string {
  return dateOf(dayNumber(date) + 1);
}

/** 0 is Sunday, 6 is Saturday. */
export function weekday(date: string): number {
  return (((dayNumber(date) + EPOCH_WEEKDAY) % 7) + 7) % 7;
}

/** Days from 1970-01-01 to a date; a RangeError when there is no such date. */
export function dayNumber(date: string): number {
  if (!isFullDate(date)) throw new RangeError(`Expected a date such as 2026-10-05, got ${JSON.stringify(date)}`);
  const year = Number(date.slice(0, 4));
  const month = Number(date.slice(5, 7));
  return daysBeforeYear(year) + daysBeforeMonth(year, month) + Number(date.slice(8)) - 1 - DAYS_BEFORE_1970;
}

/** The date that many days after 1970-01-01; a RangeError outside the years 0000 to 9999. */
export function dateOf(number: number): string {
  const days = number + DAYS_BEFORE_1970;
  let year = Math.floor(days / 365.2425);
  // A year's first day lies up to two days from what the mean length of a year says.
  while (daysBeforeYear(year) > days) year--;
  while (daysBeforeYear(year + 1) <= days) year++;
  if (!(year >= 0 && year <= 9999))
    throw new RangeError(`Expected a date of the years 0000 to 9999, got day ${number}`);
  const ofYear = days - daysBeforeYear(year);
  let month = Math.min(12, Math.floor(ofYear / 29) + 1);
  while (daysBeforeMonth(year, month) > ofYear) month--;
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(ofYear - daysBeforeMonth(year, month) + 1, 2)}`;
}

/** A whole number with leading zeros. */
export function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

function localDayNumber(at: number, zone: string): number {
  let number = Math.floor((at + offsetAt(at, zone)) / DAY);
  while (startOfDay(number + 1, zone) <= at) number++;
  return number;
}

function startOfDay(number: number, zone: string): number {
  const midnight = number * DAY;
  // No offset reaches 16 hours, so a change that matters lies between these two, and there is one at most.
  const before = offsetAt(midnight - DAY, zone);
  const after = offsetAt(midnight + DAY, zone);
  if (offsetAt(midnight - before, zone) === before) return midnight - before;
  if (offsetAt(midnight - after, zone) === after) return midnight - after;
  // Midnight is left out: the day begins when the clocks are put forward.
  let last = midnight - after;
  let first = midnight - before;
  while (first - last > 1) {
    const middle = Math.floor((last + first) / 2);
    if (offsetAt(middle, zone) === before) last = middle;
    else first = middle;
  }
  return first;
}

/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY = 4;
const BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;
const DAYS_BEFORE_1970 = daysBeforeYear(1970);

/** Days from 0000-01-01, a leap year, to the first of January. */
function daysBeforeYear(year: number): number {
  const past = year - 1;
  return year * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400) + 1;
}

function daysBeforeMonth(year: number, month: number): number {
  return (BEFORE_MONTH[month - 1] ?? 0) + (month > 2 && isLeap(year) ? 1 : 0);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
