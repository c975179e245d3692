import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeYear } from '../../test/support/year-store.ts';
import { DEFAULT_CONTRACT } from '../config/derive.ts';
import { loadContract } from '../config/load-contract.ts';
import { readEvidence } from '../evidence/read.ts';
import { DAY, HOUR, MINUTE } from '../lib/time.ts';
import { computeReport } from '../sla/compute-report.ts';
import { monthSpan } from '../sla/month.ts';
import type { Report } from '../sla/report.ts';
import { addExclusion, approveExclusion } from '../store/exclusions.ts';
import { addExport, exportsOf } from '../store/exports.ts';
import { openForEntry, type Db } from '../store/file.ts';
import { findPurgeable, purgesOf } from '../store/purges.ts';
import { addRecords, withdrawRecord } from '../store/records.ts';
import { revisionsOf } from '../store/revisions.ts';
import { closableMonths } from './closable.ts';
import { closeDueMonths } from './close-due.ts';
import { closeMonth, type CloseAsked, type Closed } from './close.ts';
import { exportRevision } from './export-revision.ts';
import { knownUntil } from './known.ts';
import { monthsWithNews } from './later.ts';
import { monthReport } from './month-report.ts';
import { planPurge, purgeMonth, type PurgeAsked } from './purge.ts';
import { createReader } from './reader.ts';

const CONTRACT = { file: DEFAULT_CONTRACT, text: readFileSync(DEFAULT_CONTRACT, 'utf8') };
const { contract } = loadContract(DEFAULT_CONTRACT);
const ZONE = contract.timezone;
const SYSTEM = 'corp';
const [SEPTEMBER, OCTOBER, NOVEMBER] = ['2026-09', '2026-10', '2026-11'] as const;
/** A week of September, October, and two days of November that end at noon. */
const SPAN = {
  from: monthSpan(OCTOBER, ZONE).from - 7 * DAY,
  to: monthSpan(OCTOBER, ZONE).to + 2 * DAY + 12 * HOUR,
};
const NOW = SPAN.to + MINUTE;
const PACE = { seed: 7, checkEvery: 5 * MINUTE, routeEvery: 30 * MINUTE, outages: 30 };

let master: string;
let dir: string;
let file: string;
let db: Db;

beforeAll(() => {
  master = mkdtempSync(path.join(tmpdir(), 'mailwitness-close-master-'));
  writeYear({ file: path.join(master, 'store.db'), system: SYSTEM, ...SPAN, ...PACE });
  writeYear({ file: path.join(master, 'two.db'), system: SYSTEM, ...SPAN, ...PACE });
  writeYear({ file: path.join(master, 'two.db'), system: 'other', ...SPAN, ...PACE, seed: 8, outages: 1 });
});
afterAll(() => rmSync(master, { recursive: true }));

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-close-'));
  use('store.db');
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

function use(name: string): void {
  file = path.join(dir, name);
  copyFileSync(path.join(master, name), file);
  db = openForEntry(file);
}

/** A store of two systems. */
function useTwo(): void {
  db.close();
  use('two.db');
}

function close(more: Partial<CloseAsked> = {}, on: Db = db): Promise<Closed> {
  return closeMonth(on, { system: SYSTEM, month: OCTOBER, contract: CONTRACT, now: NOW, provisional: false, ...more });
}

const stored = (month: string = OCTOBER) => revisionsOf(db, SYSTEM, month);
const knownAt = (at: number) => db.prepare('UPDATE meta SET last_alive_at = ?').run(at * 1_000);

function purgeOf(month: string): PurgeAsked {
  return { system: SYSTEM, month, contract, known: knownUntil(db) };
}

