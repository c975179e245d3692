import { humanMs, type Ms } from '../lib/time.ts';
import { CATALOGUE } from './catalogue.ts';
import { limitText } from './figure-text.ts';
import type { Language } from './language.ts';

const RFC_3339 = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

export function isInstant(text: string): boolean {
  return RFC_3339.test(text);
}

/**
 * Local date and time out of an instant's text, which stands in the report's zone already: `2026-03-05 10:03:00`. The
 * offset is added where it is not the usual one, so that an hour that a zone has twice can be told apart.
 */
export function localTime(text: string, usualOffset: string | null): string {
  const parts = RFC_3339.exec(text);
  if (parts === null) return text;
  const [, date = '', time = '', fraction = '', offset = ''] = parts;
  const rest = fraction.replace(/0+$/, '');
  return `${date} ${time}${rest === '' ? '' : `.${rest}`}${offset === usualOffset ? '' : ` ${offset}`}`;
}

/** The offset of all instants of a month, or null where the month has two. */
export function usualOffsetOf({ from, to }: { readonly from: string; readonly to: string }): string | null {
  const first = RFC_3339.exec(from)?.[4] ?? null;
  return first === (RFC_3339.exec(to)?.[4] ?? null) ? first : null;
}

/** A length of time without rounding: `2 h 3 min 4.5 s`. */
export function lengthText(lang: Language, ms: number): string {
  const whole = Math.round(ms);
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor((whole % 3_600_000) / 60_000);
  const seconds = (whole % 60_000) / 1_000;
  const { h, min, s } = CATALOGUE.units;
  const parts = [
    ...(hours > 0 ? [h[lang](String(hours))] : []),
    ...(minutes > 0 ? [min[lang](String(minutes))] : []),
    ...(seconds > 0 || whole < 1_000 ? [s[lang](String(seconds))] : []),
  ];
  return parts.join(' ');
}

/** A limit as a contract says it: 60 s, not one minute. */
export function limitWords(lang: Language, ms: number): string {
  return ms <= 120_000 ? limitText(lang, ms / 1_000, 's') : lengthText(lang, ms);
}

const ZH_UNITS: Readonly<Record<string, string>> = { ms: '毫秒', s: '秒', min: '分', h: '小时' };

/** A length of time as a page tells it at a glance: `9 ms`, `1.25 s`, `3 min 20 s`. */
export function shortLength(lang: Language, ms: Ms): string {
  return shortUnits(lang, ms <= 0 ? '0 s' : humanMs(ms));
}

/** The same without rounding: `2 h 3 min 4.5 s`. */
export function wholeLength(lang: Language, ms: Ms): string {
  return shortUnits(lang, lengthText('en', ms));
}

function shortUnits(lang: Language, text: string): string {
  return lang === 'en' ? text : text.replace(/\b(ms|min|s|h)\b/g, (unit) => ZH_UNITS[unit] ?? unit);
}
