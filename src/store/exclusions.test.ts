import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EntryError } from './entry.ts';
import { addExclusion, approveExclusion, listExclusions, withdrawExclusion, type NewExclusion } from './exclusions.ts';
import { openForEntry, type Db } from './file.ts';
import { openLedger } from './ledger.ts';

const NOW = Date.UTC(2026, 10, 2, 9) + 0.75;
const FROM = Date.UTC(2026, 9, 5, 18);
const grounds = ['a', 'b'];

let dir: string;
let db: Db;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-exclusions-'));
  const file = path.join(dir, 'store.db');
  openLedger({ path: file, vantage: 'home', now: NOW }).close(NOW);
  db = openForEntry(file);
});

afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

const WINDOW: NewExclusion = {
  system: 'corp',
  from: FROM,
  to: FROM + 3_600_000,
  ground: 'a',
  entered_by: 'Li Wei',
  note: 'new storage',
};

function add(change: Partial<NewExclusion> = {}, now = NOW): string {
  return addExclusion(db, { ...WINDOW, ...change }, { now, grounds });
}

const act = (id: string, by = 'Chen Jie', system = 'corp') => ({ id, by, system, now: NOW + 5 });

test('a window is listed as it was entered, its instants in whole milliseconds', () => {
  const id = add({ announced_at: FROM - 1 });
  expect(id).toBe('X-2026-0001');
  expect(listExclusions(db, 'corp')).toEqual([
    {
      fact: {
        type: 'exclusion',
        id: 'X-2026-0001',
        from: FROM,
        to: FROM + 3_600_000,
        ground: 'a',
        entered_by: 'Li Wei',
        entered_at: Math.floor(NOW),
        announced_at: FROM - 1,
        note: 'new storage',
      },
    },
  ]);
  expect(listExclusions(db, 'other')).toEqual([]);
});

test('ids are counted on, by year, past those that people gave', () => {
  expect([add(), add({ id: 'INC-4711' }), add({ id: 'X-2026-0004' }), add()]).toEqual([
    'X-2026-0001',
    'INC-4711',
    'X-2026-0004',
    'X-2026-0005',
  ]);
  expect(add({ id: 'X-2026-9999' })).toBe('X-2026-9999');
  expect(add()).toBe('X-2026-10000');
  expect(add({ system: 'other' }, Date.UTC(2027, 0, 1))).toBe('X-2027-0001');
});

test('approval and withdrawal stand beside the window, with who and when', () => {
  const id = add();
  approveExclusion(db, act(id));
  withdrawExclusion(db, act(id, 'Li Wei'));
  expect(listExclusions(db, 'corp')[0]?.fact).toMatchObject({
    approved_by: 'Chen Jie',
    approved_at: Math.floor(NOW + 5),
    withdrawn_by: 'Li Wei',
    withdrawn_at: Math.floor(NOW + 5),
  });
});

test('an approval that was given before is of its own time, and when it was entered stands beside it', () => {
  const id = add();
  approveExclusion(db, { ...act(id), consentedAt: FROM - 60_000 });
  add({ approval: { by: 'Chen Jie', at: FROM - 1 } });
  expect(listExclusions(db, 'corp').map(({ fact }) => fact)).toMatchObject([
    { approved_by: 'Chen Jie', approved_at: FROM - 60_000, approval_entered_at: Math.floor(NOW + 5) },
    { approved_by: 'Chen Jie', approved_at: FROM - 1, approval_entered_at: Math.floor(NOW) },
  ]);
});

test('a correction names the window that it replaces', () => {
  const id = add();
  const next = add({ replaces: id, to: FROM + 60_000 });
  expect(listExclusions(db, 'corp').map(({ fact, replaced_by }) => [fact.id, fact.replaces, replaced_by])).toEqual([
    [id, undefined, next],
    [next, id, undefined],
  ]);
});

