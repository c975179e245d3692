import { formatUtc, parseInstant } from '../lib/rfc3339.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../lib/time.ts';
import { dateOf, dayNumber, digits } from './days.ts';
import { offsetAt } from './zone-offset.ts';

/**
 * RFC 3339 in a zone's own time: `2026-10-01T00:00:00+08:00`, milliseconds only where they are not 0, finer ones floored.
 * It always says the same instant: an offset with seconds (local mean time, before 1901 in Shanghai) is rounded to the
 * minute, as in RFC 9557, and the time of day with it. Where the local year does not fit four digits it is given in UTC.
 */
export function formatInZone(at: number, zone: string): string {
  const whole = Math.floor(at);
  const offset = Math.round(offsetAt(whole, zone) / MINUTE) * MINUTE;
  const local = whole + offset;
  if (!(local >= FIRST_LOCAL && local < END_LOCAL)) return formatUtc(whole);
  return `${localText(local)}${offsetText(offset)}`;
}

/** What a text is as a time of a zone. */
export type LocalReading =
  /** Ms since the epoch, finer ones floored. */
  | { readonly kind: 'instant'; readonly at: number }
  | { readonly kind: 'no time' }
  /** The zone leaves it out, or has it twice; `choices`: with the offsets before and after the change. */
  | { readonly kind: 'skipped' | 'twice'; readonly time: string; readonly choices: readonly [string, string] };

/**
 * Reads what an operator types: `2026-10-05 02:00`, `2026-10-05T02:00:30` in the zone's time, or with an offset or `Z`,
 * which is exact. A local time that the zone leaves out or has twice is never guessed at.
 */
export function readInZone(text: string, zone: string): LocalReading {
  const parts = TYPED.exec(text.trim());
  const at = parts === null ? undefined : parseInstant(`${written(parts)}${parts[5] ?? 'Z'}`);
  if (parts === null || at === undefined) return { kind: 'no time' };
  // Without an offset it was read as if UTC: `at` is then the time that the local clock shows, as a number.
  return parts[5] === undefined ? fromLocal(at, zone) : { kind: 'instant', at };
}

/** The same in ms since the epoch; or what is wrong with it, in words that follow "at: " or the like. */
export function parseInZone(text: string, zone: string): number | { readonly problem: string } {
  const found = readInZone(text, zone);
  switch (found.kind) {
    case 'instant':
      return found.at;
    case 'no time':
      return { problem: `expected ${expectedTime(zone)}` };
    case 'skipped': {
      const [one, other] = found.choices;
      const why = `${found.time} does not exist in ${zone}, where the clocks are put forward over it`;
      return { problem: `${why}: write ${one} or ${other}` };
    }
    case 'twice': {
      const [one, other] = found.choices;
      const why = `${found.time} comes twice in ${zone}, where the clocks are put back over it`;
      return { problem: `${why}: write ${one} or ${other}` };
    }
  }
}

function fromLocal(local: number, zone: string): LocalReading {
  // No offset reaches 16 hours and no two changes lie within two days, so one of these was in force, or both.
  const before = offsetAt(local - DAY, zone);
  const after = offsetAt(local + DAY, zone);
  const fitting = [...new Set([before, after])].filter((offset) => offsetAt(local - offset, zone) === offset);
  const [offset] = fitting;
  if (fitting.length === 1 && offset !== undefined) {
    const at = local - offset;
    // At the edges of the years 0000 to 9999 an instant might not be written back.
    return parseInstant(formatInZone(at, zone)) === at ? { kind: 'instant', at } : { kind: 'no time' };
  }
  const time = localText(local);
  const choices = [`${time}${offsetText(before)}`, `${time}${offsetText(after)}`] as const;
  return { kind: fitting.length === 0 ? 'skipped' : 'twice', time, choices };
}

/** Date, hour and minute, seconds, their fraction, offset. */
const TYPED = /^(\d{4}-\d\d-\d\d)(?:[Tt]| +)(\d\d:\d\d)(?::(\d\d)(\.\d+)?)? ?([Zz]|[+-]\d\d:\d\d)?$/;

function written([, date, time, seconds = '00', fraction = '']: RegExpExecArray): string {
  return `${date}T${time}:${seconds}${fraction}`;
}

function expectedTime(zone: string): string {
  return `a time such as "2026-10-05 02:00" (as clocks in ${zone} show it) or "2026-10-05T02:00:00+08:00"`;
}

const FIRST_LOCAL = dayNumber('0000-01-01') * DAY;
const END_LOCAL = (dayNumber('9999-12-31') + 1) * DAY;

function localText(local: number): string {
  const day = Math.floor(local / DAY);
  const ofDay = local - day * DAY;
  const ms = ofDay % SECOND;
  return `${dateOf(day)}T${clock(ofDay)}:${digits(Math.floor((ofDay % MINUTE) / SECOND), 2)}${ms === 0 ? '' : `.${digits(ms, 3)}`}`;
}

function offsetText(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / MINUTE) * MINUTE;
  return `${offset < 0 ? '-' : '+'}${clock(minutes)}`;
}

/** `02:30` of so many milliseconds. */
function clock(ms: number): string {
  return `${digits(Math.floor(ms / HOUR), 2)}:${digits(Math.floor((ms % HOUR) / MINUTE), 2)}`;
}
