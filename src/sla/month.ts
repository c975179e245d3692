import { dayStart, digits, localDate } from './days.ts';

/** Calendar months, written `YYYY-MM` so that they sort as text, in a time zone by tzdata: its length is the real time elapsed. */

/** [from, to) of a month in a zone, in ms since the epoch: Asia/Shanghai 2026-03 begins at 2026-02-28T16:00Z. */
export function monthSpan(month: string, timezone: string): { from: number; to: number } {
  return { from: dayStart(`${month}-01`, timezone), to: dayStart(`${nextMonth(month)}-01`, timezone) };
}

/** The month whose span in the zone holds an instant. */
export function monthAt(at: number, zone: string): string {
  return localDate(at, zone).slice(0, 7);
}

/** `2026-10` in numbers; undefined for anything else, the first and the last month of four-digit years among it, which lack a neighbour. */
export function parseMonth(text: string): { readonly year: number; readonly month: number } | undefined {
  const parts = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text);
  return parts === null || text === '0000-01' || text === '9999-12'
    ? undefined
    : { year: Number(parts[1]), month: Number(parts[2]) };
}

export function nextMonth(month: string): string {
  return moved(month, 1);
}

export function previousMonth(month: string): string {
  return moved(month, -1);
}

/** The months of a year up to this one, January first. */
export function monthsOfYearTo(month: string): readonly string[] {
  const { year, month: last } = numbersOf(month);
  return Array.from({ length: last }, (_, index) => written(year, index + 1));
}

function moved(month: string, by: number): string {
  const { year, month: number } = numbersOf(month);
  const index = year * 12 + number - 1 + by;
  return written(Math.floor(index / 12), (index % 12) + 1);
}

function numbersOf(month: string): { readonly year: number; readonly month: number } {
  const numbers = parseMonth(month);
  if (numbers === undefined) throw new RangeError(`Expected a month such as 2026-10, got ${JSON.stringify(month)}`);
  return numbers;
}

function written(year: number, month: number): string {
  if (year < 0 || year > 9999) throw new RangeError(`Expected a month of the years 0000 to 9999, got year ${year}`);
  return `${digits(year, 4)}-${digits(month, 2)}`;
}
