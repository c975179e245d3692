import { html, raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { HtmlEscapedString } from 'hono/utils/html';
import { toIso, type Instant, type Ms } from '../../lib/time.ts';
import type { DownTime } from '../../month/history.ts';
import { shortLength } from '../../report/instant-text.ts';
import type { InEach, Language } from '../../report/language.ts';
import type { Failure } from '../../probe/visit.ts';
import { formatInZone } from '../../sla/zoned-text.ts';
import { failureIn } from '../event-words.ts';
import { RENEWAL_QUERY } from '../sign-in/by-itself.ts';
import { PAGE_STYLE } from './style.ts';
import { WORDS } from './words.ts';

/** What every page is written with. */
export interface View {
  readonly lang: Language;
  /** What all links begin with. */
  readonly base: string;
  /** The address of this page below `base`, without `lang` and `refresh`. */
  readonly here: string;
  readonly version: string;
  readonly vantage: string;
  /** The wall's now. */
  readonly now: Instant;
  /** IANA zone of what the page tells. */
  readonly zone: string;
  readonly reader: Reader;
  /** /metrics is open to whoever reaches the pages. */
  readonly metrics: boolean;
  /** The page asks for itself again this often, in seconds; null: the reader stopped it, or nothing on it changes. */
  readonly refresh: number | null;
  /** The agent watches a sandbox whose faults have a page. */
  readonly sandbox?: boolean;
}

/** Who looks at a page. `off`: nobody is configured who could sign in. `token`: of the form that signs out. */
export type Reader =
  | { readonly kind: 'off' }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'user'; readonly name: string; readonly token: string };

/** One thing in the reader's language. */
export function inLanguage({ lang }: Pick<View, 'lang'>): <Thing>(thing: InEach<Thing>) => Thing {
  return (thing) => thing[lang];
}

const REFRESH_SECONDS = 10;
/** Where somebody sits before a sandbox and waits for what happens. */
export const SANDBOX_REFRESH = 2;
/** A page that loads anew as a whole leaves time to read and to press a button. */
const WHOLE_SECONDS = 5;

/** A whole document. `refreshable`: a page that changes, whether it renews itself or was told not to. */
export function renderView(
  view: View,
  {
    title,
    refreshable,
    wall,
    style = PAGE_STYLE,
    liveParts,
    holdsForm,
    children,
  }: {
    readonly title: string;
    readonly refreshable: boolean;
    readonly wall?: boolean;
    /** A sheet of its own, whose hash its policy has. */
    readonly style?: string;
    /** It marks by itself what is renewed in place, each with an id; else all of it is. */
    readonly liveParts?: boolean;
    /** Somebody types on it: without a script it does not ask for itself, or what was typed were gone. */
    readonly holdsForm?: boolean;
    readonly children: Child;
  },
): HtmlEscapedString | Promise<HtmlEscapedString> {
  const { lang, base, here, version, vantage, now, zone, refresh, metrics, sandbox } = view;
  const t = inLanguage(view);
  const other = lang === 'zh' ? 'en' : 'zh';
  const join = here.includes('?') ? '&' : '?';
  return html`<!doctype html>${(
      <html lang={LANG_TAG[lang]} data-refresh={refresh === null ? undefined : String(refresh)}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{`${title} · mailwitness ${vantage}`}</title>
          <link rel="icon" href="data:," />
          <style>{raw(style)}</style>
          {refresh !== null && (
            <>
              {holdsForm !== true && (
                <noscript>
                  <meta
                    http-equiv="refresh"
                    content={`${Math.max(refresh, WHOLE_SECONDS)};url=${base}${here}${join}${RENEWAL_QUERY}=1`}
                  />
                </noscript>
              )}
              <script src={`${base}/live.js`} defer></script>
            </>
          )}
        </head>
        <body>
          <a class="skip" href="#main">
            {t(WORDS.skip)}
          </a>
          <header>
            <h1>
              <a href={`${base}/`}>mailwitness</a>
            </h1>
            <span class="dim">
              {version} · {vantage} ·{' '}
              <span id="asof" data-live="">
                {t(WORDS.asOf)} <Time at={now} zone={zone} />
              </span>
              {refresh !== null && ` · ${t(WORDS.again)(refresh)}`}
            </span>
            <nav aria-label={t(WORDS.pages)}>
              <a href={`${base}${here}${join}lang=${other}`} lang={LANG_TAG[other]} hreflang={LANG_TAG[other]}>
                {t(WORDS.otherLanguage)}
              </a>
              {refreshable && (
                <a href={refresh === null ? `${base}${here}` : `${base}${here}${join}refresh=off`}>
                  {refresh === null ? t(WORDS.startRefresh) : t(WORDS.stopRefresh)}
                </a>
              )}
              {sandbox === true && <a href={`${base}/sandbox`}>{t(WORDS.sandbox)}</a>}
              <a href={`${base}/exclusions`}>{t(WORDS.exclusions)}</a>
              <a href={`${base}/records`}>{t(WORDS.records)}</a>
              {metrics && <a href={`${base}/metrics`}>{t(WORDS.metrics)}</a>}
            </nav>
            <Who view={view} />
          </header>
          {/* There before it says anything: else a screen reader would not tell it. */}
          <div role="status">
            <div id="stale" class="banner" hidden>
              <strong class="unmeasured">{t(WORDS.stale)}</strong>
            </div>
          </div>
          <main id="main" class={wall === true ? 'wall' : undefined} data-live={liveParts === true ? undefined : ''}>
            {children}
          </main>
        </body>
      </html>
    )}`;
}

