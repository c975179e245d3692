import type { Block, ReportDocument } from './document.ts';
import { textTable } from './text-table.ts';
import { padEnd, widthOf, wrap } from './text-width.ts';

/** Columns of the terminal that a report fits. */
export const TEXT_WIDTH = 100;

/** For a terminal, without colours. */
export function toText({ title, subtitle, blocks }: ReportDocument): string {
  const lines = [title, subtitle, '='.repeat(TEXT_WIDTH), ...blocks.flatMap(linesOf)];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function linesOf(block: Block): string[] {
  switch (block.kind) {
    case 'section':
      return ['', '', block.text, '-'.repeat(TEXT_WIDTH)];
    case 'subsection':
      return ['', ...wrap(block.text, TEXT_WIDTH)];
    case 'paragraph':
      return ['', ...wrap(block.text, TEXT_WIDTH)];
    case 'notice':
      return ['', ...block.texts.flatMap((text) => hanging('!! ', text))];
    case 'facts': {
      const width = Math.min(Math.max(...block.rows.map(({ label }) => widthOf(label))), 50);
      return ['', ...block.rows.flatMap(({ label, text }) => hanging(`${padEnd(label, width)}  `, text))];
    }
    case 'list':
      return ['', ...block.items.flatMap((item) => hanging('- ', item))];
    case 'table':
      return ['', ...textTable(block, TEXT_WIDTH)];
    // A table says the same.
    case 'figure':
    case 'chart':
      return [];
    case 'signatures':
      return [
        '',
        ...signatureLines(block.parties, block.fields),
        '',
        `${block.remarks}${'_'.repeat(TEXT_WIDTH - widthOf(block.remarks) - 1).padStart(TEXT_WIDTH - widthOf(block.remarks))}`,
      ];
  }
}

/** A text behind a mark or a label, its later lines below its first. */
function hanging(mark: string, text: string): string[] {
  const indent = widthOf(mark);
  return wrap(text, TEXT_WIDTH - indent).map((line, index) => (index === 0 ? mark : ' '.repeat(indent)) + line);
}

function signatureLines(parties: readonly string[], fields: readonly string[]): string[] {
  const half = Math.floor(TEXT_WIDTH / 2);
  const label = Math.max(...fields.map(widthOf)) + 1;
  const beside = (texts: readonly string[]): string => texts.map((text) => padEnd(text, half)).join('');
  const line = (field: string): string => `${padEnd(field, label)}${'_'.repeat(half - label - 4)}`;
  return [beside(parties), ...fields.flatMap((field) => ['', beside(parties.map(() => line(field)))])];
}
