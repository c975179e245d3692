import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { launchedState } from '../probe/correlate.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import { EntryError } from './entry.ts';
import { addExport, exportsOf } from './exports.ts';
import { openForEntry, type Db } from './file.ts';
import { isEvidenceKept, keptEvidence } from './kept-evidence.ts';
import { openLedger } from './ledger.ts';
import { addPurge, deleteSomePurged, findPurgeable, purgesOf } from './purges.ts';
import { addCheck, addRevision, closedMonths, newestRevisions, revisionsOf, type Revision } from './revisions.ts';

const FROM = Date.UTC(2026, 9, 1);
const TO = Date.UTC(2026, 10, 1);
const MONTH = { system: 'corp', month: '2026-10' };
const SPAN = { ...MONTH, from: FROM, to: TO };

let dir: string;
let file: string;
let db: Db;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-revisions-'));
  file = path.join(dir, 'store.db');
  openLedger({ path: file, vantage: 'home', now: FROM }).close(FROM);
  db = openForEntry(file);
});

afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

const published = {
  closedAt: TO + 1,
  provisional: false,
  report: '{ "format":  "mailwitness-report" }\n',
  contract: 'contract: x\n',
  engine: '0.1.0',
  tzdata: '2026a',
  evidenceSha256: 'ab'.repeat(32),
  changes: [],
} satisfies Omit<Revision, 'system' | 'month' | 'revision'>;
const evidence = [Buffer.from('first'), Buffer.from('second')];
/** As it is given to the store. */
const kept = { ...published, evidence };

const exported = { ...MONTH, at: TO + 2, sha256: 'cd'.repeat(32), lines: 9, until: TO };

describe('revisions', () => {
  test('are numbered from 1, and come back byte for byte', () => {
    expect(addRevision(db, MONTH, () => kept)).toBe(1);
    const changes = [{ clause: '1', figure: 'verdict', before: 'open', after: 'met' }];
    const second = { ...published, changes };
    const both = { ...second, evidence: [] };
    expect(addRevision(db, MONTH, (newest, next) => (newest?.revision === 1 && next === 2 ? both : null))).toBe(2);
    expect(revisionsOf(db, 'corp', '2026-10')).toEqual([
      { ...MONTH, revision: 1, ...published },
      { ...MONTH, revision: 2, ...second },
    ]);
    expect(addRevision(db, { system: 'corp', month: '2026-09' }, () => kept)).toBe(1);
    expect(closedMonths(db, 'corp')).toEqual(['2026-09', '2026-10']);
    expect(revisionsOf(db, 'other', '2026-10')).toEqual([]);
  });

  test('keep their evidence, part by part', () => {
    addRevision(db, MONTH, () => kept);
    addRevision(db, MONTH, () => ({ ...kept, evidence: [] }));
    expect([...keptEvidence(db, { ...MONTH, revision: 1 })]).toEqual(evidence);
    expect([1, 2, 3].map((revision) => isEvidenceKept(db, { ...MONTH, revision }))).toEqual([true, false, false]);
  });

  test('that were held against what became known later say until when, the newest final one of each month', () => {
    addRevision(db, MONTH, () => kept);
    addRevision(db, { ...MONTH, month: '2026-09' }, () => ({ ...kept, provisional: true }));
    expect(newestRevisions(db, 'corp')).toEqual([{ month: '2026-10', revision: 1, since: TO + 1 }]);
    for (const at of [TO + 9, TO + 5]) addCheck(db, { ...MONTH, revision: 1 }, at);
    expect(newestRevisions(db, 'corp')).toEqual([{ month: '2026-10', revision: 1, since: TO + 9 }]);
    addRevision(db, MONTH, () => ({ ...kept, closedAt: TO + 10 }));
    expect(newestRevisions(db, 'corp')).toEqual([{ month: '2026-10', revision: 2, since: TO + 10 }]);
  });

  test('where nothing changed none is published', () => {
    expect(addRevision(db, MONTH, () => null)).toBeNull();
    expect(closedMonths(db, 'corp')).toEqual([]);
  });

  test.each([
    ['a published report is changed', "UPDATE revisions SET report = '{}'", 'a published report never changes'],
    ['a published report is deleted', 'DELETE FROM revisions', 'a published report never changes'],
    [
      'a number is left out',
      "INSERT INTO revisions SELECT 9, system, month, 3, closed_at, 0, report, contract, engine, tzdata, evidence_sha256, '[]' FROM revisions",
      'revisions are numbered in order',
    ],
    [
      'evidence is changed',
      "UPDATE revision_evidence SET bytes = x'00'",
      'evidence of a published report never changes',
    ],
    ['evidence is deleted', 'DELETE FROM revision_evidence', 'evidence of a published report never changes'],
    ['an export is changed', 'UPDATE exports SET lines = 1', 'an export stays told'],
    ['an export is deleted', 'DELETE FROM exports', 'an export stays told'],
  ])('the store refuses it when %s', (_name, sql, words) => {
    addRevision(db, MONTH, () => kept);
    addExport(db, exported);
    expect(() => db.exec(sql)).toThrow(words);
    expect(exportsOf(db, 'corp', '2026-10')).toEqual([exported]);
  });
});

