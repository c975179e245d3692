import type { Language } from '../../report/language.ts';
import { SECOND } from '../../lib/time.ts';
import { formatInZone, readInZone } from '../../sla/zoned-text.ts';
import { WORDS } from './catalogue.ts';

/** What somebody typed as a time of a zone, or in their language what is wrong with it. */
export function readTime(
  text: string,
  zone: string,
  lang: Language,
): { readonly at: number } | { readonly expected: string } {
  const found = readInZone(text, zone);
  switch (found.kind) {
    case 'instant':
      return { at: found.at };
    case 'no time':
      return { expected: WORDS.time.wrong[lang] };
    case 'skipped':
    case 'twice':
      return { expected: WORDS.time[found.kind][lang](found.time, zone, ...found.choices) };
  }
}

/** As people read it, and as `readTime` takes it again: without its offset where the zone leaves no doubt. */
export function timeText(at: number, zone: string): string {
  const whole = formatInZone(at, zone);
  const short = whole.replace('T', ' ').replace(/(?::00)?(?:[+-]\d\d:\d\d|Z)$/, '');
  const again = readInZone(short, zone);
  return again.kind === 'instant' && again.at === Math.floor(at) ? short : whole;
}

/** When somebody did something: a list has no use for milliseconds. */
export function toTheSecond(at: number, zone: string): string {
  return timeText(Math.floor(at / SECOND) * SECOND, zone);
}