/** Who is signed in, and the way out; or the way in. */
function Who({ view }: { readonly view: View }) {
  const { base, here, reader } = view;
  const t = inLanguage(view);
  switch (reader.kind) {
    case 'off':
      return null;
    case 'nobody':
      return <a href={`${base}/sign-in?next=${encodeURIComponent(here)}`}>{t(WORDS.signIn)}</a>;
    case 'user':
      return (
        <form class="who" method="post" action={`${base}/sign-out`}>
          <span>{reader.name}</span> <input type="hidden" name="token" value={reader.token} />
          <button>{t(WORDS.signOut)}</button>
        </form>
      );
  }
}

/** How often a page asks for itself unless the reader said otherwise. */
export function refreshOf(asked: string | undefined, seconds = REFRESH_SECONDS): number | null {
  return asked === 'off' ? null : seconds;
}

const LANG_TAG: InEach<string> = { zh: 'zh-CN', en: 'en' };

/** A length of time in the reader's words. */
export function length({ lang }: Pick<View, 'lang'>, ms: Ms): string {
  return shortLength(lang, ms);
}

/** A figure of time with its bounds: `3 min 20 s (3 min to 3 min 40 s)`; alone where they are the same. */
export function bounded(view: Pick<View, 'lang'>, { leastMs, estimateMs, mostMs }: DownTime): string {
  const [least, estimate, most] = [leastMs, estimateMs, mostMs].map((ms) => length(view, ms));
  if (least === most) return estimate ?? '';
  return inLanguage(view)(WORDS.withBounds)(estimate ?? '', least ?? '', most ?? '');
}

/** An instant on the wall's scale, to the second. */
export function Time({
  at,
  zone,
  exact = false,
}: {
  readonly at: Instant;
  readonly zone: string;
  readonly exact?: boolean;
}) {
  return <time datetime={toIso(at)}>{timeText(at, zone, exact)}</time>;
}

/** `2026-10-05 14:03:07 +08:00`. */
export function timeText(at: Instant, zone: string, exact = false): string {
  const whole = exact ? Math.floor(at) : Math.floor(at / 1_000) * 1_000;
  const [, date = '', time = '', offset = ''] = /^([\d-]+)T([\d:.]+)(.*)$/.exec(formatInZone(whole, zone)) ?? [];
  return `${date} ${time} ${offset === 'Z' ? '+00:00' : offset}`;
}

/** Why something failed, in the reader's language, with the server's words as they are. */
export function FailureText({
  view,
  failure,
  whole = false,
}: {
  readonly view: View;
  readonly failure: Failure;
  /** With what was written down, which is in English: evidence. */
  readonly whole?: boolean;
}) {
  return (
    <>
      {failureIn(view.lang, failure)}
      {whole && view.lang !== 'en' && (
        <span class="dim" lang="en">
          {' '}
          {failure.detail}
        </span>
      )}
    </>
  );
}
