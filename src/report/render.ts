import type { Report } from '../sla/report.ts';
import { compose } from './compose.ts';
import type { RenderMeta } from './context.ts';
import type { Language } from './language.ts';
import { toCsv } from './to-csv.ts';
import { toHtml, toHtmlParts, type HtmlParts } from './to-html.ts';
import { toJson } from './to-json.ts';
import { toMarkdown } from './to-markdown.ts';
import { toText } from './to-text.ts';

export const REPORT_FORMATS = ['text', 'json', 'html', 'csv', 'md'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface RenderOptions {
  readonly format: ReportFormat;
  readonly lang: Language;
  readonly meta: RenderMeta;
}

/** A report as HTML, for a page that has more around it. */
export function renderHtmlParts(report: Report, { lang, meta }: Omit<RenderOptions, 'format'>): HtmlParts {
  return toHtmlParts(compose(report, meta, lang));
}

/** A report as it is handed to people or, as JSON, to programs. The same report gives the same bytes. */
export function render(report: Report, { format, lang, meta }: RenderOptions): string {
  switch (format) {
    case 'json':
      return toJson(report);
    case 'csv':
      return toCsv(report, lang);
    case 'text':
      return toText(compose(report, meta, lang));
    case 'html':
      return toHtml(compose(report, meta, lang));
    case 'md':
      return toMarkdown(compose(report, meta, lang));
  }
}
