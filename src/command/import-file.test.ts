import { describe, expect, test } from 'vitest';
import { ConfigError } from '../lib/errors.ts';
import { parseInstant } from '../lib/rfc3339.ts';
import { importedRecords } from './import-file.ts';
import type { ImportFormat } from './import-rows.ts';

const AT = '2026-10-31T18:00:00Z';
const MS = Date.UTC(2026, 9, 31, 18);

function read(format: ImportFormat, text: string, kind?: string) {
  const readInstant = (written: string) => {
    const at = parseInstant(written);
    return at === undefined ? { expected: 'an instant' } : { at };
  };
  return importedRecords(text, { file: 'x', format, kind, readInstant });
}

function mistakes(format: ImportFormat, text: string): string {
  try {
    read(format, text);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe('records are read with their lines', () => {
  const one = (line: number, id?: string) => ({
    line,
    record: { ...(id !== undefined && { id }), kind: 'definitions', at: MS, body: { updated_at: MS } },
  });
  const rows: [string, ImportFormat, string, readonly object[]][] = [
    ['CSV', 'csv', `kind,at,updated_at\ndefinitions,${AT},${AT}\n`, [one(2)]],
    ['CSV without a last line end', 'csv', `kind,at,updated_at\ndefinitions,${AT},${AT}`, [one(2)]],
    [
      'CSV of a spreadsheet: a mark, other line ends, empty lines, blanks',
      'csv',
      `\uFEFFid, kind ,at,updated_at,replaces\r\n\r\n a ,definitions,${AT}, ${AT} ,\r\n\r\n\r\nb,definitions,${AT},${AT},\r\n`,
      [one(3, 'a'), one(6, 'b')],
    ],
    ['CSV with old line ends', 'csv', `kind,at,updated_at\rdefinitions,${AT},${AT}\r`, [one(2)]],
    ['CSV with quotes', 'csv', `"kind","at","updated_at"\n"definitions","${AT}","${AT}"\n`, [one(2)]],
    ['NDJSON', 'ndjson', `{"kind":"definitions","at":"${AT}","updated_at":"${AT}"}\n`, [one(1)]],
    [
      'NDJSON with a mark, empty lines and null',
      'ndjson',
      `\uFEFF\r\n{"id":null,"kind":"definitions","at":"${AT}","updated_at":"${AT}"}\r\n\r\n`,
      [one(2)],
    ],
  ];
  test.each(rows)('%s', (_name, format, text, records) => {
    expect(read(format, text)).toEqual(records);
  });

  test('the kind may be said once for all rows that name none', () => {
    const text = `kind,at,updated_at,locked_at\n,${AT},${AT},\naccount-lock,${AT},,${AT}\n`;
    expect(read('csv', text, 'definitions').map(({ record }) => record.kind)).toEqual(['definitions', 'account-lock']);
  });

  test('a line is that on which a record begins, though a quoted cell goes over several', () => {
    const note = (what: string): string => `complaint,${AT},${AT},"${what}"\n`;
    expect(
      mistakes('csv', `kind,at,started_at,what\n${note('one')}\n${note('t\nw\r\no')}${note('three')}${note('')}`),
    ).toBe(
      'x:4: what: expected a line of at most 1000 characters, got "t\\nw\\r\\no"\n' +
        'x:8: what: expected a line of at most 1000 characters; it is missing',
    );
  });
});

describe('what is wrong is told by its line', () => {
  const rows: [string, ImportFormat, string, string][] = [
    [
      'a wrong third line',
      'csv',
      `kind,at,customers,wrong\nbilling,${AT},9,1\nbilling,${AT},nine,1\nbilling,${AT},8,1\n`,
      'x:3: customers: expected a whole number from 0, got "nine"',
    ],
    [
      'a column too few',
      'csv',
      `kind,at,updated_at\ndefinitions,${AT}\n`,
      'x:2: expected 3 columns, as the header row has, got 2',
    ],
    ['a column twice', 'csv', 'kind,at, at\n', 'x:1: expected each column once, got "at"'],
    ['a column without a name', 'csv', 'kind,,at\n', 'x:1: expected a name of column 2, which has none'],
    [
      'a column that the kind has not',
      'csv',
      `kind,at,updated_at,wrong\ndefinitions,${AT},${AT},1\n`,
      'x:2: wrong: expected one of the keys updated_at, for it is a definitions record, got "1"',
    ],
    [
      'a column whose name redraws the terminal',
      'csv',
      `kind,at,updated_at,\u001b[2J\ndefinitions,${AT},${AT},1\n`,
      'x:2: "\\u001b[2J": expected one of the keys updated_at',
    ],
    [
      'a quote that is not closed',
      'csv',
      `kind,at,updated_at\ndefinitions,"${AT},\n`,
      'x:2: expected CSV with quotes that pair (Quote Not Closed',
    ],
    [
      'a quote in the middle',
      'csv',
      `kind,at,updated_at\ndefinitions,${AT},a"b\n`,
      'x:2: expected CSV with quotes that pair (Invalid Opening Quote',
    ],
    ['an empty file', 'csv', '', 'x:1: expected a header row such as kind,at,customers,wrong; the file is empty'],
    ['a header row alone', 'csv', 'kind,at\n', 'x: expected at least one record'],
    ['no kind', 'csv', `at,updated_at\n${AT},${AT}\n`, 'x:2: kind: expected one of billing, page-load,'],
    [
      'a wrong second line of NDJSON',
      'ndjson',
      `{"kind":"definitions","at":"${AT}","updated_at":"${AT}"}\n{"kind":"definitions","at":1}\n`,
      'x:2: at: expected a time such as 2026-10-05 02:00, got "1"\nx:2: updated_at: expected a time such as 2026-10-05 02:00; it is missing',
    ],
    [
      'a line that is no JSON',
      'ndjson',
      '\n{"kind":\n',
      'x:2: expected a JSON object such as {"kind": "definitions", "at": "2026-10-05 02:00", ...}, got "{\\"kind\\":"',
    ],
    ['a line that is a list', 'ndjson', '[1]\n', 'x:1: expected a JSON object such as'],
    [
      'a name of Object itself as a key',
      'ndjson',
      `{"kind":"definitions","at":"${AT}","updated_at":"${AT}","__proto__":1}\n`,
      'x:1: __proto__: expected one of the keys updated_at',
    ],
    ['nothing', 'ndjson', '\n', 'x: expected at least one record'],
  ];
  test.each(rows)('%s', (_name, format, text, words) => {
    expect(mistakes(format, text).slice(0, words.length)).toBe(words);
  });

  test('of very many mistakes the first are told, and how many follow', () => {
    const told = mistakes('ndjson', '{"kind":"x"}\n'.repeat(50)).split('\n');
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toBe('x: expected 30 further mistakes mended as well');
  });
});
