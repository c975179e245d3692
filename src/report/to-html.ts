import { type Block, type Cell, type Column, type ReportDocument, type Row, type Table, cellOf } from './document.ts';
import { REPORT_CONTENT_SECURITY_POLICY, REPORT_STYLE } from './html-style.ts';
import type { Language } from './language.ts';
import { escapeXml as escape } from './svg.ts';

/** A document whose charts are drawn. */
export interface DrawnDocument extends ReportDocument {
  readonly blocks: readonly DrawnBlock[];
}
export type DrawnBlock = Exclude<Block, { kind: 'chart' }>;

/** A document of HTML in its parts, for a page that has more around it. */
export interface HtmlParts {
  readonly lang: Language;
  /** Clean, not escaped. */
  readonly title: string;
  readonly draft: boolean;
  /** What stands in its body, as HTML. */
  readonly body: string;
}

/** One document that needs nothing else: no script, no other host, styles in one block whose hash stands in its policy. */
export function toHtml(document: DrawnDocument): string {
  const { lang, title, draft, body } = toHtmlParts(document);
  return `<!doctype html>
<html lang="${lang === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${escape(REPORT_CONTENT_SECURITY_POLICY)}">
<title>${escape(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body${draft ? ' class="draft"' : ''}>
${body}
</body>
</html>
`;
}

export function toHtmlParts({ lang, draft, title, subtitle, blocks }: DrawnDocument): HtmlParts {
  const body = `<header>
<h1>${escape(title)}</h1>
<p>${escape(subtitle)}</p>
</header>
<main id="report">
${blocks.map(htmlOf).join('\n')}
</main>`;
  return { lang, title: `${subtitle} · ${title}`, draft, body };
}

function htmlOf(block: DrawnBlock): string {
  switch (block.kind) {
    case 'section':
      return `<h2${block.id === undefined ? '' : ` id="${block.id}"`}>${escape(block.text)}</h2>`;
    case 'subsection':
      return `<h3>${escape(block.text)}</h3>`;
    case 'paragraph':
      return `<p>${escape(block.text)}</p>`;
    case 'notice':
      return `<div class="notice" role="note">${block.texts.map((text) => `<p>${escape(text)}</p>`).join('')}</div>`;
    case 'facts':
      return `<dl>\n${block.rows
        .map(({ label, text, quoted }) => `<dt>${escape(label)}</dt><dd${classOf(quoted)}>${escape(text)}</dd>`)
        .join('\n')}\n</dl>`;
    case 'list':
      return `<ul>\n${block.items.map((item) => `<li>${escape(item)}</li>`).join('\n')}\n</ul>`;
    case 'table':
      return tableOf(block);
    case 'figure':
      return `${block.heading === undefined ? '' : `<h2>${escape(block.heading)}</h2>\n`}<figure tabindex="0">\n${block.svg}\n<figcaption>${escape(block.caption)}</figcaption>\n</figure>`;
    case 'signatures':
      return `<div class="signatures">\n${block.parties
        .map(
          (party) =>
            `<div><b>${escape(party)}</b>${block.fields.map((field) => `<span>${escape(field)}</span>`).join('')}</div>`,
        )
        .join('\n')}\n</div>\n<div class="remarks"><span>${escape(block.remarks)}</span><span></span></div>`;
  }
}

function tableOf({ columns, rows }: Table): string {
  const heads = columns.map(({ label, align }) => `<th scope="col"${figureClass(align)}>${escape(label)}</th>`);
  return `<table>
<thead><tr>${heads.join('')}</tr></thead>
<tbody>
${rows.map((row) => rowOf(columns, row)).join('\n')}
</tbody>
</table>`;
}

function rowOf(columns: readonly Column[], { cells, role }: Row): string {
  const written = cells.map((cell, index) => {
    const { label = '', align } = columns[index] ?? {};
    // The first names the row, for a screen reader as on a phone.
    return index === 0
      ? `<th scope="row">${cellHtml(cellOf(cell))}</th>`
      : `<td data-label="${escape(label)}"${figureClass(align)}>${cellHtml(cellOf(cell))}</td>`;
  });
  return `<tr${role === undefined ? '' : ` class="${role}"`}>${written.join('')}</tr>`;
}

function cellHtml({ text, more, verdict, quoted, foreign }: Cell): string {
  if (text === '' && more === undefined) return '';
  const first =
    verdict === undefined
      ? `<span${foreign === true ? ' class="foreign"' : more === undefined ? classOf(quoted) : ''}>${unbroken(escape(text))}</span>`
      : `<span class="verdict ${verdict.replace(' ', '-')}">${escape(text)}</span>`;
  return more === undefined
    ? first
    : `${first}<span class="more${quoted === true ? ' quoted' : ''}">${escape(more)}</span>`;
}

/** A date stays on its line. */
function unbroken(html: string): string {
  return html.replace(/\b\d{4}-\d\d-\d\d\b/g, '<span class="date">$&</span>');
}

function classOf(quoted: boolean | undefined): string {
  return quoted === true ? ' class="quoted"' : '';
}

function figureClass(align: Column['align']): string {
  return align === 'right' ? ' class="figure"' : '';
}
