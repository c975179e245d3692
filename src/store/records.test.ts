import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EntryError } from './entry.ts';
import { openForEntry, type Db } from './file.ts';
import { openLedger } from './ledger.ts';
import { addRecords, listRecords, withdrawRecord, type NewRecord } from './records.ts';

const NOW = Date.UTC(2026, 10, 2, 9) + 0.75;
const AT = Date.UTC(2026, 9, 31, 12);

let dir: string;
let db: Db;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-records-'));
  const file = path.join(dir, 'store.db');
  openLedger({ path: file, vantage: 'home', now: NOW }).close(NOW);
  db = openForEntry(file);
});

afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

const billing = (customers: number): NewRecord => ({ kind: 'billing', at: AT, body: { wrong: 2, customers } });
const who = { system: 'corp', by: 'Li Wei', now: NOW };

function problemsOf(records: readonly NewRecord[], system = 'corp') {
  try {
    addRecords(db, records, { ...who, system });
  } catch (error) {
    if (error instanceof EntryError) return error.problems;
    throw error;
  }
  return [];
}

test('records are listed as they were entered', () => {
  const backup: NewRecord = {
    id: 'B7',
    kind: 'backup',
    at: AT + 1,
    body: { level: 'full', finished_at: AT + 1, ok: true },
  };
  expect(addRecords(db, [billing(9), backup], who)).toEqual(['R-2026-0001', 'B7']);
  expect(listRecords(db, 'corp')).toEqual([
    {
      fact: { type: 'record', id: 'R-2026-0001', kind: 'billing', at: AT, customers: 9, wrong: 2 },
      entered_by: 'Li Wei',
      entered_at: Math.floor(NOW),
    },
    {
      fact: { type: 'record', id: 'B7', kind: 'backup', at: AT + 1, level: 'full', finished_at: AT + 1, ok: true },
      entered_by: 'Li Wei',
      entered_at: Math.floor(NOW),
    },
  ]);
  expect(listRecords(db, 'other')).toEqual([]);
});

test('a correction names the record that it replaces, also one of the same import', () => {
  addRecords(
    db,
    [
      { ...billing(9), id: 'one' },
      { ...billing(10), replaces: 'one' },
    ],
    who,
  );
  addRecords(db, [{ ...billing(11), replaces: 'R-2026-0001' }], who);
  expect(listRecords(db, 'corp').map(({ fact, replaced_by }) => [fact.id, fact.replaces, replaced_by])).toEqual([
    ['one', undefined, 'R-2026-0001'],
    ['R-2026-0001', 'one', 'R-2026-0002'],
    ['R-2026-0002', 'R-2026-0001', undefined],
  ]);
});

describe('one that is wrong takes all with it', () => {
  beforeEach(() => void addRecords(db, [billing(9), { ...billing(1), id: 'mine' }], who));

  const rows: [string, readonly NewRecord[], object][] = [
    [
      'an id that is taken',
      [billing(8), { ...billing(7), id: 'mine' }],
      { index: 1, key: 'id', got: 'mine, which is taken' },
    ],
    [
      'an id twice',
      [
        { ...billing(8), id: 'q' },
        { ...billing(7), id: 'q' },
      ],
      { index: 1, key: 'id', got: 'q, which is taken' },
    ],
    ['a record that says the same', [billing(8), billing(9)], { index: 1, key: 'id', got: 'none; see R-2026-0001' }],
    ['a line twice', [billing(8), billing(8)], { index: 1, key: 'id', got: 'none; see R-2026-0002' }],
    ['a correction of nothing', [{ ...billing(8), replaces: 'R-1' }], { index: 0, key: 'replaces', got: '"R-1"' }],
    [
      'two corrections of one',
      [
        { ...billing(8), replaces: 'mine' },
        { ...billing(7), replaces: 'mine' },
      ],
      { index: 1, key: 'replaces', expected: 'a record that still stands', got: 'mine, which R-2026-0002 replaced' },
    ],
  ];
  test.each(rows)('%s', (_name, records, problem) => {
    expect(problemsOf(records)).toEqual([expect.objectContaining(problem)]);
    expect(listRecords(db, 'corp')).toHaveLength(2);
  });

  test("another system's record", () => {
    expect(problemsOf([{ ...billing(8), replaces: 'mine' }], 'other')).toMatchObject([{ key: 'replaces' }]);
    expect(listRecords(db, 'other')).toEqual([]);
  });

  test('what a record said that was replaced may be said again, and the same thing with an id of its own', () => {
    addRecords(db, [{ ...billing(8), replaces: 'R-2026-0001' }], who);
    expect(addRecords(db, [billing(9), { ...billing(9), id: 'again' }], who)).toEqual(['R-2026-0003', 'again']);
  });

  test('of very many problems the first are told', () => {
    expect(problemsOf(Array.from({ length: 500 }, () => billing(9)))).toHaveLength(20);
  });
});

