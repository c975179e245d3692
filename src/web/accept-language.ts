import type { Language } from '../report/language.ts';

/** The language that a browser likes best (RFC 9110 12.5.4); English where it likes neither. */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  let best: { readonly lang: Language; readonly weight: number } | undefined;
  for (const range of (acceptLanguage ?? '').split(',').slice(0, MAX_RANGES)) {
    const parts = /^\s*(zh|en)(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i.exec(range);
    if (parts === null) continue;
    const weight = Number(parts[2] ?? '1');
    const lang = parts[1]?.toLowerCase() === 'zh' ? 'zh' : 'en';
    if (weight > (best?.weight ?? 0)) best = { lang, weight };
  }
  return best?.lang ?? 'en';
}

const MAX_RANGES = 20;
