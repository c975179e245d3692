import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeYear } from '../../test/support/year-store.ts';
import { DEFAULT_CONTRACT } from '../config/derive.ts';
import { loadContract } from '../config/load-contract.ts';
import { DAY, MINUTE } from '../lib/time.ts';
import { monthSpan } from '../sla/month.ts';
import type { Report } from '../sla/report.ts';
import { act, type Deed } from '../store/acts.ts';
import { openCurrentReadOnly, openForEntry, type Db } from '../store/file.ts';
import { monthReport } from './month-report.ts';
import { previewDeed, type Preview } from './preview.ts';

const { contract } = loadContract(DEFAULT_CONTRACT);
const SYSTEM = 'corp';
const MONTH = '2026-10';
const { from, to } = monthSpan(MONTH, contract.timezone);
const NOW = to + DAY;
const LI = { person: 'Li Wei', role: 'operator', address: '127.0.0.1' };
const CHEN = { person: 'Chen Jie', role: 'customer', address: '127.0.0.1' };
const grounds = Object.keys(contract.grounds);

let master: string;
let dir: string;
let file: string;
let db: Db;
let reading: Db;

beforeAll(() => {
  master = mkdtempSync(path.join(tmpdir(), 'mailwitness-preview-master-'));
  const span = { from: from - 2 * DAY, to: to + DAY };
  const pace = { seed: 7, checkEvery: 5 * MINUTE, routeEvery: 60 * MINUTE, outages: 30 };
  writeYear({ file: path.join(master, 'store.db'), system: SYSTEM, ...span, ...pace });
});
afterAll(() => rmSync(master, { recursive: true }));

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-preview-'));
  file = path.join(dir, 'store.db');
  copyFileSync(path.join(master, 'store.db'), file);
  db = openForEntry(file);
  reading = openCurrentReadOnly(file);
});
afterEach(() => {
  reading.close();
  db.close();
  rmSync(dir, { recursive: true });
});

function report(on: Db = db, month = MONTH): Report {
  const found = on.transaction(() => monthReport(on, { system: SYSTEM, month, contract, which: 'live' }))();
  if (found.kind !== 'live') throw new Error('there is no report');
  return found.report;
}

/** As the pages ask: over a connection that cannot write. */
function preview(deed: Exclude<Deed, { kind: 'sign in' | 'sign out' }>, person = LI.person): Preview {
  return previewDeed(reading, { system: SYSTEM, deed, person, now: NOW }, contract);
}

function window(ground: string, more: object = {}): Extract<Deed, { kind: 'enter exclusion' }> {
  const entry = { id: 'W1', system: SYSTEM, from: from + DAY, to: from + 12 * DAY, ground, note: 'x', ...more };
  return { kind: 'enter exclusion', entry, grounds };
}

/** Each objective of the report as a preview would have it. */
function valuesOf({ clauses, month_minutes }: Report): ReadonlyMap<string, object> {
  const share = (down: number): number =>
    Math.floor((Math.round((month_minutes - down) * MINUTE) * 1e3) / (month_minutes * 60)) / 1e6;
  const boundsOf = (clause: (typeof clauses)[number], metric: string): object | null => {
    const [low, high] =
      clause.kind === 'time' && clause.measure !== 'coverage' && clause.measure !== 'adjustment'
        ? metric === 'availability'
          ? [share(clause.most ?? NaN), share(clause.least ?? NaN)]
          : [clause.least, clause.most]
        : clause.kind === 'delay' && metric !== 'max_s'
          ? metric === 'mean_s'
            ? [clause.mean_least_s, clause.mean_most_s]
            : [clause.exceedances_least, clause.exceedances_most]
          : [null, null];
    return low === null || high === null || low === high ? null : { low, high };
  };
  return new Map(
    clauses.flatMap((clause) =>
      clause.kind === 'blank'
        ? []
        : clause.objectives.map(
            ({ metric, value, verdict }) =>
              [`${clause.id} ${metric}`, { value, bounds: boundsOf(clause, metric), verdict }] as const,
          ),
    ),
  );
}

