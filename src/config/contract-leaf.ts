import { isTimezone } from '../lib/timezone.ts';
import { z } from 'zod';
import { DAY } from '../lib/time.ts';
import type { Decimal, HowMany, Title, Within } from './contract.ts';
import { eitherShape, jsonOf } from './contract-shape.ts';
import { compareDecimals, DECIMAL, parseDecimal } from './decimal.ts';
import { parseDuration } from './duration.ts';
import { nearest } from './near.ts';
import { parsed } from './schema-leaf.ts';
import { section } from './schema-section.ts';

// Single values of a contract file. Numbers come as the text that stands in the file (parse-checked.ts).

/** For editors: what is written without quotes is a number to them. */
const TEXT_OR_NUMBER = { type: ['string', 'number'] } as const;

/** One to 60 characters of any script, no control character, no space at either end. */
const WORD = /^[^\p{C}\p{Z}](?:(?:[^\p{C}\p{Z}]| ){0,58}[^\p{C}\p{Z}])?$/u;

/** A name that the contract gives: a clause's id, a ground, a remedy. */
export function word(what: string, example: string) {
  const expected = `${what} of at most 60 characters such as ${example}`;
  return z.string({ error: expected }).regex(WORD, expected).meta(TEXT_OR_NUMBER);
}

/** One of the program's own words. */
export function known<const T extends readonly string[]>(noun: string, words: T) {
  return z.enum(words, { error: ({ input }) => expectedOneOf(noun, words, input) });
}

/** `a known measure; did you mean downtime?`, or all that there are. */
export function expectedOneOf(noun: string, words: readonly string[], got: unknown): string {
  // Any letter is one letter off another: where one says a ground, all are told.
  const meant = typeof got === 'string' && got.length > 2 ? nearest(got, words) : undefined;
  return meant === undefined ? `a ${noun}, one of ${words.join(', ')}` : `a known ${noun}; did you mean ${meant}?`;
}

/** Text that people read: in both languages, or one for both. */
export function title() {
  const expected = 'a text of one line, or a mapping { zh: ..., en: ... }';
  const one = textOfOneLine(expected);
  const both = section({
    zh: textOfOneLine('a text of one line').describe('In Chinese.'),
    en: textOfOneLine('a text of one line').describe('In English.'),
  });
  return eitherShape(one, both, { anyOf: [jsonOf(one), jsonOf(both)] }).transform((written): Title =>
    typeof written === 'string' ? { zh: written, en: written } : written,
  );
}

function textOfOneLine(expected: string) {
  // eslint-disable-next-line no-control-regex -- they are what is refused
  return z.string({ error: expected }).regex(/^[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,1000}$/, expected);
}

/** A limit, to the last digit. */
export function decimal(expected: string, from?: string) {
  const least = from === undefined ? undefined : parseDecimal(from);
  const bounded = (text: string): Decimal | undefined => {
    const found = parseDecimal(text);
    return found !== undefined && (least === undefined || compareDecimals(found, least) >= 0) ? found : undefined;
  };
  return parsed(expected, bounded, DECIMAL).meta(TEXT_OR_NUMBER);
}

const SHARE = /^(\d{1,3}(?:\.\d{1,6})?) ?%$/;

/** A count from 1, or a share above 0 % and up to 100 %. */
export function howMany() {
  return parsed('a whole number from 1, or a share up to 100% such as "5%"', parseHowMany).meta(TEXT_OR_NUMBER);
}

function parseHowMany(text: string): HowMany | undefined {
  if (/^[1-9]\d{0,5}$/.test(text)) return { kind: 'count', count: Number(text) };
  const percent = parseDecimal(SHARE.exec(text)?.[1] ?? '');
  if (percent === undefined || percent.numerator === 0n) return undefined;
  const all: Decimal = { numerator: 100n, scale: 0, text: '100' };
  return compareDecimals(percent, all) <= 0 ? { kind: 'share', percent } : undefined;
}

/** Ten years. Whole milliseconds, since that is what the arithmetic counts in. */
const LONGEST = 3_660;

/** A time in whole milliseconds, from `min` on. */
export function wholeDuration(options: { readonly min: string; readonly example: string }) {
  const least = parseDuration(options.min) ?? 0;
  const expected = `a duration of whole milliseconds from ${options.min} to ${LONGEST}d such as ${options.example}`;
  return parsed(expected, (text) => elapsed(text, least));
}

/** How long something may take. */
export function within() {
  return parsed(
    `a time such as 24h or 3d, or whole working days such as "1 workdays", up to ${LONGEST} days`,
    parseWithin,
  );
}

function parseWithin(text: string): Within | undefined {
  const days = /^(\d{1,4})(?:\.0{1,6})? ?workdays$/.exec(text)?.[1];
  if (days !== undefined) {
    const whole = Number(days);
    return whole >= 1 && whole <= LONGEST ? { kind: 'workdays', days: whole } : undefined;
  }
  const ms = elapsed(text, 1);
  return ms === undefined ? undefined : { kind: 'elapsed', ms };
}

function elapsed(text: string, least: number): number | undefined {
  const ms = parseDuration(text);
  const fits = ms !== undefined && Number.isInteger(ms) && ms >= least && ms <= LONGEST * DAY;
  return fits ? ms : undefined;
}

/** A zone of the IANA time zone database; an offset such as +08:00 is none, for it knows no summer. */
export function timezone() {
  const example = 'an IANA time zone such as Asia/Shanghai';
  return z.string({ error: example }).transform((written, context): string => {
    const found = zoneOf(written);
    if (found !== undefined) return found;
    const meant = nearest(written, Intl.supportedValuesOf('timeZone'));
    context.addIssue({ code: 'custom', message: meant === undefined ? example : `${example}; did you mean ${meant}?` });
    return z.NEVER;
  });
}

function zoneOf(written: string): string | undefined {
  if (!isTimezone(written)) return undefined;
  const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: written }).resolvedOptions();
  // Letters' case is put right; another name of the zone stays the name that the parties wrote.
  return timeZone.toLowerCase() === written.toLowerCase() ? timeZone : written;
}
