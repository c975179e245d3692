import { CsvError, parse } from 'csv-parse/sync';
import { ConfigError, messageOf } from '../lib/errors.ts';
import { shown } from '../store/entry.ts';

/** A line of a file that is imported: its keys and values as they stand there. */
export interface ImportRow {
  /** 1-based line on which it begins. */
  readonly line: number;
  readonly values: Readonly<Record<string, unknown>>;
}

export const IMPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** The rows of a text; `file` is for messages. Throws ConfigError with the line of the first thing that is wrong. */
export function importRows(text: string, format: ImportFormat, file: string): readonly ImportRow[] {
  return format === 'csv' ? csvRows(text, file) : ndjsonRows(text, file);
}

/** CSV (RFC 4180) with a header row: a column for each key. */
function csvRows(text: string, file: string): readonly ImportRow[] {
  const [header, ...rows] = parseCsv(text, file);
  if (header === undefined) throw wrong(file, 1, 'a header row such as kind,at,customers,wrong; the file is empty');
  const keys = header.cells.map((cell) => cell.trim());
  for (const [index, key] of keys.entries()) {
    if (key === '') throw wrong(file, header.line, `a name of column ${index + 1}, which has none`);
    if (keys.indexOf(key) < index) throw wrong(file, header.line, 'each column once', shown(key));
  }
  return rows.map(({ line, cells }) => {
    if (cells.length !== keys.length)
      throw wrong(file, line, `${keys.length} columns, as the header row has`, String(cells.length));
    return { line, values: Object.fromEntries(keys.map((key, index) => [key, cells[index]])) };
  });
}

interface ParsedRow {
  readonly record: readonly string[];
  /** How far into the file it is read with this row, in bytes. */
  readonly info: { readonly bytes: number };
}

const LINE_END = /\r\n|\n|\r/g;

function parseCsv(text: string, file: string): { line: number; cells: readonly string[] }[] {
  try {
    const rows = parse(text, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    }) as unknown as readonly ParsedRow[];
    return withLines(rows, Buffer.from(text));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as { lines?: number };
    throw wrong(
      file,
      typeof lines === 'number' ? lines : 1,
      `CSV with quotes that pair (${oneLine(messageOf(error))})`,
    );
  }
}

// The parser's own count takes a line end of two characters for two inside quotes.
function withLines(rows: readonly ParsedRow[], bytes: Buffer): { line: number; cells: readonly string[] }[] {
  let [at, line] = [0, 1];
  return rows.map(({ record, info }) => {
    const written = bytes.toString('utf8', at, info.bytes);
    const emptyLines = /^[\r\n]*/.exec(written)?.[0] ?? '';
    const begins = line + (emptyLines.match(LINE_END)?.length ?? 0);
    line += written.match(LINE_END)?.length ?? 0;
    at = info.bytes;
    return { line: begins, cells: record };
  });
}

/** A JSON object a line. */
function ndjsonRows(text: string, file: string): readonly ImportRow[] {
  const rows: ImportRow[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '') continue;
    rows.push({ line: index + 1, values: jsonObject(line, file, index + 1) });
  }
  return rows;
}

function jsonObject(text: string, file: string, line: number): Readonly<Record<string, unknown>> {
  const expected = 'a JSON object such as {"kind": "definitions", "at": "2026-10-05 02:00", ...}';
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, with what stood there.
  }
  throw wrong(file, line, expected, shown(text));
}

function wrong(file: string, line: number, expected: string, got?: string): ConfigError {
  return new ConfigError([{ file, line, path: '', expected, ...(got === undefined ? {} : { got }) }]);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
