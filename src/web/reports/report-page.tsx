import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { MonthEntry } from '../../month/month-list.ts';
import type { ReportPage } from '../../month/report-text.ts';
import { REPORT_STYLE } from '../../report/html-style.ts';
import type { InEach, Language } from '../../report/language.ts';
import { timeText } from '../pages/view.tsx';
import { FRAME_STYLE } from './frame-style.ts';
import { WORDS } from './words.ts';

export interface ReportPageParts {
  /** What all links begin with. */
  readonly base: string;
  readonly lang: Language;
  readonly system: string;
  readonly month: string;
  /** The one that was asked for by its number. */
  readonly asked: number | null;
  readonly page: ReportPage;
  /** PDF is made here; else the reader's browser makes it. */
  readonly pdf: boolean;
}

/** The document with what leads elsewhere before it: other months and revisions, downloads, the pages. */
export function renderReportPage(parts: ReportPageParts): HtmlEscapedString | Promise<HtmlEscapedString> {
  const { lang, page } = parts;
  const { document } = page;
  return html`<!doctype html>${(
      <html lang={LANG_TAG[lang]}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{document.title}</title>
          <link rel="icon" href="data:," />
          <style>{raw(REPORT_STYLE)}</style>
          <style>{raw(FRAME_STYLE)}</style>
        </head>
        <body class={document.draft ? 'draft' : undefined}>
          <a class="skip" href="#report">
            {WORDS.skip[lang]}
          </a>
          <nav class="frame" aria-label={WORDS.about[lang]}>
            <Ways {...parts} />
            <Revisions {...parts} />
            <Downloads {...parts} />
          </nav>
          {raw(document.body)}
        </body>
      </html>
    )}`;
}

const LANG_TAG: InEach<string> = { zh: 'zh-CN', en: 'en' };

function Ways({ base, lang, system, month, asked, page }: ReportPageParts) {
  const { months } = page.list;
  const at = months.findIndex((one) => one.month === month);
  const other = lang === 'zh' ? 'en' : 'zh';
  const beside = (entry: MonthEntry | undefined, arrow: InEach<string>) =>
    entry !== undefined && (
      <li>
        <a href={address(base, entry.month, '', { system })}>{arrow[lang].replace('M', entry.month)}</a>
      </li>
    );
  return (
    <ul>
      <li>
        <a href={`${base}/`}>{WORDS.overview[lang]}</a>
      </li>
      <li>
        <a href={`${base}/system/${encodeURIComponent(system)}`}>{system}</a>
      </li>
      {beside(months[at - 1], { zh: '← M', en: '← M' })}
      {beside(at < 0 ? undefined : months[at + 1], { zh: 'M →', en: 'M →' })}
      <li class="end">
        <a
          href={address(base, month, '', { system, revision: asked, lang: other })}
          lang={LANG_TAG[other]}
          hreflang={LANG_TAG[other]}
        >
          {WORDS.otherLanguage[lang]}
        </a>
      </li>
    </ul>
  );
}

function Revisions({ base, lang, system, month, page }: ReportPageParts) {
  const { months, timezone } = page.list;
  const revisions = months.find((one) => one.month === month)?.revisions ?? [];
  return (
    <ul>
      <li>{WORDS.revisions[lang]}</li>
      {revisions.length === 0 && <li>{WORDS.noRevision[lang]}</li>}
      {revisions.toReversed().map(({ revision, closedAt, provisional }) => {
        const to = address(base, month, '', { system, revision });
        return (
          <li>
            <a href={to} {...(revision === page.revision ? { 'aria-current': 'page' as const } : {})}>
              {WORDS.revision[lang](revision, timeText(closedAt, timezone), provisional)}
            </a>
            {revision > 1 && (
              <>
                {' '}
                · <a href={`${to}#changes`}>{WORDS.changes[lang]}</a>
              </>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Downloads({ base, lang, system, month, asked, page, pdf }: ReportPageParts) {
  const query = { system, revision: asked };
  const print = address(base, month, '/print', query);
  return (
    <ul>
      <li>{WORDS.download[lang]}</li>
      <li>
        {pdf ? <a href={address(base, month, '/pdf', query)}>PDF</a> : <a href={print}>{WORDS.noChromium[lang]}</a>}
      </li>
      {pdf && (
        <li>
          <a href={print}>{WORDS.print[lang]}</a>
        </li>
      )}
      <li>
        <a href={address(base, month, '/csv', query)}>CSV</a>
      </li>
      <li>
        <a href={`${base}/api/v1/report?${queryOf({ month, ...query })}`} download={`${system}-${month}.json`}>
          JSON
        </a>
      </li>
      <li>
        {page.evidence === 'of the revision' && (
          <a href={address(base, month, '/evidence', query)}>{WORDS.evidence[lang]}</a>
        )}
        {page.evidence === 'as it is now' && (
          <>
            <a href={address(base, month, '/evidence', { system })}>{WORDS.evidence[lang]}</a>{' '}
            <span class="aside">{WORDS.evidenceNow[lang]}</span>
          </>
        )}
        {page.evidence === 'none' && <span class="aside">{WORDS.noEvidence[lang]}</span>}
      </li>
    </ul>
  );
}

type Query = Readonly<Record<string, string | number | null>>;

function address(base: string, month: string, part: string, query: Query): string {
  return `${base}/report/${month}${part}?${queryOf(query)}`;
}

function queryOf(query: Query): string {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === null ? [] : [[key, String(value)] as [string, string]],
  );
  return String(new URLSearchParams(given));
}