/** A window over the whole day of an outage: a later fact. */
function excludeOutage(id: string, now: number = NOW): void {
  const { report } = stored().at(-1) ?? { report: '{}' };
  const [outage] = (JSON.parse(report) as Report).clauses.flatMap((one) => (one.kind === 'time' ? one.outages : []));
  if (outage === undefined) throw new Error('the store has no outage');
  window(id, Date.parse(outage.from) - 1, now, Date.parse(outage.to) + 1);
}

function window(id: string, from: number, now: number, to: number = from + HOUR): void {
  const entry = { id, system: SYSTEM, from, to, ground: 'e', entered_by: 'Li Wei', note: 'carrier' };
  addExclusion(db, { ...entry, announced_at: undefined, replaces: undefined }, { now, grounds: ['a', 'e'] });
}

describe('closing a month', () => {
  test('after a record was withdrawn makes the next revision, which says what changed', async () => {
    const record = { id: 'B1', kind: 'billing', at: SPAN.to - 10 * DAY, body: { customers: 100, wrong: 1 } } as const;
    addRecords(db, [record], { system: SYSTEM, by: 'Li Wei', now: NOW });
    await close();
    withdrawRecord(db, { id: 'B1', system: SYSTEM, by: 'Li Wei', now: NOW });
    const out = path.join(dir, 'october.ndjson');
    const done = await close({ out });
    expect(done).toMatchObject({ kind: 'closed', revision: 2 });
    expect(done.kind === 'closed' && done.changes).toEqual(
      expect.arrayContaining([
        { clause: '3f', figure: 'error_rate.verdict', before: 'missed', after: 'no data' },
        { clause: null, figure: 'records', before: 'B1 billing', after: null },
      ]),
    );
    const evidence = readFileSync(out);
    expect(evidence.includes('"B1"')).toBe(false);
    const read = await readEvidence(Readable.from([evidence]), { file: out, grounds: Object.keys(contract.grounds) });
    const { revision: _, ...again } = computeReport(read, contract, OCTOBER);
    const { revision: __, ...closed } = JSON.parse(stored()[1]?.report ?? '{}') as Report;
    expect(JSON.parse(JSON.stringify(again))).toEqual(closed);
  });

  test('freezes its report with the contract, the versions and the hash of the evidence that gives the same report', async () => {
    const out = path.join(dir, 'october.ndjson');
    const done = await close({ out });
    expect(done).toMatchObject({ kind: 'closed', revision: 1, provisional: false, changes: [] });
    const [revision, ...none] = stored();
    expect(none).toEqual([]);
    expect(revision).toMatchObject({ contract: CONTRACT.text, tzdata: process.versions['tz'], closedAt: NOW });
    const evidence = readFileSync(out);
    const sha256 = createHash('sha256').update(evidence).digest('hex');
    expect(revision?.evidenceSha256).toBe(sha256);
    expect(exportsOf(db, SYSTEM, OCTOBER)).toMatchObject([{ sha256, until: SPAN.to }]);
    expect(existsSync(`${out}.part`)).toBe(false);
    const read = await readEvidence(Readable.from([evidence]), { file: out, grounds: Object.keys(contract.grounds) });
    expect(JSON.parse(revision?.report ?? '')).toEqual(
      JSON.parse(JSON.stringify(computeReport(read, contract, OCTOBER))),
    );
  });

  test('again without a change makes no revision, and writes the evidence where that is asked', async () => {
    await close();
    expect(await close({ now: NOW + DAY })).toEqual({ kind: 'unchanged', revision: 1, evidenceSha256: null });
    // Known a little later, the same is said of October.
    knownAt(SPAN.to + HOUR);
    const out = path.join(dir, 'october.ndjson');
    const done = await close({ now: NOW + DAY, out });
    expect(done).toEqual({
      kind: 'unchanged',
      revision: 1,
      evidenceSha256: createHash('sha256').update(readFileSync(out)).digest('hex'),
    });
    expect(stored()).toHaveLength(1);
  });

  test('a later fact makes the next revision, with its number and what changed; the first stays byte for byte', async () => {
    await close();
    const [first] = stored();
    excludeOutage('X1');
    const done = await close({ now: NOW + DAY });
    expect(done).toMatchObject({ kind: 'closed', revision: 2 });
    const [again, second] = stored();
    expect(again).toEqual(first);
    expect((JSON.parse(second?.report ?? '{}') as Report).revision).toBe(2);
    expect(second?.changes).toContainEqual({
      clause: null,
      figure: 'exclusions',
      before: null,
      after: 'X1 counts',
    });
    expect(second?.changes.filter(({ clause }) => clause === '1').map(({ figure }) => figure)).toContain('excluded');
    expect(done).toMatchObject({ changes: second?.changes });
    expect(await close({ now: NOW + 2 * DAY })).toMatchObject({ kind: 'unchanged', revision: 2 });
  });

  test('a window that is approved afterwards, as of before the closing, makes a revision of its own', async () => {
    const { from } = monthSpan(OCTOBER, ZONE);
    const entry = { id: 'W', system: SYSTEM, from, to: from + HOUR, ground: 'a', entered_by: 'Li', note: 'x' };
    addExclusion(db, entry, { now: NOW, grounds: Object.keys(contract.grounds) });
    expect(await close()).toMatchObject({ kind: 'closed', revision: 1 });
    const consentedAt = from - HOUR;
    approveExclusion(db, { id: 'W', system: SYSTEM, by: 'Chen', now: NOW + HOUR, consentedAt });
    expect(monthReport(db, { system: SYSTEM, month: OCTOBER, contract, which: 'newest' })).toMatchObject({ later: 1 });
    expect(await close()).toMatchObject({ kind: 'closed', revision: 2 });
  });

  test('a window that is approved afterwards makes a revision of its own', async () => {
    const at = monthSpan(OCTOBER, ZONE).from + DAY;
    const entry = { id: 'W', system: SYSTEM, from: at, to: at + HOUR, ground: 'a', entered_by: 'Li', note: 'storage' };
    addExclusion(db, { ...entry, announced_at: undefined, replaces: undefined }, { now: NOW, grounds: ['a'] });
    await close();
    approveExclusion(db, { id: 'W', system: SYSTEM, by: 'Chen', now: NOW + HOUR });
    expect(await close({ now: NOW + DAY })).toMatchObject({ kind: 'closed', revision: 2 });
    const words = stored()[1]?.changes.filter(({ figure }) => figure === 'exclusions');
    expect(words).toEqual([{ clause: null, figure: 'exclusions', before: 'W unapproved', after: 'W counts' }]);
  });

  test('is too early while the month runs; provisionally it goes, and the end of the month is a change', async () => {
    knownAt(monthSpan(OCTOBER, ZONE).to - 1);
    expect(await close()).toMatchObject({ kind: 'early', endsAt: '2026-11-01T00:00:00+08:00' });
    expect(stored()).toEqual([]);
    expect(await close({ provisional: true })).toMatchObject({ kind: 'closed', revision: 1, provisional: true });
    expect(JSON.parse(stored()[0]?.report ?? '{}')).toMatchObject({ provisional: true, revision: 1 });
    knownAt(SPAN.to);
    expect(await close()).toMatchObject({ kind: 'closed', revision: 2, provisional: false });
    expect(stored()[1]?.changes).toContainEqual({ clause: null, figure: 'provisional', before: true, after: false });
  });

  test('is too early while a message is on its way', async () => {
    const { to } = monthSpan(OCTOBER, ZONE);
    knownAt(to + MINUTE);
    db.prepare(
      `INSERT INTO probes (id, route, launched_at, outcome, accepted_at, uncertain, misfiled, contacts, copies)
       SELECT 'waiting', n, ?, 'pending', ?, 0, 0, 0, 0 FROM routes WHERE system = ? AND kind = 'inbound'`,
    ).run((to - MINUTE) * 1_000, (to - MINUTE) * 1_000, SYSTEM);
    expect(await close()).toMatchObject({ kind: 'early', pending: 1 });
  });

  test.each([
    ['2026-08', 'a month that the store has data of'],
    ['2026-12', 'a month that has begun'],
  ])('of %s is refused', async (month, expected) => {
    expect(await close({ month, provisional: true })).toMatchObject({ kind: 'not covered', expected });
  });

  test('of a system without data is refused', async () => {
    expect(await close({ system: 'nobody' })).toMatchObject({ kind: 'not covered' });
  });

  test('two that close at once make one revision', async () => {
    const other = openForEntry(file);
    const both = await Promise.all([close({ out: path.join(dir, 'a') }), close({ out: path.join(dir, 'b') }, other)]);
    other.close();
    expect(both.map(({ kind }) => kind).sort()).toEqual(['closed', 'unchanged']);
    expect(stored()).toHaveLength(1);
  });

  test('the bytes that a hash names are to be had from the store, whatever comes later', async () => {
    await close();
    excludeOutage('X1');
    knownAt(SPAN.to + HOUR);
    await close({ now: NOW + DAY, out: path.join(dir, 'second') });
    await purgeMonth(db, purgeOf(OCTOBER), planPurge(db, purgeOf(OCTOBER)), NOW);
    const hashes = [];
    for (const revision of [1, 2]) {
      const out = path.join(dir, `again-${revision}`);
      const of = { system: SYSTEM, month: OCTOBER, revision };
      const written = await exportRevision(db, of, out);
      const bytes = readFileSync(out);
      hashes.push(createHash('sha256').update(bytes).digest('hex'));
      const lines = bytes.toString().split('\n').length - 1;
      const until = revision === 1 ? SPAN.to : SPAN.to + HOUR;
      expect(written).toEqual({ sha256: hashes.at(-1), lines, bytes: bytes.length, until, whole: true });
    }
    expect(hashes).toEqual(stored().map(({ evidenceSha256 }) => evidenceSha256));
    expect(hashes[0]).not.toBe(hashes[1]);
    await expect(exportRevision(db, { system: SYSTEM, month: OCTOBER, revision: 3 }, 'x')).rejects.toThrow(
      'export: --revision: expected a revision of 2026-10 (there are 2), got 3',
    );
    expect(readdirSync(dir).filter((name) => /packing|part$/.test(name))).toEqual([]);
  });

  test('a place that cannot be written to is told, and nothing is closed', async () => {
    await expect(close({ out: path.join(dir, 'nowhere', 'x') })).rejects.toThrow(
      /x: expected a file that can be written/,
    );
    expect([stored(), db.inTransaction]).toEqual([[], false]);
  });
});

