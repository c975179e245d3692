/** The Gregorian calendar repeats after 400 years: 146,097 days. */
const CYCLE_YEARS = 400;
const CYCLE_MS = 146_097 * 86_400_000;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** 0000-01-01T00:00:00Z and 10000-01-01T00:00:00Z: what four digits of a year can say. */
const FIRST = Date.UTC(CYCLE_YEARS, 0, 1) - CYCLE_MS;
const END = Date.UTC(10_000, 0, 1);

const DASH = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const COLON = 0x3a;

/**
 * Whole milliseconds since the Unix epoch of an RFC 3339 `date-time` (section 5.6), finer ones floored; undefined when it
 * is none. Strict: an offset or `Z` must stand there, the date must be a real one, the separator is `T` (lower case is
 * the same). A leap second (`:60`) is refused, because the Unix epoch has no number of its own for it, and so is an
 * instant that its offset carries out of the years 0000 to 9999, because it could not be written back.
 */
export function parseInstant(text: string): number | undefined {
  if (text.length < 20 || !isFullDate(text.slice(0, 10))) return undefined;
  const separator = text.charCodeAt(10) | 0x20;
  if (separator !== 0x74 || text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return undefined;
  const hour = number(text, 11, 2);
  const minute = number(text, 14, 2);
  const second = number(text, 17, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return undefined;

  let at = 19;
  let millisecond = 0;
  if (text.charCodeAt(at) === DOT) {
    const end = endOfDigits(text, at + 1);
    if (end === at + 1) return undefined;
    millisecond = Number(text.slice(at + 1, Math.min(end, at + 4)).padEnd(3, '0'));
    at = end;
  }
  const offset = offsetMinutes(text, at);
  if (offset === undefined) return undefined;

  const day = midnight(number(text, 0, 4), number(text, 5, 2), number(text, 8, 2));
  const instant = day + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + millisecond;
  return instant >= FIRST && instant < END ? instant : undefined;
}

/** Whether it is an RFC 3339 `full-date`, `2026-02-28`, of a day that the calendar has. */
export function isFullDate(text: string): boolean {
  if (text.length !== 10 || text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return false;
  const year = number(text, 0, 4);
  const month = number(text, 5, 2);
  const day = number(text, 8, 2);
  return year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

/** `2026-10-01T00:00:00Z`, with milliseconds where there are any; finer ones are floored. Years 0000 to 9999. */
export function formatUtc(ms: number): string {
  const whole = Math.floor(ms);
  if (!(whole >= FIRST && whole < END))
    throw new RangeError(`expected an instant of the years 0000 to 9999, got ${ms}`);
  const text = new Date(whole).toISOString();
  return whole % 1_000 === 0 ? `${text.slice(0, 19)}Z` : text;
}

/** Minutes east of UTC, which the text must end with; `-00:00` is UTC whose local time is not known. */
function offsetMinutes(text: string, at: number): number | undefined {
  const sign = text.charCodeAt(at);
  if ((sign | 0x20) === 0x7a && text.length === at + 1) return 0;
  if ((sign !== PLUS && sign !== DASH) || text.length !== at + 6 || text.charCodeAt(at + 3) !== COLON) return undefined;
  const hours = number(text, at + 1, 2);
  const minutes = number(text, at + 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined;
  return (sign === DASH ? -1 : 1) * (hours * 60 + minutes);
}

// Date.UTC takes the years 0 to 99 for 1900 to 1999, so a whole cycle later is asked.
function midnight(year: number, month: number, day: number): number {
  return Date.UTC(year + CYCLE_YEARS, month - 1, day) - CYCLE_MS;
}

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
}

/** The number that so many ASCII digits say, -1 when one of them is none. */
function number(text: string, start: number, length: number): number {
  let sum = 0;
  for (let at = start; at < start + length; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    sum = sum * 10 + digit;
  }
  return sum;
}

function endOfDigits(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at += 1;
  return at;
}
