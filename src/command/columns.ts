import { padEnd, widthOf } from '../report/text-width.ts';

/** Rows in columns for a terminal, with a head; `none` where there are no rows. The last column is not padded. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return `${none}\n`;
  const widths = head.map((word, at) => Math.max(widthOf(word), ...rows.map((row) => widthOf(row[at] ?? ''))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : padEnd(cell, widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return `${[head, ...rows].map(line).join('\n')}\n`;
}