/** Settled a second after it was accepted, unless told otherwise. */
function write(
  probes: readonly (Partial<ProbeState> & { readonly id: string; readonly acceptedAt: number | null })[],
): void {
  const ledger = openLedger({ path: file, vantage: 'home', now: TO });
  const event = (given: (typeof probes)[number]) => {
    const { id, system = 'corp', acceptedAt } = given;
    const launched = launchedState({ id, system, route: 'in', kind: 'inbound', mailbox: 'hq', launchedAt: FROM });
    const ended = { outcome: 'delivered', settledAt: (acceptedAt ?? FROM) + 1_000 } as const;
    return { kind: 'event', event: { kind: 'launched', at: TO, probe: { ...launched, ...ended, ...given } } } as const;
  };
  expect(ledger.commit(probes.map(event))).toEqual([]);
  ledger.close(TO);
}

const left = (): unknown => db.prepare('SELECT id FROM probes ORDER BY id').pluck().all();

describe('a purge', () => {
  const close = (): void => {
    addRevision(db, MONTH, () => kept);
    addExport(db, exported);
  };

  test('lets the ended messages of its system and month go, with all that hangs on them', () => {
    write([
      { id: 'before', acceptedAt: FROM - 0.001 },
      { id: 'first', acceptedAt: FROM },
      { id: 'last', acceptedAt: TO - 0.001 },
      { id: 'after', acceptedAt: TO },
      { id: 'open', acceptedAt: FROM, settledAt: null, outcome: 'pending' },
      { id: 'refused', acceptedAt: null, outcome: 'refused' },
      { id: 'other', acceptedAt: FROM, system: 'other' },
    ]);
    db.exec(`
      INSERT INTO sightings (probe, at, kind, meaning, copy) SELECT n, 1, 'visible', 'duplicate', 'x' FROM probes;
      INSERT INTO targets (n, system, check_name, target) VALUES (9, 'corp', 'inbound', 'in');
      INSERT INTO dialogues (target, probe, shelf, part, at, text) SELECT 9, n, 'plain', 'transcript', 1, 'x' FROM probes;`);
    close();
    expect(() => db.exec('DELETE FROM sightings')).toThrow('a sighting never changes');
    expect(findPurgeable(db, SPAN)).toEqual({ messages: 2, first: FROM, last: TO - 0.001 });
    const purge = addPurge(db, { ...SPAN, at: TO + 3 });
    expect(purge).toEqual({ ...SPAN, at: TO + 3, messages: 2 });
    expect(deleteSomePurged(db, purge)).toBe(2);
    expect(left()).toEqual(['after', 'before', 'open', 'other', 'refused']);
    for (const table of ['sightings', 'dialogues'])
      expect(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(5);
    expect(deleteSomePurged(db, purge)).toBe(0);
    expect(findPurgeable(db, SPAN)).toEqual({ messages: 0, first: null, last: null });
    expect(purgesOf(db, 'corp')).toEqual([purge]);
    for (const id of ['before', 'after', 'refused', 'other'])
      expect(() => db.exec(`DELETE FROM probes WHERE id = '${id}'`)).toThrow('a settled probe never changes');
  });

  test('of very many messages goes in several transactions', () => {
    write(Array.from({ length: 2_500 }, (_, n) => ({ id: `p${n}`, acceptedAt: FROM + n })));
    close();
    const purge = addPurge(db, { ...SPAN, at: TO + 3 });
    expect([1, 2, 3, 4].map(() => deleteSomePurged(db, purge))).toEqual([1_000, 1_000, 500, 0]);
    expect(left()).toEqual([]);
  });

  const rows: [string, () => void, string][] = [
    ['not closed', () => addExport(db, exported), 'month: expected a month that is closed, and not provisionally'],
    [
      'closed provisionally alone',
      () => {
        addRevision(db, MONTH, () => ({ ...kept, provisional: true }));
        addExport(db, exported);
      },
      'month: expected a month that is closed, and not provisionally',
    ],
    ['not exported', () => addRevision(db, MONTH, () => kept), 'month: expected a month whose evidence was exported'],
    [
      'exported before its end',
      () => {
        addRevision(db, MONTH, () => kept);
        addExport(db, { ...exported, until: TO - 1 });
      },
      'month: expected a month whose evidence was exported after its end',
    ],
  ];
  test.each(rows)('of a month that is %s is refused, by the store too', (_name, prepare, words) => {
    prepare();
    expect(() => addPurge(db, { ...SPAN, at: TO + 3 })).toThrow(EntryError);
    expect(() => addPurge(db, { ...SPAN, at: TO + 3 })).toThrow(words);
    const insert = db.prepare("INSERT INTO purges VALUES (1, 'corp', '2026-10', ?, ?, 3, 0)");
    expect(() => insert.run(FROM * 1_000, TO * 1_000)).toThrow('a month is purged once it is closed for good');
    expect(purgesOf(db, 'corp')).toEqual([]);
  });

  test('is decided once', () => {
    close();
    const purge = addPurge(db, { ...SPAN, at: TO + 3 });
    expect(() => addPurge(db, { ...SPAN, at: TO + 4 })).toThrow(
      'month: expected a month that was not purged yet, got 2026-10',
    );
    for (const sql of ['UPDATE purges SET to_at = to_at + 1', 'DELETE FROM purges'])
      expect(() => db.exec(sql)).toThrow('a purge stays told');
    expect(purgesOf(db, 'corp')).toEqual([purge]);
  });
});
