import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RecordKind } from '../facts/facts.ts';
import { DAY, HOUR } from '../lib/time.ts';
import { allExclusions, exclusionsOf, recordsBetween } from './entry-rows.ts';
import { addExclusion } from './exclusions.ts';
import { openForEntry, type Db } from './file.ts';
import { openLedger } from './ledger.ts';
import { addRecords, withdrawRecord } from './records.ts';

/** October in UTC. */
const FROM = Date.UTC(2026, 9, 1);
const TO = Date.UTC(2026, 10, 1);

let dir: string;
let db: Db;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-entries-'));
  const file = path.join(dir, 'store.db');
  openLedger({ path: file, vantage: 'home', now: FROM }).close(FROM);
  db = openForEntry(file);
});

afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

function window(id: string, from: number, to: number, replaces?: string): void {
  const entry = { id, system: 'corp', from, to, ground: 'b', entered_by: 'Li Wei', note: 'note', replaces };
  addExclusion(db, entry, { now: TO, grounds: ['b'] });
}

test('windows that share time with the month, and those that they replaced or that replaced them', () => {
  window('before', FROM - DAY, FROM);
  window('into', FROM - DAY, FROM + 1);
  window('after', TO, TO + DAY);
  window('moved', FROM + DAY, FROM + 2 * DAY);
  window('moved-out', TO + DAY, TO + 2 * DAY, 'moved');
  window('moved-further', TO + 9 * DAY, TO + 10 * DAY, 'moved-out');
  window('came', FROM - 9 * DAY, FROM - 8 * DAY);
  window('came-in', TO - DAY, TO + DAY, 'came');
  addExclusion(
    db,
    { system: 'other', from: FROM, to: TO, ground: 'b', entered_by: 'Li Wei', note: 'note' },
    { now: TO, grounds: ['b'] },
  );
  const found = exclusionsOf(allExclusions(db, 'corp'), FROM, TO).map(({ id }) => id);
  expect(found).toEqual(['into', 'moved', 'moved-out', 'moved-further', 'came', 'came-in']);
});

function record(id: string, kind: RecordKind, at: number, body: Record<string, number | string | boolean>): void {
  const { replaces, ...rest } = body;
  const entry = { id, kind, at, body: rest, replaces: typeof replaces === 'string' ? replaces : undefined };
  addRecords(db, [entry], { system: 'corp', by: 'Li Wei', now: TO });
}

function backup(id: string, level: string, finished_at: number, ok: boolean, at = finished_at): void {
  record(id, 'backup', at, { level, finished_at, ok });
}

const ids = (): readonly string[] => recordsBetween(db, 'corp', FROM, TO).map(({ id }) => id);

test('records of the month, and the last one before it of each kind', () => {
  const billing = { customers: 1, wrong: 0 };
  record('older', 'billing', FROM - DAY, billing);
  record('last', 'billing', FROM - HOUR, { ...billing, wrong: 1 });
  record('first', 'billing', FROM, billing);
  record('next', 'billing', TO, billing);
  record('wide', 'page-load', FROM - 9 * DAY, { profile: 'broadband', seconds: 1 });
  record('wide-old', 'page-load', FROM - 10 * DAY, { profile: 'broadband', seconds: 1 });
  record('narrow', 'page-load', FROM - 40 * DAY, { profile: 'narrowband', seconds: 1 });
  expect(ids()).toEqual(['last', 'first', 'wide', 'narrow']);
});

test('the last one before the month is one that stands, and a correction brings what it corrects', () => {
  const update = (id: string, at: number, more: Record<string, string> = {}): void =>
    record(id, 'definitions', at, { updated_at: at, ...more });
  update('older', FROM - 9 * DAY);
  update('wrong', FROM - 2 * DAY);
  update('right', FROM - 20 * DAY, { replaces: 'wrong' });
  update('of the month'.replaceAll(' ', '-'), FROM + DAY);
  update('moved-out', TO + 9 * DAY, { replaces: 'of-the-month' });
  expect(ids()).toEqual(['older', 'of-the-month', 'moved-out']);
});

test('what was withdrawn is left out, with all that it replaced, and the one before it is the last', () => {
  const billing = { customers: 1, wrong: 0 };
  record('stands', 'billing', FROM - 2 * DAY, billing);
  record('last', 'billing', FROM - DAY, billing);
  record('first', 'billing', FROM + DAY, billing);
  record('second', 'billing', FROM + 2 * DAY, { ...billing, replaces: 'first' });
  record('third', 'billing', TO + DAY, { ...billing, replaces: 'second' });
  record('corrected', 'billing', FROM + 3 * DAY, billing);
  record('correction', 'billing', FROM + 4 * DAY, { ...billing, replaces: 'corrected' });
  expect(ids()).toEqual(['last', 'first', 'second', 'third', 'corrected', 'correction']);
  for (const id of ['last', 'third']) withdrawRecord(db, { id, system: 'corp', by: 'Li Wei', now: TO });
  expect(ids()).toEqual(['stands', 'corrected', 'correction']);
});

test('backups, updates and deletions by the instant at which they happened, whenever they were entered', () => {
  backup('full-failed', 'full', FROM - DAY, false);
  backup('full-good', 'full', FROM - 3 * DAY, true);
  backup('full-old', 'full', FROM - 6 * DAY, true);
  backup('incremental', 'incremental', FROM - HOUR, true);
  backup('told-late', 'incremental', FROM + DAY, true, TO + DAY);
  backup('next', 'incremental', TO, true);
  record('deleted', 'account-lock', FROM - 99 * DAY, { locked_at: FROM - 99 * DAY, deleted_at: FROM + DAY });
  record('deleted-later', 'account-lock', FROM - 98 * DAY, { locked_at: FROM - 98 * DAY, deleted_at: TO });
  record('locked-last', 'account-lock', FROM - 97 * DAY, { locked_at: FROM - 97 * DAY });
  expect(ids()).toEqual(['full-failed', 'full-good', 'incremental', 'told-late', 'deleted', 'locked-last']);
});

test('what is in a record comes back as it was entered', () => {
  record('r1', 'complaint', FROM + 1, { started_at: FROM, what: 'spam' });
  expect(recordsBetween(db, 'corp', FROM, TO)).toEqual([
    { type: 'record', id: 'r1', kind: 'complaint', at: FROM + 1, started_at: FROM, what: 'spam' },
  ]);
  expect(recordsBetween(db, 'other', FROM, TO)).toEqual([]);
});
