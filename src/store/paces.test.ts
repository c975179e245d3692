import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Instant } from '../lib/time.ts';
import { launchedState } from '../probe/correlate.ts';
import { openForEntry, type Db } from './file.ts';
import { openLedger } from './ledger.ts';
import { pacesBetween, recordPaces, type Pace } from './paces.ts';

const T = Date.UTC(2026, 9, 1);
const DAY = 86_400_000;

let dir: string;
let file: string;
let db: Db;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-paces-'));
  file = path.join(dir, 'store.db');
  openLedger({ path: file, vantage: 'home', now: T }).close(T);
  db = openForEntry(file);
});

afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

function pace(check: Pace['check'], seconds: number, system = 'corp'): Pace {
  return { system, check, intervalMs: seconds * 1_000, holdMs: seconds * 3_000 };
}

function start(now: Instant, paces: readonly Pace[], aliveAt: Instant | null = now): void {
  recordPaces(db, paces, { now, aliveAt });
}

function spans(from: Instant, to: Instant, system = 'corp'): readonly (readonly unknown[])[] {
  return pacesBetween(db, system, from, to).map(({ check, intervalMs, holdMs, since, until }) => [
    check,
    intervalMs / 1_000,
    holdMs / 1_000,
    (since - T) / DAY,
    until === null ? null : (until - T) / DAY,
  ]);
}

function rows(): unknown {
  return db.prepare('SELECT count(*) FROM paces').pluck().get();
}

test('what is configured is told once, however often the agent starts', () => {
  const paces = [pace('imap', 15), pace('outbound', 60), pace('imap', 60, 'other')];
  start(T, paces);
  start(T + DAY, paces);
  expect(rows()).toBe(3);
  expect(spans(T, T + 1)).toEqual([
    ['imap', 15, 45, 0, null],
    ['outbound', 60, 180, 0, null],
  ]);
  expect(spans(T, T + 1, 'other')).toEqual([['imap', 60, 180, 0, null]]);
  expect(spans(T - DAY, T)).toEqual([]);
});

test('another interval holds from the start that brought it', () => {
  start(T, [pace('imap', 15)]);
  start(T + DAY, [pace('imap', 30)], T + DAY / 2);
  expect(spans(T, T + 9 * DAY)).toEqual([
    ['imap', 15, 45, 0, 1],
    ['imap', 30, 90, 1, null],
  ]);
  expect(spans(T, T + DAY)).toEqual([['imap', 15, 45, 0, 1]]);
  expect(spans(T + DAY, T + 2 * DAY)).toEqual([['imap', 30, 90, 1, null]]);
});

test('what is configured no longer ended when the agent was last alive, and may come back', () => {
  start(T, [pace('imap', 15), pace('webmail', 15)]);
  start(T + 3 * DAY, [pace('imap', 15)], T + 2 * DAY);
  start(T + 4 * DAY, [pace('imap', 15)], T + 3 * DAY);
  start(T + 5 * DAY, [pace('imap', 15), pace('webmail', 20)]);
  expect(spans(T, T + 9 * DAY)).toEqual([
    ['imap', 15, 45, 0, null],
    ['webmail', 15, 45, 0, 2],
    ['webmail', 20, 60, 5, null],
  ]);
  expect(spans(T + 2 * DAY, T + 5 * DAY)).toEqual([['imap', 15, 45, 0, null]]);
});

test('a clock that was set back leaves the order', () => {
  start(T, [pace('imap', 15)]);
  start(T - DAY, [pace('imap', 30)]);
  start(T - DAY, []);
  expect(spans(T - 9 * DAY, T + DAY)).toEqual([]);
  start(T + DAY, [pace('imap', 30)]);
  expect(spans(T - 9 * DAY, T + 9 * DAY)).toEqual([['imap', 30, 90, 1, null]]);
});

test('a store that is older than the table tells what it knows from its samples', () => {
  const ledger = openLedger({ path: file, vantage: 'home', now: T });
  const launched = (system: string, id: string, at: Instant) =>
    ({
      kind: 'event',
      event: {
        kind: 'launched',
        at,
        probe: launchedState({ id, system, route: 'in', kind: 'inbound', mailbox: 'hq', launchedAt: at }),
      },
    }) as const;
  const sampled = (at: Instant) => {
    const sample = { system: 'corp', check: 'imap', target: 'hq', from: at, to: at, ok: true, holdMs: 45_000 } as const;
    return { kind: 'event', event: { kind: 'sampled', at, sample: { ...sample, phases: [] }, visits: [] } } as const;
  };
  ledger.commit([launched('other', 'z', T), launched('corp', 'a', T + DAY), launched('corp', 'b', T + 2 * DAY)]);
  ledger.commit([sampled(T + 3 * DAY), sampled(T + 4 * DAY)]);
  ledger.close(T + 4 * DAY);
  start(T + 9 * DAY, [pace('imap', 15), pace('inbound', 60), pace('webmail', 15)]);
  expect(spans(T, T + 99 * DAY)).toEqual([
    ['inbound', 60, 180, 1, null],
    ['imap', 15, 45, 3, null],
    ['webmail', 15, 45, 9, null],
  ]);
});
