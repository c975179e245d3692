import type { Text } from '../report/language.ts';
import { FORM_CONTENT_SECURITY_POLICY } from './entries/form-style.ts';
import { Notice, renderFrame } from './entries/frame.tsx';
import { REFUSAL_TITLES, type RefusalStatus } from './refusal-words.ts';
import type { Asked, Door } from './sign-in/door.ts';
import { languageFor } from './sign-in/language.ts';

/** What is not answered, and why. */
export interface Refusal {
  readonly status: RefusalStatus;
  readonly why: Text;
  /** What a program is told instead of `why` in English. */
  readonly line?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page in the reader's language for a browser; for a program one line of English. */
export type Refuse = (c: Asked, refusal: Refusal) => Response | Promise<Response>;

export function createRefuse(base: string, door: Pick<Door, 'sessionOf' | 'tokenOf'>): Refuse {
  return async (c, { status, why, line = why.en, headers = {} }) => {
    c.header('Vary', 'Accept, Accept-Language, Cookie');
    if (!isBrowser(c)) return c.text(`${line}\n`, status, headers);
    const user = door.sessionOf(c, false)?.user ?? null;
    c.header('Content-Security-Policy', FORM_CONTENT_SECURITY_POLICY);
    // Under no-referrer a browser sends its forms with "Origin: null" (Fetch, "append a request Origin header").
    c.header('Referrer-Policy', 'same-origin');
    const lang = languageFor(c, base);
    const frame = { lang, base, user, token: user === null ? '' : door.tokenOf(c), here: hereOf(c) };
    const children = <Notice bad>{why[lang]}</Notice>;
    return c.html(await renderFrame(frame, { title: REFUSAL_TITLES[status][lang], children }), status, headers);
  };
}

/** Who navigates asks for a page first of all; pictures, scripts and programs do not. */
function isBrowser(c: Asked): boolean {
  return !c.req.path.startsWith('/api/') && (c.req.header('Accept') ?? '').includes('text/html');
}

/** Where the other language leads: to the page asked for, and after a form to the overview. */
function hereOf(c: Asked): string {
  if (c.req.method !== 'GET') return '/';
  const { search } = new URL(c.req.url);
  // Of what would be another host's address the path alone.
  return `${c.req.path.replace(/^[/\\]+/, '/')}${search}`;
}