function figuresOf(found: Preview, month = MONTH) {
  if (found.kind !== 'preview') throw new Error(`refused: ${JSON.stringify(found.problems)}`);
  const figures = found.months.find((one) => one.month === month)?.figures;
  if (figures === undefined || figures === null) throw new Error(`no figures of ${month}`);
  return figures;
}

describe('a preview', () => {
  test('tells the figures before and after, and those after are the report once it was done', () => {
    const before = valuesOf(report());
    const deed = window('e');
    const found = preview(deed);
    expect(found).toMatchObject({ kind: 'preview', onceApproved: false, months: [{ month: MONTH }] });
    const figures = figuresOf(found);
    expect(figures.map(({ clause }) => clause)).toEqual(
      expect.arrayContaining(['1', '2a', '2b', '3b', '3c', '3d', '3e']),
    );
    expect(act(db, deed, LI, NOW)).toEqual({ kind: 'done', id: 'W1' });
    const after = valuesOf(report());
    for (const figure of figures) {
      const key = `${figure.clause} ${figure.metric}`;
      expect([key, figure.before]).toEqual([key, before.get(key)]);
      expect([key, figure.after]).toEqual([key, after.get(key)]);
    }
    const down = figures.find(({ clause, metric }) => clause === '1' && metric === 'down_minutes');
    expect(down?.after.value).toBeLessThan(down?.before.value ?? 0);
  });

  test('writes nothing, and the next one begins from the store', () => {
    const before = readFileSync(file);
    const first = preview(window('e'));
    expect(preview(window('e'))).toEqual(first);
    expect(report(reading)).toEqual(report());
    expect(report().exclusions).toEqual([]);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('of what needs approval is that of the day on which it is approved', () => {
    const deed = window('a');
    const found = preview(deed);
    expect(found).toMatchObject({ kind: 'preview', onceApproved: true });
    act(db, deed, LI, NOW);
    expect(preview({ kind: 'approve exclusion', system: SYSTEM, id: 'W1' }, CHEN.person)).toMatchObject({
      kind: 'preview',
      onceApproved: false,
    });
    expect(figuresOf(preview({ kind: 'approve exclusion', system: SYSTEM, id: 'W1' }, CHEN.person))).toEqual(
      figuresOf(found),
    );
  });

  test('of a withdrawal brings the time back, and of a correction moves it', () => {
    const outages = report();
    act(db, window('e'), LI, NOW);
    const back = figuresOf(preview({ kind: 'withdraw exclusion', system: SYSTEM, id: 'W1' }));
    expect(back.find(({ clause }) => clause === '1')?.after).toEqual(valuesOf(outages).get('1 down_minutes'));
    const moved = preview(window('e', { id: 'W2', replaces: 'W1', from: to + 60_000, to: to + 120_000 }));
    expect(moved).toMatchObject({ months: [{ month: MONTH }, { month: '2026-11' }] });
    expect(figuresOf(moved).find(({ clause }) => clause === '1')?.after).toEqual(
      valuesOf(outages).get('1 down_minutes'),
    );
  });

  test('has bounds of the count above the smallest maximum alone: of the others the report has none', () => {
    const over = (seconds: bigint) =>
      ({
        metric: 'exceedances',
        op: '<',
        limit: { numerator: 2n, scale: 0, text: '2' },
        over_s: { numerator: seconds, scale: 0, text: String(seconds) },
        governs: true,
      }) as const;
    const clauses = contract.clauses.map((clause) =>
      clause.id === '2b' && !clause.blank ? { ...clause, objectives: [over(3_600n), over(1n)] } : clause,
    );
    const deed = window('e');
    const found = previewDeed(reading, { system: SYSTEM, deed, person: LI.person, now: NOW }, { ...contract, clauses });
    const [hour, second] = figuresOf(found).filter(({ clause }) => clause === '2b');
    expect(hour).toMatchObject({ over_s: 3_600, before: { bounds: null } });
    expect(second).toMatchObject({ over_s: 1, before: { bounds: { low: expect.any(Number) as number } } });
  });

  test('of a record tells what would change', () => {
    const record = { kind: 'billing', at: from + DAY, body: { customers: 100, wrong: 1 } } as const;
    const figures = figuresOf(preview({ kind: 'enter record', system: SYSTEM, record }));
    expect(figures.filter(({ before, after }) => before.value !== after.value)).toMatchObject([
      {
        clause: '3f',
        metric: 'error_rate',
        before: { value: null, bounds: null, verdict: 'no data' },
        after: { value: 0.01, bounds: null, verdict: 'missed' },
      },
    ]);
  });

  const definitions = (updated: number, at: number, more: object = {}) =>
    ({
      kind: 'enter record',
      system: SYSTEM,
      record: { kind: 'definitions', at, body: { updated_at: updated }, ...more },
    }) as const;
  const monthsIn = (found: Preview): readonly string[] =>
    found.kind === 'preview' ? found.months.map(({ month }) => month) : [];

  test('of an update has the months up to the next update, and the one in which it is entered', () => {
    const found = preview(definitions(from + DAY, NOW - DAY / 2));
    expect(monthsIn(found)).toEqual([MONTH, '2026-11']);
    expect(figuresOf(found)).toContainEqual(
      expect.objectContaining({ clause: '5c', after: { value: 30, bounds: null, verdict: 'missed' } }),
    );
    act(db, definitions(from + 2 * DAY, from + 2 * DAY, { id: 'D2' }), LI, NOW);
    expect(monthsIn(preview(definitions(from + DAY, from + DAY)))).toEqual([MONTH]);
    const moved = preview(definitions(to + 60_000, to + 60_000, { replaces: 'D2' }));
    expect(monthsIn(moved)).toEqual([MONTH, '2026-11']);
    expect(figuresOf(moved).find(({ clause }) => clause === '5c')?.after.verdict).toBe('no data');
  });

  test('of a deletion has the month in which the account was deleted', () => {
    const record = { kind: 'account-lock', at: NOW, body: { locked_at: from, deleted_at: from + 3 * DAY } } as const;
    const found = preview({ kind: 'enter record', system: SYSTEM, record });
    expect(monthsIn(found)).toEqual([MONTH, '2026-11']);
    expect(figuresOf(found)).toContainEqual(
      expect.objectContaining({ clause: '7a', after: { value: 3, bounds: null, verdict: 'missed' } }),
    );
  });

  test('of withdrawing a record is that of the month before it was entered', () => {
    const record = { id: 'B1', kind: 'billing', at: from + DAY, body: { customers: 100, wrong: 1 } } as const;
    const before = report();
    act(db, { kind: 'enter record', system: SYSTEM, record }, LI, NOW);
    const found = preview({ kind: 'withdraw record', system: SYSTEM, id: 'B1' });
    expect(found).toMatchObject({ kind: 'preview', onceApproved: false, months: [{ month: MONTH }] });
    expect(figuresOf(found).filter(({ before, after }) => before.verdict !== after.verdict)).toMatchObject([
      { clause: '3f', before: { value: 0.01, verdict: 'missed' }, after: { value: null, verdict: 'no data' } },
    ]);
    expect(report(reading).records).toMatchObject([{ id: 'B1' }]);
    act(db, { kind: 'withdraw record', system: SYSTEM, id: 'B1' }, LI, NOW);
    expect(report()).toEqual(before);
  });

  test('of a month of which nothing was measured has no figures', () => {
    const at = monthSpan('2026-05', contract.timezone).from;
    expect(preview(window('e', { from: at, to: at + DAY }))).toMatchObject({
      months: [{ month: '2026-05', figures: null }],
    });
  });

  test.each([
    ['a window that ends before it begins', window('e', { to: from }), 'to'],
    ['a ground that there is not', window('z'), 'ground'],
    ['what is to be withdrawn and is not there', { kind: 'withdraw exclusion', system: SYSTEM, id: 'X' }, 'id'],
    ['a record that is to be withdrawn and is not there', { kind: 'withdraw record', system: SYSTEM, id: 'X' }, 'id'],
  ] as const)('%s is refused as the entry would be', (_, deed, key) => {
    expect(preview(deed)).toMatchObject({ kind: 'refused', problems: [{ key }] });
    expect(report(reading).exclusions).toEqual([]);
  });
});
