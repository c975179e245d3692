import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError } from './lib/errors.ts';
import { pacesOf, writePaces } from './paces.ts';
import { openForEntry } from './store/file.ts';
import { openLedger } from './store/ledger.ts';
import { pacesBetween } from './store/paces.ts';
import { systemSettings } from '../test/support/check-bench.ts';

const T = Date.UTC(2026, 9, 1);
const system = systemSettings({
  checks: [
    { kind: 'imap', interval: 15_000, timeout: 1, mailboxes: ['alice'] },
    { kind: 'imap', interval: 60_000, timeout: 1, mailboxes: ['bob'] },
    { kind: 'mx', interval: 30_000, timeout: 1, mailboxes: [] },
  ],
  routes: [
    { name: 'in', kind: 'inbound', mailbox: 'alice', interval: 60_000, timeout: 1, size: 1 },
    { name: 'in-large', kind: 'inbound', mailbox: 'alice', interval: 600_000, timeout: 1, size: 2 },
  ],
});

let dir: string;

beforeEach(() => void (dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-paces-'))));
afterEach(() => rmSync(dir, { recursive: true }));

test('a kind has one pace, that of its slowest check or route', () => {
  expect(pacesOf(system)).toEqual([
    { system: 'corp', check: 'mx', intervalMs: 30_000, holdMs: 90_000 },
    { system: 'corp', check: 'inbound', intervalMs: 600_000, holdMs: 1_800_000 },
    { system: 'corp', check: 'imap', intervalMs: 60_000, holdMs: 180_000 },
  ]);
});

test('they are written beside the agent that has the store open, and only into a store', () => {
  const store = path.join(dir, 'store.db');
  const when = { now: T, aliveAt: null };
  expect(() => writePaces(store, [system], when)).toThrow(ConfigError);
  const ledger = openLedger({ path: store, vantage: 'home', now: T });
  writePaces(store, [system], when);
  ledger.close(T);
  const db = openForEntry(store);
  expect(pacesBetween(db, 'corp', T, T + 1).map(({ check }) => check)).toEqual(['imap', 'inbound', 'mx']);
  db.close();
});
