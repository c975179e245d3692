import { type Row, type Table, cellOf } from './document.ts';
import { padEnd, padStart, widthOf, wrap } from './text-width.ts';

const GAP = 2;
/** A column is not made narrower than this. */
const NARROWEST = 8;
/** A head that is longer goes on below. */
const WIDEST_HEAD = 16;

/** A table in lines of at most `width` columns; cells that are too long go on below. */
export function textTable({ columns, rows }: Table, width: number): string[] {
  const heads = columns.map(({ label }) => [label]);
  const bodies = rows.map((row) => ({
    role: row.role,
    cells: row.cells.map((cell, index) => textsOf(cell, index === 0 && row.role === 'part')),
  }));
  const natural = columns.map(({ label }, index) =>
    Math.max(
      Math.min(widthOf(label), WIDEST_HEAD),
      ...bodies.flatMap(({ cells }) => (cells[index] ?? []).map(widthOf)),
    ),
  );
  const widths = fit(
    natural,
    columns.map(({ align }) => align === 'right'),
    width - GAP * (columns.length - 1),
  );
  const total = widths.reduce((sum, one) => sum + one, GAP * (columns.length - 1));
  const put = (cells: readonly (readonly string[])[]): string[] => {
    const wrapped = cells.map((texts, index) => texts.flatMap((text) => wrap(text, widths[index] ?? NARROWEST)));
    const height = Math.max(...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) =>
      wrapped
        .map((lines, index) => {
          const pad = columns[index]?.align === 'right' ? padStart : padEnd;
          return pad(lines[line] ?? '', widths[index] ?? 0);
        })
        .join(' '.repeat(GAP)),
    );
  };
  const rule = '-'.repeat(total);
  return [
    ...put(heads),
    rule,
    ...bodies.flatMap(({ role, cells }) => (role === 'total' ? [rule, ...put(cells)] : put(cells))),
  ];
}

/** What belongs to the text above it is set in. */
function textsOf(cell: Row['cells'][number], isPart: boolean): string[] {
  const { text, more } = cellOf(cell);
  const first = isPart ? `  ${text}` : text;
  return more === undefined ? [first] : [first, `  ${more}`];
}

/** Widths that sum up to the room: the widest gives way first, figures last. */
function fit(natural: readonly number[], figures: readonly boolean[], room: number): number[] {
  const widths = [...natural];
  const sum = (): number => widths.reduce((total, width) => total + width, 0);
  for (const which of [(index: number) => figures[index] !== true, () => true]) {
    while (sum() > room) {
      const widest = widths
        .map((width, index) => ({ width, index }))
        .filter(({ width, index }) => which(index) && width > NARROWEST)
        .sort((a, b) => b.width - a.width)[0];
      if (widest === undefined) break;
      widths[widest.index] = widest.width - 1;
    }
  }
  return widths;
}
