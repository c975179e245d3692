import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeYear } from '../../test/support/year-store.ts';
import { loadContract } from '../config/load-contract.ts';
import { DAY, HOUR, MINUTE } from '../lib/time.ts';
import { monthSpan } from '../sla/month.ts';
import { openForEntry, type Db } from '../store/file.ts';
import { purgeSpan } from './purge-span.ts';
import { createReader } from './reader.ts';

const { contract } = loadContract(fileURLToPath(new URL('../../config/contract.yaml', import.meta.url)));
const OCTOBER = monthSpan('2026-10', contract.timezone);
const KNOWN = OCTOBER.to + 20 * DAY;

let folder: string;
let db: Db;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-purge-span-'));
  const file = path.join(folder, 'store.db');
  const pace = { seed: 5, checkEvery: HOUR, routeEvery: 10 * MINUTE, outages: 0 };
  writeYear({ file, system: 'corp', from: OCTOBER.from - 40 * DAY, to: KNOWN, ...pace });
  db = openForEntry(file);
});
afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

/** A route of its own with a message each day. */
function addRoute(name: string, from: number, to: number): void {
  db.prepare("INSERT INTO targets (system, check_name, target) VALUES ('corp', 'internal', ?)").run(name);
  const add = db.prepare("INSERT INTO routes (system, route, kind, mailbox) VALUES ('corp', ?, 'internal', 'hq')");
  const route = add.run(name).lastInsertRowid;
  const probe = db.prepare(
    `INSERT INTO probes (id, route, launched_at, outcome, accepted_at, uncertain, visible_at, misfiled, contacts, copies, settled_at)
     VALUES (?, ?, ?, 'delivered', ?, 0, ?, 0, 0, 1, ?)`,
  );
  for (let at = from; at < to; at += DAY) {
    const us = Math.round(at * 1_000);
    const id =
      `${name}${String(Math.floor(at / DAY)).replaceAll(/\d/gu, (digit) => 'abcdefghij'[Number(digit)] ?? '')}`.padEnd(
        20,
        'z',
      );
    probe.run(id, route, us, us, us + 1, us + 2);
  }
}

test('a route that was added after the month, or taken out before it, keeps nothing of it from being purged', () => {
  const asked = { system: 'corp', month: '2026-10', contract, known: KNOWN };
  const before = purgeSpan(createReader(db), asked);
  expect(before.from).toBeLessThan(OCTOBER.from + 2 * DAY);
  expect(before.to).toBeGreaterThan(OCTOBER.to - 3 * DAY);
  addRoute('late', OCTOBER.to + 5 * DAY, KNOWN);
  addRoute('old', OCTOBER.from - 30 * DAY, OCTOBER.from - 20 * DAY);
  expect(purgeSpan(createReader(db), asked)).toEqual(before);
});
