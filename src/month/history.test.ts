import '../../test/support/property-seed.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVERY, writeRandomStore } from '../../test/support/random-store.ts';
import type { Contract } from '../config/contract.ts';
import { loadContract } from '../config/load-contract.ts';
import { DAY, HOUR, MINUTE } from '../lib/time.ts';
import { dayStart, nextDate } from '../sla/days.ts';
import { monthSpan } from '../sla/month.ts';
import type { TimeClause } from '../sla/report.ts';
import { openForEntry, type Db } from '../store/file.ts';
import { dayDetail, historyOf, type PastDay } from './history.ts';
import { monthReport } from './month-report.ts';
import { createReader } from './reader.ts';

const agreed = loadContract(path.join(import.meta.dirname, '../../config/contract.yaml')).contract;

function inStore<Value>(seed: number, span: { from: number; to: number }, read: (db: Db) => Value): Value {
  const dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-history-'));
  const file = path.join(dir, 'store.db');
  try {
    writeRandomStore({ file, ...span, seed }, () => {});
    const db = openForEntry(file);
    try {
      return read(db);
    } finally {
      db.close();
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe.each([
  ['Asia/Shanghai', '2026-03'],
  // The month in which clocks go back: a day of 25 h lies in it.
  ['Europe/Berlin', '2026-10'],
  // And forward.
  ['America/New_York', '2026-03'],
])('in %s the days of %s', (timezone, month) => {
  const contract: Contract = { ...agreed, timezone };
  const { from, to } = monthSpan(month, timezone);

  test('add up to what its report says: down from the least to the most, not measured, excluded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
        inStore(seed, { from: from - 9 * DAY, to: to + 5 * DAY }, (db) => {
          const { days } = historyOf(createReader(db), 'corp', contract);
          const ofMonth = days.filter(({ date }) => date.startsWith(month));
          const found = monthReport(db, { system: 'corp', month, contract, which: 'live' });
          if (found.kind !== 'live') throw new Error(`${month} was not computed`);
          const clause = found.report.clauses.find((one): one is TimeClause => one.id === '1');
          const sum = (of: (day: PastDay) => number): number => ofMonth.reduce((ms, day) => ms + of(day), 0);
          const inMs = (minutes: number | null | undefined): number => Math.round((minutes ?? NaN) * MINUTE);
          expect({
            least: sum(({ down }) => down.leastMs),
            estimate: sum(({ down }) => down.estimateMs),
            most: sum(({ down }) => down.mostMs),
            unmeasured: sum(({ unmeasuredMs }) => unmeasuredMs),
            excluded: sum(({ excludedMs }) => excludedMs),
          }).toEqual({
            least: inMs(clause?.least),
            estimate: inMs(clause?.value),
            most: inMs(clause?.most),
            unmeasured: inMs(clause?.unmeasured),
            excluded: inMs(clause?.excluded),
          });
        });
      }),
      { numRuns: 2 },
    );
  });
});

test.each([
  ['2026-03-29', 23],
  ['2026-10-25', 25],
  ['2026-10-26', 24],
])('%s has %d hours in Berlin, and its stretches lie in it and add up to its day', (date, hours) => {
  const contract: Contract = { ...agreed, timezone: 'Europe/Berlin' };
  const day = { date, from: dayStart(date, 'Europe/Berlin'), to: dayStart(nextDate(date), 'Europe/Berlin') };
  expect(day.to - day.from).toBe(hours * HOUR);
  inStore(11, { from: day.from - 20 * DAY, to: day.to + 3 * DAY }, (db) => {
    const reader = createReader(db);
    const detail = dayDetail(reader, { system: 'corp', day }, contract);
    const past = historyOf(reader, 'corp', contract).days.find((one) => one.date === date);
    if (detail === null || past === undefined) throw new Error('there is such a day');
    const { down, downTime, unmeasured, excluded } = detail;
    const sum = (some: readonly { from: number; to: number }[]): number =>
      some.reduce((ms, one) => ms + one.to - one.from, 0);
    for (const { from, to } of [...down, ...unmeasured, ...excluded]) {
      expect(from).toBeGreaterThanOrEqual(day.from);
      expect(to).toBeLessThanOrEqual(day.to);
    }
    expect(past).toMatchObject({ down: downTime, unmeasuredMs: sum(unmeasured), excludedMs: sum(excluded) });
    expect(downTime.estimateMs).toBe(sum(down));
    expect(sum(down) + sum(unmeasured) + sum(excluded)).toBeLessThanOrEqual(hours * HOUR);
    expect(sum(down) + sum(unmeasured) + sum(excluded)).toBeGreaterThan(0);
    expect(downTime.leastMs).toBeLessThanOrEqual(downTime.estimateMs);
    expect(downTime.mostMs).toBeGreaterThanOrEqual(downTime.estimateMs);
  });
});

test('a day that has not begun is none', () => {
  const begin = dayStart('2026-10-05', agreed.timezone);
  inStore(3, { from: begin - 5 * DAY, to: begin + EVERY }, (db) => {
    const at = (date: string) => ({
      date,
      from: dayStart(date, agreed.timezone),
      to: dayStart(nextDate(date), agreed.timezone),
    });
    expect(dayDetail(createReader(db), { system: 'corp', day: at('2026-10-05') }, agreed)).not.toBeNull();
    expect(dayDetail(createReader(db), { system: 'corp', day: at('2026-10-06') }, agreed)).toBeNull();
  });
});
