import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeRandomStore } from '../../test/support/random-store.ts';
import type { Contract } from '../config/contract.ts';
import { loadContract } from '../config/load-contract.ts';
import { readEvidence } from '../evidence/read.ts';
import { writeEvidence } from '../evidence/write.ts';
import type { Facts } from '../facts/facts.ts';
import { DAY, HOUR } from '../lib/time.ts';
import { computeReport } from '../sla/compute-report.ts';
import { monthSpan } from '../sla/month.ts';
import type { DaysClause } from '../sla/report.ts';
import { allExclusions } from '../store/entry-rows.ts';
import { addExclusion } from '../store/exclusions.ts';
import { listRecords, type StoredRecord } from '../store/records.ts';
import { openCurrentReadOnly, openForEntry, type Db } from '../store/file.ts';
import { foldRoutes } from '../store/folds.ts';
import { factsOfMonth, linesOfMonth, monthParts, type MonthAsked } from './month-facts.ts';
import { createReader, linesOf, type Reader } from './reader.ts';

const { contract: DEFAULT } = loadContract(path.join(import.meta.dirname, '../../config/contract.yaml'));
const MONTH = '2026-03';
const SPAN = monthSpan(MONTH, DEFAULT.timezone);
const FROM = SPAN.from - 40 * DAY;
const TO = SPAN.to + 12 * DAY;

/** Contracts under which the month's edges matter in other ways. */
const CONTRACTS: Readonly<Record<string, Contract>> = {
  default: DEFAULT,
  'short outages do not count': { ...DEFAULT, min_outage: 15 * HOUR },
  'more patient than the agent': { ...DEFAULT, reach_within: 4 * HOUR, lost_after: 2 * DAY },
};

let dir: string;
let db: Db | null = null;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-month-'));
});

afterEach(() => {
  db?.close();
  db = null;
  rmSync(dir, { recursive: true });
});

/** A random store, and what it holds of the month; `folds`: whether an agent folded the routes on the way. */
function open(
  seed: number,
  { folds = false, contract = DEFAULT }: { folds?: boolean; contract?: Contract | undefined } = {},
): { reader: Reader; asked: MonthAsked } {
  db?.close();
  const file = path.join(dir, `${seed}-${folds}.db`);
  rmSync(file, { force: true });
  writeRandomStore({ file, from: FROM, to: TO, seed }, (known, random) => {
    if (!folds || random() < 0.8) return;
    const writer = openForEntry(file);
    while (foldRoutes(writer, { system: 'corp', terms: contract, known: Math.floor(known) }));
    writer.close();
  });
  db = openCurrentReadOnly(file);
  return { reader: createReader(db), asked: { system: 'corp', month: MONTH, contract, known: TO, product: 'test 1' } };
}

/** The same month from all that the store has, however far from it. */
function allFacts(reader: Reader, asked: MonthAsked): Facts {
  const { header, records } = factsOfMonth(reader, asked);
  const lines = linesOf(reader, 'corp');
  const [from, to] = [FROM - DAY, TO + 40 * DAY];
  return {
    header,
    runs: lines.flatMap(({ target }) => (target === null ? [] : reader.runs.touching(target, from, to))),
    gaps: reader.runs.gaps(from, to),
    messages: lines.flatMap(({ route }) => (route === null ? [] : [...reader.messages.within(route, from, to)])),
    exclusions: allExclusions(reader.db, 'corp'),
    records: [
      ...listRecords(reader.db, 'corp')
        .filter((one, _, all) => lastCorrection(one, all).withdrawn_at === undefined)
        .map(({ fact }) => fact),
      ...records.filter(({ kind }) => kind === 'year-to-date'),
    ],
  };
}

function lastCorrection(one: StoredRecord, all: readonly StoredRecord[]): StoredRecord {
  const next = all.find(({ fact }) => fact.replaces === one.fact.id);
  return next === undefined ? one : lastCorrection(next, all);
}

const seeds = fc.integer({ min: 1, max: 1_000_000 });
const contracts = fc.constantFrom(...Object.keys(CONTRACTS));
const RUNS = { numRuns: 8 };

