import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeYear } from '../../test/support/year-store.ts';
import { loadContract } from '../config/load-contract.ts';
import { readEvidence } from '../evidence/read.ts';
import { ConfigError } from '../lib/errors.ts';
import { DAY, HOUR, MINUTE } from '../lib/time.ts';
import { computeReport } from '../sla/compute-report.ts';
import { monthsOfYearTo, monthSpan } from '../sla/month.ts';
import type { DaysClause } from '../sla/report.ts';
import { addExclusion } from '../store/exclusions.ts';
import { openCurrentReadOnly, openForEntry, type Db } from '../store/file.ts';
import { exportMonth } from './export-month.ts';
import { foldUp } from './fold-up.ts';
import { factsOfMonth, linesOfMonth, monthParts, type MonthAsked } from './month-facts.ts';
import { createReader } from './reader.ts';

const { contract } = loadContract(path.join(import.meta.dirname, '../../config/contract.yaml'));
const YEAR = { from: monthSpan('2026-01', contract.timezone).from, to: monthSpan('2026-12', contract.timezone).to };
const LAST = '2026-12';

let dir: string;
let file: string;
let db: Db;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-year-'));
  file = path.join(dir, 'store.db');
  const pace = { checkEvery: 10 * MINUTE, routeEvery: 30 * MINUTE };
  writeYear({ file, system: 'corp', ...YEAR, ...pace, seed: 5, outages: 200 });
  writeYear({ file, system: 'other', ...YEAR, checkEvery: HOUR, routeEvery: HOUR, seed: 6, outages: 60 });
  const writer = openForEntry(file);
  const window = { system: 'corp', from: YEAR.from + 40 * DAY, to: YEAR.from + 120 * DAY, ground: 'e' };
  addExclusion(writer, { ...window, entered_by: 'Li Wei', note: 'lines' }, { now: YEAR.to, grounds: ['e'] });
  await foldUp(writer, { system: 'corp', terms: contract, known: YEAR.to });
  writer.close();
  db = openCurrentReadOnly(file);
});

afterAll(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

function asking(month: string): MonthAsked {
  return { system: 'corp', month, contract, known: YEAR.to, product: 'test 1' };
}

async function readFile(name: string) {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield readFileSync(name);
  }
  return await readEvidence(bytes(), { file: name, grounds: Object.keys(contract.grounds) });
}

describe('a year', () => {
  test.each(['2026-01', '2026-06', LAST])(
    'of which %s is reported from its export as from the store',
    async (month) => {
      const out = path.join(dir, `${month}.ndjson`);
      const written = await exportMonth(db, { system: 'corp', month, contract, out, redact: false });
      const evidence = await readFile(out);
      expect(evidence.sha256).toBe(written.sha256);
      expect(evidence.messages.length).toBeGreaterThan(4_000);
      const fromStore = computeReport(factsOfMonth(createReader(db), asking(month)), contract, month);
      expect(computeReport(evidence, contract, month)).toEqual(fromStore);
      expect(written.whole).toBe(true);
    },
  );

  test('a redacted export gives the same figures, and is not taken for the evidence', async () => {
    const out = path.join(dir, 'redacted.ndjson');
    const written = await exportMonth(db, { system: 'corp', month: LAST, contract, out, redact: true });
    expect(written.whole).toBe(false);
    const [figures, own] = [await readFile(out), factsOfMonth(createReader(db), asking(LAST))].map((facts) =>
      computeReport(facts, contract, LAST).clauses.map((clause) => ('value' in clause ? clause.value : clause)),
    );
    expect(figures).toEqual(own);
    expect(readFileSync(out, 'utf8')).not.toContain('example');
  });

  const excluding = {
    ...contract,
    clauses: contract.clauses.map((clause) => (clause.id === '3e' ? { ...clause, exclude: ['e'] } : clause)),
  };
  test.each([
    ['has', contract, 40],
    ['has, without what its clause excludes,', excluding, 20],
  ])('%s in its last month the fault days that each month has in its own report', (_name, under, least) => {
    const reader = createReader(db);
    const days = (month: string): readonly string[] => {
      const { clauses } = computeReport(factsOfMonth(reader, { ...asking(month), contract: under }), under, month);
      return clauses.find((clause): clause is DaysClause => clause.kind === 'days')?.fault_days ?? [];
    };
    const all = days(LAST);
    expect(all.length).toBeGreaterThan(least);
    expect(all.some((day) => day.startsWith('2026-03'))).toBe(under === contract);
    for (const month of monthsOfYearTo(LAST))
      expect(days(month).filter((day) => day.startsWith(month))).toEqual(all.filter((day) => day.startsWith(month)));
  });

  test('is read by its indexes: no table of measurements is gone through', () => {
    const said = new Set<string>();
    const listened = new Database(file, { readonly: true, verbose: (sql) => void said.add(String(sql)) });
    try {
      const parts = monthParts(createReader(listened), asking(LAST));
      expect([...linesOfMonth(parts)].length).toBeGreaterThan(4_000);
    } finally {
      listened.close();
    }
    const selects = [...said].filter((sql) => sql.startsWith('SELECT'));
    expect(selects.length).toBeGreaterThan(50);
    const steps = selects.flatMap((sql) =>
      db
        .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => ({ detail, sql })),
    );
    const scans = steps.filter(({ detail }) =>
      /^SCAN (?!\(|CONSTANT|[tfr]$|meta|targets|routes|route_folds|purges|paces)/.test(detail),
    );
    expect(scans).toEqual([]);
  });

  test.each([
    ['2025-12', 'export: --month: expected a month that the store has data of, got 2025-12'],
    ['2027-01', 'export: --month: expected a month that has begun, got 2027-01'],
  ])('does not cover %s, and an export of it says so', async (month, words) => {
    const out = path.join(dir, 'none.ndjson');
    const refused = exportMonth(db, { system: 'corp', month, contract, out, redact: false });
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(words);
    expect(() => readFileSync(out)).toThrow('ENOENT');
  });
});
