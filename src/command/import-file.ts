import { readFileSync, statSync } from 'node:fs';
import { ConfigError, messageOf, type Problem } from '../lib/errors.ts';
import { readRecord, type ReadInstant } from '../facts/read-record.ts';
import { shown, type EntryError } from '../store/entry.ts';
import type { NewRecord } from '../store/records.ts';
import { importRows, type ImportFormat } from './import-rows.ts';

/** A record and the line that it stands on. */
export interface ImportedRecord {
  readonly line: number;
  readonly record: NewRecord;
}

/** Larger files come in parts: all of one is checked, then written at once, and an agent waits for that. */
const LARGEST_BYTES = 20_000_000;
/** Problems told of one file, at most. */
const MOST_PROBLEMS = 20;

/** The text of a file, or of standard input (`-`). Throws ConfigError. */
export function readImport(file: string): string {
  const problem = (expected: string): ConfigError => new ConfigError([{ file, path: '', expected }]);
  const tooLarge = `a file of at most ${LARGEST_BYTES / 1e6} MB; import it in parts`;
  let bytes: Buffer;
  try {
    if (file !== '-' && statSync(file).size > LARGEST_BYTES) throw problem(tooLarge);
    bytes = readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw error instanceof ConfigError ? error : problem(`a file that can be read (${messageOf(error)})`);
  }
  if (bytes.length > LARGEST_BYTES) throw problem(tooLarge);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw problem('UTF-8 text');
  }
}

/**
 * The records of a text, all of them right; `kind` is that of rows that name none, `file` is for messages. Throws
 * ConfigError with line, key and what was expected of each that is wrong.
 */
export function importedRecords(
  text: string,
  options: {
    readonly file: string;
    readonly format: ImportFormat;
    readonly kind?: string | undefined;
    readonly readInstant: ReadInstant;
  },
): readonly ImportedRecord[] {
  const { file, format, kind, readInstant } = options;
  const problems: Problem[] = [];
  const records: ImportedRecord[] = [];
  for (const { line, values } of importRows(text, format, file)) {
    const found = readRecord(withKind(values, kind), readInstant);
    if ('record' in found) records.push({ line, record: found.record });
    else
      for (const { key, expected, got } of found.faults)
        problems.push({ file, line, path: pathOf(key), expected, ...(got === undefined ? {} : { got: gotOf(got) }) });
  }
  if (problems.length > 0) throw new ConfigError(firstOf(problems, file));
  if (records.length === 0) throw new ConfigError([{ file, path: '', expected: 'at least one record' }]);
  return records;
}

/** What the store refuses, with the lines of the file. */
export function atTheirLines(file: string, records: readonly ImportedRecord[]): (error: EntryError) => ConfigError {
  return ({ problems }) =>
    new ConfigError(
      problems.map(({ index, key, expected, got }) => {
        const rest = { expected, ...(got === undefined ? {} : { got }) };
        // Who enters them is said once, and not in the file.
        if (key === 'entered_by') return { file: 'record import', path: '--by', ...rest };
        const line = records[index]?.line;
        return { file, ...(line === undefined ? {} : { line }), path: key, ...rest };
      }),
    );
}

function withKind(values: Readonly<Record<string, unknown>>, kind: string | undefined): Record<string, unknown> {
  const own = values['kind'];
  const hasOwn = own !== undefined && own !== null && own !== '';
  return { ...values, ...(kind !== undefined && !hasOwn && { kind }) };
}

function firstOf(problems: readonly Problem[], file: string): readonly Problem[] {
  if (problems.length <= MOST_PROBLEMS) return problems;
  const more = `${problems.length - MOST_PROBLEMS} further mistakes mended as well`;
  return [...problems.slice(0, MOST_PROBLEMS), { file, path: '', expected: more }];
}

/** A key of the file's own writing goes into a message as JSON, so that no control character gets through. */
function pathOf(key: string): string {
  return /^[\w-]{1,60}$/.test(key) ? key : shown(key);
}

/** A value for a message, short. */
export function gotOf(value: unknown): string {
  return shown(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}