describe('a month of a random store', () => {
  test('33 of the worked cases: is reported from its export as from the store, field for field', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, contracts, async (seed, name) => {
        const { reader, asked } = open(seed, { contract: CONTRACTS[name] });
        const { contract } = asked;
        let text = '';
        await writeEvidence(linesOfMonth(monthParts(reader, asked)), (line) => void (text += line));
        const evidence = await readEvidence(bytesOf(text), { file: 'x', grounds: Object.keys(contract.grounds) });
        const { sha256: _hash, seal: _seal, sealed: _sealed, ...facts } = evidence;
        expect(facts).toEqual(factsOfMonth(reader, asked));
        expect(computeReport(facts, contract, MONTH)).toEqual(
          computeReport(factsOfMonth(reader, asked), contract, MONTH),
        );
      }),
      // Two of its gaps are the same in whole ms.
      { ...RUNS, examples: [[14, 'default']] },
    );
  });

  test('is computed from what was gathered as from all that there is', () => {
    fc.assert(
      fc.property(seeds, contracts, (seed, name) => {
        const { reader, asked } = open(seed, { contract: CONTRACTS[name] });
        const { contract } = asked;
        const gathered = computeReport(factsOfMonth(reader, asked), contract, MONTH);
        expect(gathered).toEqual(computeReport(allFacts(reader, asked), contract, MONTH));
      }),
      RUNS,
    );
  });

  test('has the same days from folded routes as from every message, whatever was told later', () => {
    fc.assert(
      fc.property(seeds, contracts, (seed, name) => {
        const contract = CONTRACTS[name];
        const plain = open(seed, { contract });
        const expected = daysOf(plain.reader, plain.asked);
        const folded = open(seed, { contract, folds: true });
        const rows = folded.reader.db.prepare('SELECT count(*) FROM route_runs').pluck().get();
        expect(rows).toBeGreaterThan(10);
        expect(daysOf(folded.reader, folded.asked)).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('has the fault days in its own report that a later month has of it', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { reader, asked } = open(seed, { folds: true });
        const report = computeReport(factsOfMonth(reader, asked), DEFAULT, MONTH);
        const own = report.clauses.find((clause): clause is DaysClause => clause.kind === 'days')?.fault_days;
        const later = factsOfMonth(reader, { ...asked, month: '2026-04' });
        const told = later.records.find((record) => record.kind === 'year-to-date')?.fault_days;
        expect(told).toEqual(own);
      }),
      RUNS,
    );
  });
});

describe('a month', () => {
  test('in which the store begins is covered from there on, in the store and in its export', async () => {
    const file = path.join(dir, 'young.db');
    const begin = SPAN.from + 19 * DAY + 9 * HOUR;
    writeRandomStore({ file, from: begin, to: TO, seed: 3 }, () => {});
    db = openCurrentReadOnly(file);
    const reader = createReader(db);
    const asked: MonthAsked = { system: 'corp', month: MONTH, contract: DEFAULT, known: TO, product: 'test 1' };
    const facts = factsOfMonth(reader, asked);
    expect(facts.header.from).toBeGreaterThanOrEqual(begin);
    expect(facts.header.from).toBeLessThan(begin + DAY);
    const year = facts.records.find((record) => record.kind === 'year-to-date');
    expect(year?.to).toBe(facts.header.from);
    expect(year?.unmeasured_days.slice(-2)).toEqual(['2026-03-19', '2026-03-20']);
    expect(year?.unmeasured_days).toHaveLength(31 + 28 + 20);
    const report = computeReport(facts, DEFAULT, MONTH);
    const met = report.clauses.filter(({ verdict }) => verdict === 'met').map(({ id }) => id);
    expect(met).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(2a|2b|3c)$/)]));
    let text = '';
    await writeEvidence(linesOfMonth(monthParts(reader, asked)), (line) => void (text += line));
    const evidence = await readEvidence(bytesOf(text), { file: 'x', grounds: Object.keys(DEFAULT.grounds) });
    expect(computeReport(evidence, DEFAULT, MONTH)).toEqual(report);
    // The month after it is covered whole.
    expect(factsOfMonth(reader, { ...asked, month: '2026-04' }).header.from).toBe(SPAN.to);
  });

  test('leaves out windows under grounds that its contract has not, with what they replaced', async () => {
    const { asked } = open(7);
    const writer = openForEntry(path.join(dir, '7-false.db'));
    const entry = { system: 'corp', from: SPAN.from + DAY, to: SPAN.from + 2 * DAY, entered_by: 'Li', note: 'n' };
    const terms = { now: TO, grounds: ['a', 'e', 'old'] };
    addExclusion(writer, { ...entry, id: 'good', ground: 'e' }, terms);
    addExclusion(writer, { ...entry, id: 'first', ground: 'e' }, terms);
    addExclusion(writer, { ...entry, id: 'strange', ground: 'old', replaces: 'first' }, terms);
    addExclusion(writer, { ...entry, id: 'mended', ground: 'e', replaces: 'strange' }, terms);
    const facts = factsOfMonth(createReader(writer), asked);
    writer.close();
    const ids = facts.exclusions.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['good', 'mended']));
    expect(ids).not.toContain('strange');
    expect(ids).not.toContain('first');
  });

  test('of a check that changed with every sample holds all of its runs', () => {
    const { reader, asked } = open(7);
    const file = path.join(dir, '7-false.db');
    const writer = openForEntry(file);
    const { lastInsertRowid: target } = writer
      .prepare("INSERT INTO targets (system, check_name, target) VALUES ('corp', 'pop3', 'flaps')")
      .run();
    const add = writer.prepare(
      'INSERT INTO runs (target, ok, from_at, to_at, samples, transients, hold_us, closed) VALUES (?, ?, ?, ?, 1, 0, 45000000, 1)',
    );
    const count = 150_000;
    writer.transaction(() => {
      for (let n = 0; n < count; n++) {
        const at = (SPAN.from + n * 15_000) * 1_000;
        add.run(target, n % 2, at, at);
      }
    })();
    writer.close();
    expect(monthParts(reader, asked).runs.filter((run) => run.target === 'flaps')).toHaveLength(count);
  });
});

function daysOf(reader: Reader, asked: MonthAsked): unknown {
  return factsOfMonth(reader, { ...asked, month: '2026-04' }).records.find(({ kind }) => kind === 'year-to-date');
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
