import { getCookie, setCookie } from 'hono/cookie';
import { LANGUAGES, type Language } from '../../report/language.ts';
import { preferredLanguage } from '../accept-language.ts';
import type { Asked } from './door.ts';

const COOKIE = 'mailwitness_lang';
const YEAR_S = 365 * 24 * 3_600;

/** What the address asks for with `lang`, which is remembered; else what was remembered; else what the browser likes. */
export function languageFor(c: Asked, basePath: string): Language {
  const known = (text: string | undefined): Language | undefined => LANGUAGES.find((one) => one === text);
  const asked = known(c.req.query('lang'));
  if (asked !== undefined)
    setCookie(c, COOKIE, asked, { path: `${basePath}/`, httpOnly: true, sameSite: 'Lax', maxAge: YEAR_S });
  return asked ?? known(getCookie(c, COOKIE)) ?? preferredLanguage(c.req.header('Accept-Language'));
}
