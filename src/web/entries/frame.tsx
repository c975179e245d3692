import { html, raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { InEach, Language } from '../../report/language.ts';
import type { User } from '../sign-in/roles.ts';
import { WORDS } from './catalogue.ts';
import { FORM_STYLE } from './form-style.ts';

/** What every page of people has around it. */
export interface Frame {
  readonly lang: Language;
  /** What stands before every link. */
  readonly base: string;
  /** Null: nobody is signed in. */
  readonly user: User | null;
  /** Of every form on the page. */
  readonly token: string;
  /** Where the page is, for the switch of the language: path and query, without the base. */
  readonly here: string;
}

/** A text in the page's language. */
export function wordsIn(lang: Language): <Thing>(thing: InEach<Thing>) => Thing {
  return (thing) => thing[lang];
}

/** A whole document. Whatever people wrote is escaped by the JSX. */
export function renderFrame(
  frame: Frame,
  { title, children }: { readonly title: string; readonly children: Child },
): HtmlEscapedString | Promise<HtmlEscapedString> {
  return html`<!doctype html>${(
      <Document frame={frame} title={title}>
        {children}
      </Document>
    )}`;
}

function Document({
  frame,
  title,
  children,
}: {
  readonly frame: Frame;
  readonly title: string;
  readonly children: Child;
}) {
  const { lang, base, user, token, here } = frame;
  const t = wordsIn(lang);
  const other: Language = lang === 'zh' ? 'en' : 'zh';
  const link = (path: string, label: string) => (
    <li>
      <a href={`${base}${path}`} {...(here.split('?')[0] === path ? { 'aria-current': 'page' } : {})}>
        {label}
      </a>
    </li>
  );
  return (
    <html lang={lang === 'zh' ? 'zh-CN' : 'en'}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title} · mailwitness</title>
        <link rel="icon" href="data:," />
        <style>{raw(FORM_STYLE)}</style>
      </head>
      <body>
        <a class="skip" href="#main">
          {t(WORDS.nav.skip)}
        </a>
        <header>
          <nav aria-label={t(WORDS.nav.pages)}>
            <ul>
              {link('/', t(WORDS.nav.overview))}
              {link('/exclusions', t(WORDS.nav.exclusions))}
              {link('/records', t(WORDS.nav.records))}
              {user !== null && link('/acts', t(WORDS.nav.acts))}
            </ul>
          </nav>
          <div class="who">
            <a href={`${base}${withLanguage(here, other)}`} hreflang={other} lang={other === 'zh' ? 'zh-CN' : 'en'}>
              {t(WORDS.nav.otherLanguage)}
            </a>
            {user !== null && (
              <>
                <span>
                  {user.name} <span class="dim">{t(WORDS.role[user.role])}</span>
                </span>
                <form method="post" action={`${base}/sign-out`}>
                  <input type="hidden" name="token" value={token} />
                  <button class="plain">{t(WORDS.nav.signOut)}</button>
                </form>
              </>
            )}
          </div>
        </header>
        <main id="main">
          <h1>{title}</h1>
          {children}
        </main>
      </body>
    </html>
  );
}

function withLanguage(here: string, lang: Language): string {
  const url = new URL(here, 'http://here.invalid');
  url.searchParams.set('lang', lang);
  return `${url.pathname}${url.search}`;
}

/** A sentence that the reader must not miss. */
export function Notice({ bad = false, children }: { readonly bad?: boolean; readonly children?: Child }) {
  return (
    <div class={`card notice${bad ? ' bad' : ''}`} role={bad ? 'alert' : 'status'}>
      {children}
    </div>
  );
}
