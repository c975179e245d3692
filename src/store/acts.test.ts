import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { act, countActs, latestActs, type Actor, type Deed, type Done } from './acts.ts';
import { listExclusions } from './exclusions.ts';
import { openForEntry, type Db } from './file.ts';
import { openLedger } from './ledger.ts';
import { listRecords } from './records.ts';

const NOW = Date.UTC(2026, 10, 2, 9) + 0.75;
const FROM = Date.UTC(2026, 9, 5, 18);
const LI: Actor = { person: 'Li Wei', role: 'operator', address: '192.0.2.7' };
const CHEN: Actor = { person: 'Chen Jie', role: 'customer', address: '192.0.2.9' };

const ENTER = {
  kind: 'enter exclusion',
  entry: { system: 'hq', from: FROM, to: FROM + 3_600_000, ground: 'a', note: 'new storage' },
  grounds: ['a', 'b'],
} satisfies Deed;

let dir: string;
let db: Db;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-acts-'));
  const file = path.join(dir, 'store.db');
  openLedger({ path: file, vantage: 'home', now: NOW }).close(NOW);
  db = openForEntry(file);
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

function enter(): string {
  const done = act(db, ENTER, LI, NOW);
  if (done.kind !== 'done' || done.id === null) throw new Error('it was refused');
  return done.id;
}

const acts = () => latestActs(db, 100).map(({ person, act, entry }) => `${person}: ${act} ${entry ?? ''}`.trim());

describe('an act', () => {
  test('is written down with what it did: who, as what, what, when and from where', () => {
    const id = enter();
    expect(latestActs(db, 10)).toEqual([
      { ...LI, at: Math.floor(NOW), act: 'enter exclusion', system: 'hq', entry: id },
    ]);
    expect(listExclusions(db, 'hq')).toMatchObject([{ fact: { id, entered_by: 'Li Wei', note: 'new storage' } }]);
  });

  test('is listed to those whose system it is; signing in to those alone who have all', () => {
    act(db, { kind: 'sign in' }, LI, NOW);
    enter();
    act(db, { ...ENTER, entry: { ...ENTER.entry, system: 'web' } }, LI, NOW);
    const seen = (systems: readonly string[] | 'all') => latestActs(db, 9, { systems }).map(({ system }) => system);
    expect(seen('all')).toEqual(['web', 'hq', null]);
    expect(seen(['hq'])).toEqual(['hq']);
    expect(seen(['hq', 'web'])).toEqual(['web', 'hq']);
    expect(seen([])).toEqual([]);
    expect(latestActs(db, 1, { skip: 1 }).map(({ system }) => system)).toEqual(['hq']);
    expect(['all' as const, ['hq'], ['hq', 'web'], []].map((systems) => countActs(db, systems))).toEqual([3, 1, 2, 0]);
  });

  test('each kind of it, the newest first', () => {
    act(db, { kind: 'sign in' }, LI, NOW);
    const id = enter();
    act(db, { kind: 'approve exclusion', system: 'hq', id }, CHEN, NOW + 1);
    act(db, { ...ENTER, entry: { ...ENTER.entry, id: 'better', replaces: id } }, LI, NOW + 2);
    act(db, { kind: 'withdraw exclusion', system: 'hq', id: 'better' }, LI, NOW + 3);
    const record = { id: 'B1', kind: 'billing', at: FROM, body: { customers: 9, wrong: 1 } } as const;
    act(db, { kind: 'enter record', system: 'hq', record }, LI, NOW + 4);
    act(db, { kind: 'enter record', system: 'hq', record: { ...record, id: 'B2', replaces: 'B1' } }, LI, NOW + 5);
    act(db, { kind: 'withdraw record', system: 'hq', id: 'B2' }, LI, NOW + 6);
    act(db, { kind: 'sign out' }, LI, NOW + 7);
    expect(acts()).toEqual([
      'Li Wei: sign out',
      'Li Wei: withdraw record B2',
      'Li Wei: correct record B2',
      'Li Wei: enter record B1',
      'Li Wei: withdraw exclusion better',
      'Li Wei: correct exclusion better',
      `Chen Jie: approve exclusion ${id}`,
      `Li Wei: enter exclusion ${id}`,
      'Li Wei: sign in',
    ]);
    expect(
      listRecords(db, 'hq').map(({ fact, replaced_by, withdrawn_at }) => [fact.id, replaced_by, withdrawn_at]),
    ).toEqual([
      ['B1', 'B2', undefined],
      ['B2', undefined, Math.floor(NOW) + 6],
    ]);
  });

  const refused: readonly (readonly [string, (id: string) => readonly [Deed, Actor], string])[] = [
    ['approving what one entered oneself', (id) => [approve(id), { ...CHEN, person: ' li  WEI' }], 'approved_by'],
    ['approving what is not there', () => [approve('X-1'), CHEN], 'id'],
    ['approving a window of another system', (id) => [{ ...approve(id), system: 'web' }, CHEN], 'id'],
    ['a ground that the contract has not', () => [{ ...ENTER, grounds: ['b'] }, LI], 'ground'],
    ['correcting what is not there', () => [{ ...ENTER, entry: { ...ENTER.entry, replaces: 'X-1' } }, LI], 'replaces'],
    ['withdrawing a record that is not there', () => [{ kind: 'withdraw record', system: 'hq', id: 'R-1' }, LI], 'id'],
  ];
  test.each(refused)('%s is refused, and leaves nothing', (_, deedOf, key) => {
    const id = enter();
    const before = listExclusions(db, 'hq');
    const [deed, actor] = deedOf(id);
    const done: Done = act(db, deed, actor, NOW + 1);
    expect(done).toMatchObject({ kind: 'refused', problems: [{ key }] });
    expect(listExclusions(db, 'hq')).toEqual(before);
    expect(acts()).toEqual([`Li Wei: enter exclusion ${id}`]);
  });

  test('is never changed nor deleted', () => {
    enter();
    expect(() => db.exec("UPDATE acts SET person = 'Chen Jie'")).toThrow('what was done stays so');
    expect(() => db.exec('DELETE FROM acts')).toThrow('what was done stays so');
    expect(() =>
      db.exec("INSERT OR REPLACE INTO acts (n, at, person, role, act, address) VALUES (1, 0, 'x', 'y', 'z', '')"),
    ).toThrow('what was done stays so');
  });
});

function approve(id: string): Extract<Deed, { kind: 'approve exclusion' | 'withdraw exclusion' }> {
  return { kind: 'approve exclusion', system: 'hq', id };
}
