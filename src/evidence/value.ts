import { isTimezone } from '../lib/timezone.ts';
import { CHECK_NAMES } from '../lib/check-names.ts';
import { formatUtc, isFullDate, parseInstant } from '../lib/rfc3339.ts';
import type { CheckPace, Millis } from '../facts/facts.ts';
import type { Fault } from './refusal.ts';

/** One kind of value: how a file says it, and how the program does. */
export interface Value<T> {
  /** Follows the word "expected". */
  readonly expected: string;
  /** Undefined: it is none. */
  read(raw: unknown): T | undefined;
  /** What JSON is to say. */
  write(value: T): unknown;
  /** Of a value that has parts: which of them is wrong. The path begins where the value's own ends. */
  blame?(raw: unknown): Fault | undefined;
}

/** An object that JSON.parse made. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(raw: unknown): raw is JsonObject {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}

const same = <T>(value: T): T => value;

/** Words; there may be none. */
export const text: Value<string> = {
  expected: 'text',
  read: (raw) => (typeof raw === 'string' ? raw : undefined),
  write: same,
};

/** What tells one thing from another. */
export const name: Value<string> = {
  expected: 'text that is not empty',
  read: (raw) => (typeof raw === 'string' && raw !== '' ? raw : undefined),
  write: same,
};

export const flag: Value<boolean> = {
  expected: 'true or false',
  read: (raw) => (typeof raw === 'boolean' ? raw : undefined),
  write: same,
};

export const instant: Value<Millis> = {
  expected: 'an instant with an offset such as 2026-10-01T00:00:00+08:00',
  read: (raw) => (typeof raw === 'string' ? parseInstant(raw) : undefined),
  write: formatUtc,
};

/** Seconds, decimals allowed. */
export const duration: Value<number> = {
  expected: 'a number of seconds above 0',
  read: (raw) => (typeof raw === 'number' && Number.isFinite(raw) && raw > 0 ? raw : undefined),
  write: same,
};

/** Seconds that something took. */
export const elapsed: Value<number> = {
  expected: 'a number of seconds from 0',
  read: (raw) => (typeof raw === 'number' && Number.isFinite(raw) && raw >= 0 ? raw + 0 : undefined),
  write: same,
};

export function wholeFrom(least: number): Value<number> {
  return {
    expected: `a whole number from ${least}`,
    // JSON has a zero below zero, too.
    read: (raw) => (Number.isSafeInteger(raw) && (raw as number) >= least ? (raw as number) + 0 : undefined),
    write: same,
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): Value<T> {
  const all: ReadonlyMap<unknown, T> = new Map(words.map((word) => [word, word]));
  return {
    expected: words.length === 1 ? `"${words.join('')}"` : `one of ${words.join(', ')}`,
    read: (raw) => all.get(raw),
    write: same,
  };
}

/** A zone that this program's tzdata knows. */
export const zone: Value<string> = {
  expected: 'an IANA time zone such as Asia/Shanghai',
  read: (raw) => (typeof raw === 'string' && isTimezone(raw) ? raw : undefined),
  write: same,
};

export const days: Value<readonly string[]> = {
  expected: 'a list of dates such as ["2026-03-05"]',
  read: (raw) => (Array.isArray(raw) && raw.every(isDay) ? raw : undefined),
  write: same,
  blame(raw) {
    const at = Array.isArray(raw) ? raw.findIndex((day) => !isDay(day)) : -1;
    return at === -1 || !Array.isArray(raw)
      ? undefined
      : { path: `[${at}]`, expected: 'a date such as 2026-03-05', got: raw[at] };
  },
};

/** A misspelt check would drop out of `connected` without a word, so only those that a contract can name are taken. */
export const checks: Value<Readonly<Record<string, CheckPace>>> = {
  expected: 'a mapping of checks to their pace such as { "imap": { "interval_s": 60 } }',
  read: (raw) => (isObject(raw) && blameChecks(raw) === undefined ? paces(raw) : undefined),
  write: paces,
  blame: (raw) => (isObject(raw) ? blameChecks(raw) : undefined),
};

function blameChecks(raw: JsonObject): Fault | undefined {
  for (const [check, pace] of Object.entries(raw)) {
    if (!isCheck(check)) return { path: '', expected: `checks out of ${CHECK_NAMES.join(', ')}`, got: check };
    const path = `.${check}`;
    if (!isObject(pace)) return { path, expected: 'its pace such as { "interval_s": 60 }', got: pace };
    const { interval_s: interval = null, hold_s: hold = null } = pace;
    if (interval === null) return { path: `${path}.interval_s`, expected: `${duration.expected}; the key is missing` };
    if (duration.read(interval) === undefined)
      return { path: `${path}.interval_s`, expected: duration.expected, got: interval };
    if (hold !== null && duration.read(hold) === undefined)
      return { path: `${path}.hold_s`, expected: duration.expected, got: hold };
  }
  return undefined;
}

/** In the order in which people read checks, whatever the order in the file. */
function paces(raw: JsonObject): Record<string, CheckPace> {
  const found: Record<string, CheckPace> = {};
  for (const check of CHECK_NAMES) {
    const pace = raw[check];
    if (!isObject(pace)) continue;
    const hold = duration.read(pace['hold_s']);
    found[check] = { interval_s: pace['interval_s'] as number, ...(hold === undefined ? {} : { hold_s: hold }) };
  }
  return found;
}

function isCheck(word: string): boolean {
  return (CHECK_NAMES as readonly string[]).includes(word);
}

function isDay(raw: unknown): raw is string {
  return typeof raw === 'string' && isFullDate(raw);
}
