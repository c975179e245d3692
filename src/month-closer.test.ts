import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeYear } from '../test/support/year-store.ts';
import { DEFAULT_CONTRACT } from './config/derive.ts';
import type { Settings } from './config/settings.ts';
import { createHandClock } from './lib/hand-clock.ts';
import type { Log } from './lib/log.ts';
import { DAY, MINUTE } from './lib/time.ts';
import { createMonthCloser } from './month-closer.ts';
import { openReadOnly } from './store/file.ts';
import { revisionsOf } from './store/revisions.ts';

/** Midnight in Shanghai. */
const JUNE = Date.UTC(2026, 4, 31, 16);
const AUGUST = Date.UTC(2026, 6, 31, 16);
const NOW = AUGUST + 3 * DAY;

let folder: string;
let store: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-closer-'));
  store = path.join(folder, 'store.db');
  const pace = { seed: 4, checkEvery: 60 * MINUTE, routeEvery: 120 * MINUTE, outages: 3 };
  writeYear({ file: store, system: 'hq', from: JUNE - DAY, to: NOW, ...pace });
});
afterEach(() => rmSync(folder, { recursive: true }));

function closer(contract: string) {
  const clock = createHandClock(NOW);
  const lines: unknown[] = [];
  const tell =
    (level: string) =>
    (fields: object, text: string): void =>
      void lines.push([level, fields, text]);
  const log: Log = { error: tell('error'), warn: tell('warn'), info: tell('info'), debug: tell('debug') };
  const settings = { agent: { store }, systems: [{ name: 'hq', contract }] } as unknown as Settings;
  return { clock, lines, closer: createMonthCloser({ settings, clock, wallNow: clock.now, log }) };
}

test('after a long stop all months that are due are closed, a line each, and no other time again', async () => {
  const { lines, closer: one } = closer(DEFAULT_CONTRACT);
  await one.run();
  const closed = (month: string) => ['info', { system: 'hq', month, revision: 1 }, 'month closed'];
  expect(lines).toEqual(['2026-05', '2026-06', '2026-07'].map(closed));
  await one.run();
  expect(lines).toHaveLength(3);
  const db = openReadOnly(store);
  expect(revisionsOf(db, 'hq', '2026-07')).toMatchObject([{ closedAt: NOW, provisional: false }]);
  db.close();
});

test('the first time is a minute after the start, and none after the stop', async () => {
  const { clock, lines, closer: one } = closer(DEFAULT_CONTRACT);
  one.start();
  await clock.advance(MINUTE - 1);
  expect(lines).toEqual([]);
  await clock.advance(1);
  // Waits for what is under way.
  await one.stop();
  expect(lines).toHaveLength(3);
  const other = closer(DEFAULT_CONTRACT);
  other.closer.start();
  await other.closer.stop();
  await other.clock.advance(DAY);
  await other.closer.run();
  expect(other.lines).toEqual([]);
});

test('a month that cannot be closed is told as what a person must look at', async () => {
  const { lines, closer: one } = closer(path.join(folder, 'nowhere.yaml'));
  await one.run();
  expect(lines).toMatchObject([['error', { system: 'hq', month: null }, /was not closed/]]);
});