describe('what is wrong is refused, and nothing is entered', () => {
  const rows: [string, Partial<NewExclusion>, string][] = [
    ['a window that ends before it begins', { to: FROM - 1 }, 'to: expected an instant after the window begins'],
    ['an empty window', { to: FROM }, 'to: expected an instant after the window begins'],
    ['a ground that the contract has not', { ground: 'z' }, 'ground: expected a ground of the contract: a, b, got "z"'],
    ['nobody', { entered_by: ' ' }, 'entered_by: expected a line of at most 200 characters, got " "'],
    ['no note', { note: '' }, 'note: expected a line of at most 2000 characters, got ""'],
    ['a note that redraws the terminal', { note: 'fine\u001b[2J' }, 'note: expected a line of at most 2000 characters'],
    [
      'an announcement to come',
      { announced_at: NOW + 1 },
      'announced_at: expected an instant that is not in the future',
    ],
    [
      'an approval to come',
      { approval: { by: 'Chen Jie', at: NOW + 1 } },
      'approved_at: expected an instant that is not in the future',
    ],
    [
      'an approval by who enters it',
      { approval: { by: 'li  wei', at: FROM } },
      'approved_by: expected somebody else than the person who entered the window, got "li  wei"',
    ],
    ['an approval by nobody', { approval: { by: '', at: FROM } }, 'approved_by: expected a line of at most 200'],
    ['an id with a blank', { id: 'a b' }, 'id: expected at most 64 letters, digits, dots, hyphens and underscores'],
    [
      'a correction of nothing',
      { replaces: 'X-2026-0009' },
      'replaces: expected a window of system corp; see mailwitness exclude list, got "X-2026-0009"',
    ],
  ];
  test.each(rows)('%s', (_name, change, words) => {
    expect(() => add(change)).toThrow(EntryError);
    expect(() => add(change)).toThrow(words);
    expect(listExclusions(db, 'corp')).toEqual([]);
  });

  test('an id that is taken, also by another system', () => {
    const id = add();
    expect(() => add({ id, system: 'other' })).toThrow(
      'id: expected an id that is free, got X-2026-0001, which is taken',
    );
  });

  test('a correction of what belongs to another system, was withdrawn, or was replaced', () => {
    const [mine, back, old] = [add(), add(), add()];
    withdrawExclusion(db, act(back));
    const next = add({ replaces: old });
    expect(() => add({ replaces: mine, system: 'other' })).toThrow('replaces: expected a window of system other');
    expect(() => add({ replaces: back })).toThrow(
      `expected a window that still stands, got ${back}, which Chen Jie withdrew`,
    );
    expect(() => add({ replaces: old })).toThrow(
      `expected a window that still stands, got ${old}, which ${next} replaced`,
    );
    expect(listExclusions(db, 'corp')).toHaveLength(4);
  });

  test.each(['Li Wei', ' li  wei ', 'LI WEI', 'Ｌｉ Wei'])('approval by who entered it, spelled "%s"', (by) => {
    const id = add();
    expect(() => approveExclusion(db, act(id, by))).toThrow(
      'approved_by: expected somebody else than the person who entered the window',
    );
    expect(listExclusions(db, 'corp')[0]?.fact).not.toHaveProperty('approved_by');
  });

  test('approval twice, and any act on what was withdrawn, replaced, or is of another system', () => {
    const id = add();
    approveExclusion(db, act(id));
    expect(() => approveExclusion(db, act(id, 'Wu'))).toThrow(`got ${id}, which Chen Jie approved`);
    expect(() => withdrawExclusion(db, act(id, 'Wu', 'other'))).toThrow('id: expected a window of system other');
    withdrawExclusion(db, act(id));
    expect(() => withdrawExclusion(db, act(id, 'Wu'))).toThrow(`got ${id}, which Chen Jie withdrew`);
    expect(() => approveExclusion(db, act(id, 'Wu'))).toThrow(`got ${id}, which Chen Jie withdrew`);
    const old = add();
    const next = add({ replaces: old });
    expect(() => approveExclusion(db, act(old))).toThrow(`got ${old}, which ${next} replaced`);
  });
});

describe('the store itself holds it, whoever writes to it', () => {
  const rows: [string, string, string][] = [
    ['a window is changed', "UPDATE exclusions SET note = 'x'", 'an exclusion never changes'],
    ['a window is deleted', 'DELETE FROM exclusions', 'an exclusion never changes'],
    ['an approval is changed', "UPDATE exclusion_acts SET acted_by = 'x'", 'what was approved or withdrawn stays so'],
    ['an approval is deleted', 'DELETE FROM exclusion_acts', 'what was approved or withdrawn stays so'],
    [
      'a second approval',
      "INSERT OR REPLACE INTO exclusion_acts VALUES ('X-2026-0001', 'approve', 'x', 1, NULL)",
      'stays so',
    ],
    [
      'approval by who entered it',
      "INSERT INTO exclusion_acts VALUES ('X-2026-0002', 'approve', 'Li Wei', 1, NULL)",
      'nobody approves',
    ],
    [
      'approval of what was replaced',
      "INSERT INTO exclusion_acts VALUES ('X-2026-0003', 'approve', 'x', 1, NULL)",
      'withdrawn or replaced',
    ],
    [
      'an act on nothing',
      "INSERT INTO exclusion_acts VALUES ('X-1', 'withdraw', 'x', 1, NULL)",
      'FOREIGN KEY constraint failed',
    ],
    [
      'an approval entered before it was given',
      "INSERT INTO exclusion_acts VALUES ('X-2026-0002', 'approve', 'x', 1, 2)",
      'CHECK constraint failed',
    ],
    [
      'a withdrawal at another time',
      "INSERT INTO exclusion_acts VALUES ('X-2026-0002', 'withdraw', 'x', 2, 1)",
      'CHECK constraint failed',
    ],
    [
      'a third act',
      "INSERT INTO exclusion_acts VALUES ('X-2026-0002', 'praise', 'x', 1, NULL)",
      'CHECK constraint failed',
    ],
    [
      'a replacement twice',
      "INSERT INTO exclusions SELECT 99, 'y', system, from_at, to_at, ground, entered_by, entered_at, NULL, 'X-2026-0003', note FROM exclusions WHERE n = 1",
      'UNIQUE constraint failed',
    ],
    [
      "another system's replaced",
      "INSERT INTO exclusions SELECT 99, 'y', 'other', from_at, to_at, ground, entered_by, entered_at, NULL, 'X-2026-0002', note FROM exclusions WHERE n = 1",
      'of its own system',
    ],
    [
      'a window announced after it was entered',
      "INSERT INTO exclusions SELECT 99, 'y', system, from_at, to_at, ground, entered_by, 1, 2, NULL, note FROM exclusions WHERE n = 1",
      'CHECK constraint failed',
    ],
  ];
  test.each(rows)('%s', (_name, sql, words) => {
    approveExclusion(db, act(add()));
    add();
    add({ replaces: add() });
    expect(() => db.exec(sql)).toThrow(words);
  });
});
