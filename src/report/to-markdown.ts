import { type Block, type Cell, type Column, type ReportDocument, cellOf } from './document.ts';

/** GitHub's Markdown. Pictures are left out; the tables beside them say the same. */
export function toMarkdown({ title, subtitle, blocks }: ReportDocument): string {
  const parts = [`# ${escape(title)}`, `**${escape(subtitle)}**`, ...blocks.flatMap(partOf)];
  return `${parts.join('\n\n')}\n`;
}

function partOf(block: Block): string[] {
  switch (block.kind) {
    case 'section':
      return [`## ${escape(block.text)}`];
    case 'subsection':
      return [`### ${escape(block.text)}`];
    case 'paragraph':
      return [escape(block.text)];
    case 'notice':
      return [`> ${block.texts.map((text) => `**${escape(text)}**`).join(' ')}`];
    case 'facts':
      return [
        table(
          [{ label: '' }, { label: '' }],
          block.rows.map(({ label, text, quoted }) => [label, { text, ...(quoted === true ? { quoted } : {}) }]),
        ),
      ];
    case 'list':
      return [block.items.map((item) => `- ${escape(item)}`).join('\n')];
    case 'table':
      return [
        table(
          block.columns,
          block.rows.map(({ cells, role }) =>
            cells.map((cell, index) => {
              const full = cellOf(cell);
              return role === 'part' && index === 0 ? { ...full, text: `· ${full.text}` } : full;
            }),
          ),
        ),
      ];
    case 'figure':
    case 'chart':
      return [];
    case 'signatures':
      return [
        table(
          [{ label: '' }, ...block.parties.map((label) => ({ label }))],
          [...block.fields, block.remarks].map((field) => [field, ...block.parties.map(() => '')]),
        ),
      ];
  }
}

function table(columns: readonly Column[], rows: readonly (readonly (string | Cell)[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ label }) => escape(label))),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map((cells) => line(cells.map((cell) => cellText(cellOf(cell))))),
  ].join('\n');
}

function cellText({ text, more, verdict }: Cell): string {
  const first = verdict === undefined ? escape(text) : `**${escape(text)}**`;
  return more === undefined ? first : `${first}<br>${escape(more)}`;
}

/**
 * Nothing in a text is markup, and no address in it becomes a link: the characters that could begin any are escaped,
 * those of GitHub's own links (`://`, `www.`, `@`) included.
 */
function escape(text: string): string {
  return (
    text
      .replace(/[\\`*_[\]<>|~#@!$]/g, (character) => `\\${character}`)
      .replace(/&/g, '&amp;')
      .replace(/:\/\//g, '\\://')
      .replace(/\bwww\./gi, (word) => `${word.slice(0, 3)}\\.`)
      // A paragraph or a list item that begins like a list would be one.
      .replace(/^([-+]|\d+[.)])(?=\s)/, (start) => `${start.slice(0, -1)}\\${start.slice(-1)}`)
  );
}