describe('months that close by themselves', () => {
  const due = () => closableMonths(createReader(db), { system: SYSTEM, contract, known: knownUntil(db) });
  const systems = [SYSTEM, 'other', 'nobody'].map((name) => ({ name, contract: DEFAULT_CONTRACT }));
  const corp = systems.slice(0, 1);
  const report = (which: 'newest' | number = 'newest') =>
    monthReport(db, { system: SYSTEM, month: OCTOBER, contract, which });

  function withdrawn(id: string): void {
    withdrawRecord(db, { id, system: SYSTEM, by: 'Li Wei', now: NOW + HOUR });
  }

  /** X1, which counts in October, is moved to November. */
  function movedWindow(): void {
    const at = SPAN.to - DAY;
    const entry = { id: 'X2', system: SYSTEM, from: at, to: at + HOUR, ground: 'e', entered_by: 'Li', note: 'x' };
    addExclusion(db, { ...entry, replaces: 'X1' }, { now: NOW + HOUR, grounds: ['a', 'e'] });
  }

  function update(id: string, at: number, now: number, replaces?: string): void {
    const body = { updated_at: at };
    addRecords(db, [{ id, kind: 'definitions', at, body, replaces }], { system: SYSTEM, by: 'Li Wei', now });
  }

  function record(id: string, at: number, now: number = NOW + HOUR): void {
    const body = { customers: 9_000, wrong: 0 };
    addRecords(db, [{ id, kind: 'billing', at, body }], { system: SYSTEM, by: 'Li Wei', now });
  }

  function lateOfSeptember(): void {
    db.prepare(
      `INSERT INTO sightings (probe, at, kind, meaning, copy)
       SELECT p.n, ?, 'visible', 'late', 'c2' FROM probes p JOIN routes r ON r.n = p.route
       WHERE r.system = ? AND r.kind = 'inbound' AND p.accepted_at < ? ORDER BY p.n LIMIT 1`,
    ).run((NOW + HOUR) * 1_000, SYSTEM, monthSpan(OCTOBER, ZONE).from * 1_000);
  }

  function copyOfLast(): void {
    const { from, to } = monthSpan(OCTOBER, ZONE);
    db.prepare(
      `INSERT INTO sightings (probe, at, kind, meaning, copy)
       SELECT p.n, ?, 'visible', 'duplicate', 'c2' FROM probes p JOIN routes r ON r.n = p.route
       WHERE r.system = ? AND r.kind = 'inbound' AND p.outcome = 'delivered' AND p.accepted_at BETWEEN ? AND ?
       ORDER BY p.n DESC LIMIT 1`,
    ).run((NOW + HOUR) * 1_000, SYSTEM, from * 1_000, to * 1_000 - 1);
  }

  beforeEach(useTwo);

  test('are all those that are over for long enough, and they close once', async () => {
    expect(due()).toEqual([SEPTEMBER, OCTOBER]);
    const closed = await closeDueMonths({ store: file, now: NOW, systems });
    expect(closed).toEqual(
      [SYSTEM, 'other'].flatMap((system) =>
        [SEPTEMBER, OCTOBER].map((month) => ({ kind: 'closed', system, month, revision: 1 })),
      ),
    );
    expect(due()).toEqual([]);
    expect(await closeDueMonths({ store: file, now: NOW, systems })).toEqual([]);
  });

  test('get their next revision by themselves once a fact that became known later changes their figures', async () => {
    await closeDueMonths({ store: file, now: NOW, systems: corp });
    expect(report()).toMatchObject({ revision: { revision: 1 }, later: 0 });
    excludeOutage('X1', NOW + HOUR);
    expect(report()).toMatchObject({ revision: { revision: 1 }, later: 1 });
    const closed = await closeDueMonths({ store: file, now: NOW + 2 * HOUR, systems: corp });
    expect(closed).toEqual([{ kind: 'closed', system: SYSTEM, month: OCTOBER, revision: 2 }]);
    expect(report()).toMatchObject({ revision: { revision: 2 }, later: 0 });
    // An earlier one has a successor that knows it.
    expect(report(1)).toMatchObject({ revision: { revision: 1 }, later: 0 });
  });

  test.each<[string, number, readonly string[], () => void]>([
    ['a record of another month', 0, [], () => record('B1', SPAN.to - HOUR)],
    ['a record of theirs', 1, [OCTOBER], () => record('B1', monthSpan(OCTOBER, ZONE).from + DAY)],
    ['a copy that came after the end', 1, [OCTOBER], copyOfLast],
    ['a withdrawal of a record of theirs', 1, [OCTOBER], () => withdrawn('old')],
    ['a correction that moves a window out of it', 1, [OCTOBER], movedWindow],
    [
      'a correction that moves the last update before it beyond it',
      1,
      [SEPTEMBER, OCTOBER],
      () => update('D2', SPAN.to - HOUR, NOW + HOUR, 'D1'),
    ],
    // What such a message changes is looked for; this one was not lost, so that no figure changes.
    ['a message of the month before it that came late after all', 1, [], lateOfSeptember],
  ])('after %s', async (_name, later, months, enter) => {
    const { from } = monthSpan(OCTOBER, ZONE);
    record('old', from + 2 * DAY, NOW - HOUR);
    window('X1', from + 3 * DAY, NOW - HOUR);
    update('D0', from - 6 * DAY, NOW - HOUR);
    update('D1', from - 2 * DAY, NOW - HOUR);
    await closeDueMonths({ store: file, now: NOW, systems: corp });
    enter();
    expect(report()).toMatchObject({ later });
    const closed = await closeDueMonths({ store: file, now: NOW + 2 * HOUR, systems: corp });
    expect(closed).toEqual(months.map((month) => ({ kind: 'closed', system: SYSTEM, month, revision: 2 })));
  });

  test('do not look twice at what changes nothing', async () => {
    await closeDueMonths({ store: file, now: NOW, systems: corp });
    // Over before anything was measured: in the year of the fault days, and of none of its days.
    window('early', monthSpan('2026-02', ZONE).from, NOW + HOUR);
    expect(report()).toMatchObject({ later: 1 });
    expect(await closeDueMonths({ store: file, now: NOW + 2 * HOUR, systems: corp })).toEqual([]);
    expect(report()).toMatchObject({ later: 0 });
    expect(monthsWithNews(db, SYSTEM)).toEqual([]);
  });

  test('keep the contract that they were closed under', async () => {
    await closeDueMonths({ store: file, now: NOW, systems: corp });
    excludeOutage('X1', NOW + HOUR);
    const other = path.join(dir, 'other.yaml');
    writeFileSync(other, CONTRACT.text.replace('timezone: Asia/Shanghai', 'timezone: Europe/Berlin'));
    await closeDueMonths({ store: file, now: NOW + 2 * HOUR, systems: [{ name: SYSTEM, contract: other }] });
    expect(stored().map(({ revision, contract: text }) => [revision, text === CONTRACT.text])).toEqual([
      [1, true],
      [2, true],
    ]);
  });

  test.each([
    ['lost_after has not passed', () => knownAt(monthSpan(OCTOBER, ZONE).to + DAY - 1), [SEPTEMBER]],
    ['lost_after has passed', () => knownAt(monthSpan(OCTOBER, ZONE).to + DAY), [SEPTEMBER, OCTOBER]],
    [
      'a message of it has not ended',
      () =>
        db.exec(
          `INSERT INTO probes (id, route, launched_at, outcome, uncertain, misfiled, contacts, copies)
           SELECT 'waiting', n, ${(monthSpan(OCTOBER, ZONE).to - 1) * 1_000}, 'uncertain', 1, 0, 0, 0 FROM routes LIMIT 1`,
        ),
      [SEPTEMBER],
    ],
    ['it was closed provisionally', () => close({ provisional: true }), [SEPTEMBER]],
  ])('when %s', async (_name, prepare, expected) => {
    await prepare();
    expect(due()).toEqual(expected);
  });

  test('what fails for one system holds up no other', async () => {
    const [first, second] = await closeDueMonths({
      store: file,
      now: NOW,
      systems: [
        { name: SYSTEM, contract: path.join(dir, 'nowhere.yaml') },
        { name: 'other', contract: DEFAULT_CONTRACT },
      ],
    });
    expect(first).toMatchObject({ kind: 'failed', system: SYSTEM, month: null });
    expect(second).toMatchObject({ kind: 'closed', system: 'other', month: SEPTEMBER });
  });

  test('what fails for one month holds up none after it', async () => {
    db.exec(
      `CREATE TRIGGER no_september BEFORE INSERT ON revisions WHEN NEW.month = '${SEPTEMBER}'
       BEGIN SELECT RAISE(ABORT, 'not this one'); END`,
    );
    expect(await closeDueMonths({ store: file, now: NOW, systems: corp })).toEqual([
      { kind: 'failed', system: SYSTEM, month: SEPTEMBER, why: expect.stringContaining('not this one') },
      { kind: 'closed', system: SYSTEM, month: OCTOBER, revision: 1 },
    ]);
    db.exec('DROP TRIGGER no_september');
    expect(due()).toEqual([SEPTEMBER]);
  });

  test('a month in which nothing was measured is none of them', async () => {
    const later = monthSpan('2027-02', ZONE).to;
    writeYear({ file, system: 'late', from: later - DAY, to: later + 2 * DAY, ...PACE, seed: 9 });
    expect(due()).toEqual([SEPTEMBER, OCTOBER, NOVEMBER]);
  });
});