describe('a record that is withdrawn', () => {
  const withdraw = (id: string, more: { system?: string; by?: string } = {}): void =>
    withdrawRecord(db, { id, ...who, by: 'Wu', ...more });
  const states = () =>
    listRecords(db, 'corp').map(({ fact, replaced_by, withdrawn_by }) => [fact.id, replaced_by, withdrawn_by]);

  beforeEach(() => {
    addRecords(
      db,
      [
        { ...billing(9), id: 'old' },
        { ...billing(8), id: 'new', replaces: 'old' },
      ],
      who,
    );
    withdraw('new');
  });

  test('stays in the list, with who withdrew it and when', () => {
    expect(listRecords(db, 'corp')[1]).toEqual({
      fact: { type: 'record', id: 'new', kind: 'billing', at: AT, replaces: 'old', customers: 8, wrong: 2 },
      entered_by: 'Li Wei',
      entered_at: Math.floor(NOW),
      withdrawn_by: 'Wu',
      withdrawn_at: Math.floor(NOW),
    });
  });

  test('may be entered again, as may what it replaced', () => {
    expect(addRecords(db, [billing(8), billing(9)], who)).toEqual(['R-2026-0001', 'R-2026-0002']);
  });

  test('is replaced by none', () => {
    expect(problemsOf([{ ...billing(7), replaces: 'new' }])).toEqual([
      { index: 0, key: 'replaces', expected: 'a record that still stands', got: 'new, which Wu withdrew' },
    ]);
  });

  const rows: [string, () => void, object][] = [
    ['one that was withdrawn', () => withdraw('new'), { key: 'id', got: 'new, which Wu withdrew' }],
    ['one that was replaced', () => withdraw('old'), { key: 'id', got: 'old, which new replaced' }],
    ['one that there is not', () => withdraw('R-1'), { key: 'id', got: '"R-1"' }],
    ["another system's", () => withdraw('other', { system: 'other' }), { key: 'id', got: '"other"' }],
    ['one by nobody', () => withdraw('other', { by: ' ' }), { key: 'withdrawn_by' }],
  ];
  test.each(rows)('%s is refused, and nothing changes', (_name, deed, problem) => {
    addRecords(db, [{ ...billing(7), id: 'other' }], who);
    const before = states();
    expect(deed).toThrow(expect.objectContaining({ problems: [expect.objectContaining(problem)] }) as Error);
    expect(states()).toEqual(before);
  });
});

describe('the store itself holds it, whoever writes to it', () => {
  const copy =
    "INSERT INTO records SELECT 99, 'y', system, kind, at, replaces, body, entered_by, entered_at FROM records WHERE id = 'R-2026-0001'";
  const rows: [string, string, string][] = [
    ['a record is changed', "UPDATE records SET body = '{}'", 'a record never changes'],
    ['a record is deleted', 'DELETE FROM records', 'a record never changes'],
    [
      'a record takes the place of another',
      copy.replace('INSERT', 'INSERT OR REPLACE').replace("99, 'y'", 'n, id'),
      'a record never changes',
    ],
    [
      "another system's replaced",
      copy.replace('system', "'other'").replace('replaces', "'R-2026-0001'"),
      'of its own system',
    ],
    ['a body that is no mapping', copy.replace('body', "'[]'"), 'CHECK constraint failed'],
    ['nobody', copy.replace('entered_by', "''"), 'CHECK constraint failed'],
  ];
  const withdrawal = (id: string, by: string): string => `INSERT INTO record_withdrawals VALUES ('${id}', '${by}', 1)`;
  const withdrawals: typeof rows = [
    ['a withdrawal is changed', "UPDATE record_withdrawals SET withdrawn_by = 'x'", 'what was withdrawn stays so'],
    ['a withdrawal is deleted', 'DELETE FROM record_withdrawals', 'what was withdrawn stays so'],
    [
      'a withdrawal takes the place of another',
      withdrawal('gone', 'x').replace('INSERT', 'INSERT OR REPLACE'),
      'what was withdrawn stays so',
    ],
    ['what was replaced is withdrawn', withdrawal('old', 'x'), 'a record that was replaced is not withdrawn'],
    ['what is not there is withdrawn', withdrawal('none', 'x'), 'FOREIGN KEY constraint failed'],
    ['nobody withdraws', withdrawal('R-2026-0001', ''), 'CHECK constraint failed'],
    ['what was withdrawn is replaced', copy.replace('replaces', "'gone'"), 'replaces one that was not withdrawn'],
  ];
  test.each([...rows, ...withdrawals])('%s', (_name, sql, words) => {
    addRecords(db, [billing(9)], who);
    const old: NewRecord = { ...billing(7), id: 'old' };
    addRecords(db, [old, { ...billing(6), id: 'new', replaces: 'old' }, { ...billing(5), id: 'gone' }], who);
    withdrawRecord(db, { id: 'gone', ...who });
    expect(() => db.exec(sql)).toThrow(words);
  });
});
