import type { Report } from '../sla/report.ts';
import { compose } from './compose.ts';
import type { RenderMeta } from './context.ts';
import type { Language } from './language.ts';
import { toCsv } from './to-csv.ts';
import type { ReportDocument } from './document.ts';
import { toHtml, toHtmlParts, type DrawnBlock, type DrawnDocument, type HtmlParts } from './to-html.ts';
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
export async function renderHtmlParts(
  report: Report,
  { lang, meta }: Omit<RenderOptions, 'format'>,
): Promise<HtmlParts> {
  return toHtmlParts(await drawn(compose(report, meta, lang)));
}

/** A report as it is handed to people or, as JSON, to programs. The same report gives the same bytes. */
export async function render(report: Report, { format, lang, meta }: RenderOptions): Promise<string> {
  switch (format) {
    case 'json':
      return toJson(report);
    case 'csv':
      return toCsv(report, lang);
    case 'text':
      return toText(compose(report, meta, lang));
    case 'html':
      return toHtml(await drawn(compose(report, meta, lang)));
    case 'md':
      return toMarkdown(compose(report, meta, lang));
  }
}

/** What draws is large: it is loaded with the first chart. */
async function drawn({ blocks, ...rest }: ReportDocument): Promise<DrawnDocument> {
  const done: DrawnBlock[] = [];
  for (const block of blocks) {
    if (block.kind !== 'chart') done.push(block);
    else {
      const { drawChart } = await import('./draw-chart.ts');
      done.push({ kind: 'figure', svg: drawChart(block.chart), caption: block.caption });
    }
  }
  return { ...rest, blocks: done };
}