describe('a purge', () => {
  const asked = (month: string = OCTOBER) => purgeOf(month);
  const purge = (month: string = OCTOBER) => purgeMonth(db, asked(month), planPurge(db, asked(month)), NOW);
  const out = (name: string): string => path.join(dir, name);
  const report = (month: string, which: 'live' | 'newest' = 'live') =>
    monthReport(db, { system: SYSTEM, month, contract, which });

  test('needs the month closed for good, exported after its end, and all of its messages ended', async () => {
    expect(() => planPurge(db, asked())).toThrow('a month that is closed, and not provisionally');
    await close({ provisional: true });
    await close();
    expect(() => planPurge(db, asked())).toThrow('a month whose evidence was exported after its end');
    const { to } = monthSpan(OCTOBER, ZONE);
    const made = { system: SYSTEM, month: OCTOBER, at: NOW, sha256: 'a'.repeat(64), lines: 3 };
    addExport(db, { ...made, until: to - 1 });
    expect(() => planPurge(db, asked())).toThrow('a month whose evidence was exported after its end');
    addExport(db, { ...made, until: to });
    expect(planPurge(db, asked()).messages).toBeGreaterThan(4_000);
    expect(purgesOf(db, SYSTEM)).toEqual([]);
  });

  test('needs the evidence as it was known after the last news of what goes', async () => {
    const { to } = monthSpan(OCTOBER, ZONE);
    const accepted = to - 6 * HOUR;
    db.prepare(
      `INSERT INTO probes (id, route, launched_at, outcome, accepted_at, uncertain, misfiled, contacts, copies)
       SELECT 'slow', n, ?, 'pending', ?, 0, 0, 0, 0 FROM routes WHERE system = ? AND kind = 'inbound'`,
    ).run(accepted * 1_000, accepted * 1_000, SYSTEM);
    knownAt(to + MINUTE);
    await close({ provisional: true, out: out('too early') });
    const end = (to + 3 * HOUR) * 1_000;
    db.prepare(
      `UPDATE probes SET outcome = 'delivered', visible_at = ?, unseen_until_at = ?, settled_at = ?, copies = 1 WHERE id = 'slow'`,
    ).run(end, end, end);
    knownAt(to + 4 * HOUR);
    await close();
    expect(() => planPurge(db, asked())).toThrow(
      'a month whose evidence was exported after 2026-11-01T03:00:00+08:00, the last news of its messages',
    );
    await close({ out: out('in time') });
    expect(planPurge(db, asked()).messages).toBeGreaterThan(4_000);
    // A second copy, weeks later.
    const again = SPAN.to + 9 * DAY;
    db.prepare(
      `INSERT INTO sightings (probe, at, kind, meaning, copy) SELECT n, ?, 'visible', 'duplicate', 'c2' FROM probes WHERE id = 'slow'`,
    ).run(again * 1_000);
    knownAt(again);
    expect(() => planPurge(db, asked())).toThrow('a month whose evidence was exported after 2026-11-12T12:00:00+08:00');
    await close({ out: out('once more') });
    expect(planPurge(db, asked()).messages).toBeGreaterThan(4_000);
  });

  test('leaves the months beside it as they were, and they can be purged after it', async () => {
    useTwo();
    for (const month of [SEPTEMBER, OCTOBER]) await close({ month, out: out(month) });
    const before = [report(SEPTEMBER), report(NOVEMBER)];
    const closed = stored();
    const plan = planPurge(db, asked());
    expect(plan.kept).toBeGreaterThan(0);
    expect(await purge()).toBe(plan.messages);
    expect([report(SEPTEMBER), report(NOVEMBER)]).toEqual(before);
    expect(stored()).toEqual(closed);
    // The month answers from what was closed, and from nothing else.
    expect(report(OCTOBER, 'newest')).toEqual({ kind: 'closed', revision: closed[0], later: 0 });
    expect(report(OCTOBER)).toMatchObject({
      kind: 'refused',
      lacking: { of: 'month', expected: { en: 'a month whose messages are in the store' } },
    });
    expect(await close({ provisional: true })).toMatchObject({ kind: 'not covered' });
    const end = monthSpan(OCTOBER, ZONE).to;
    const tail = findPurgeable(db, { system: SYSTEM, from: plan.to, to: end }).messages;
    expect(tail).toBeLessThan(plan.kept);
    // What was left for September's sake goes with September.
    expect(await purge(SEPTEMBER)).toBeGreaterThan(300);
    expect(findPurgeable(db, { system: SYSTEM, from: SPAN.from, to: end }).messages).toBe(tail);
    expect(report(NOVEMBER)).toEqual(before[1]);
    expect(findPurgeable(db, { system: 'other', from: SPAN.from, to: end }).messages).toBeGreaterThan(4_000);
  });

  test.each([
    ['Europe/Berlin', '2026-09-30 22:00Z', '2026-10-31 16:00Z'],
    ['Pacific/Auckland', '2026-09-30 16:00Z', '2026-10-31 11:00Z'],
  ])(
    'keeps to the edges of what was closed though the contract has another zone by now: %s',
    async (timezone, ...edges) => {
      await close({ out: out('x') });
      const today = { ...asked(), contract: { ...contract, timezone } };
      const [begin, end] = edges.map((edge) => Date.parse(edge.replace(' ', 'T'))) as [number, number];
      const plan = planPurge(db, today);
      expect(plan.from).toBeGreaterThanOrEqual(begin);
      expect(plan.from).toBeLessThan(begin + HOUR);
      expect(plan.to).toBeLessThanOrEqual(end);
      expect(plan.to).toBeGreaterThan(end - 3 * HOUR);
      expect(await purgeMonth(db, today, plan, NOW)).toBe(plan.messages);
      // What was closed answers, and the month after it can be computed under either contract.
      expect(report(OCTOBER, 'newest')).toMatchObject({ kind: 'closed' });
      expect(report(NOVEMBER)).toMatchObject({ kind: 'live' });
      const november = { system: SYSTEM, month: NOVEMBER, contract: today.contract, which: 'live' } as const;
      expect(monthReport(db, november)).toMatchObject({ kind: 'live' });
    },
  );

  test('that was cut short goes on where it stopped', async () => {
    await close({ out: out('x') });
    const plan = planPurge(db, asked());
    // As a kill would leave it: decided, and half of it gone.
    const half = purgeMonth(db, asked(), plan, NOW);
    while (purgesOf(db, SYSTEM).length === 0) await new Promise((resolve) => setImmediate(resolve));
    const rest = planPurge(db, asked());
    expect(rest).toMatchObject({ decidedAt: NOW, from: plan.from, to: plan.to });
    expect(rest.messages).toBeLessThan(plan.messages);
    const goesOn = purgeMonth(db, asked(), rest, NOW + 1);
    expect((await half) + (await goesOn)).toBe(plan.messages);
    expect(planPurge(db, asked())).toMatchObject({ messages: 0, decidedAt: NOW });
    expect(purgesOf(db, SYSTEM)).toHaveLength(1);
  });
});
