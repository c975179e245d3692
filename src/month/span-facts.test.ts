import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadContract } from '../config/load-contract.ts';
import type { Facts } from '../facts/facts.ts';
import type { CheckName } from '../lib/check-names.ts';
import { DAY, HOUR, MINUTE } from '../lib/time.ts';
import { launchedState } from '../probe/correlate.ts';
import type { Gap, Sample } from '../probe/sample.ts';
import { monthSpan } from '../sla/month.ts';
import { openForEntry, type Db } from '../store/file.ts';
import { openLedger, type Ledger } from '../store/ledger.ts';
import { recordPaces } from '../store/paces.ts';
import { factsOfMonth } from './month-facts.ts';
import { createReader } from './reader.ts';

const { contract } = loadContract(path.join(import.meta.dirname, '../../config/contract.yaml'));
const { from: FROM, to: TO } = monthSpan('2026-10', contract.timezone);
const failure = { cause: 'connect', phase: 'connect', detail: 'it refused the connection' } as const;

let dir: string;
let ledger: Ledger;
let db: Db;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-span-'));
  const file = path.join(dir, 'store.db');
  ledger = openLedger({ path: file, vantage: 'home', now: FROM - 400 * DAY });
  db = openForEntry(file);
});

afterEach(() => {
  db.close();
  ledger.close(null);
  rmSync(dir, { recursive: true });
});

function sample(check: CheckName, target: string, at: number, ok = true): void {
  const said = { system: 'corp', check, target, from: at, to: at + 1, ok, holdMs: 3 * MINUTE, phases: [] };
  const whole = { ...said, ...(!ok && { failure }) } as Sample;
  expect(ledger.commit([{ kind: 'event', event: { kind: 'sampled', at, sample: whole, visits: [] } }])).toEqual([]);
}

let count = 0;
function message(route: string, acceptedAt: number, came = true): void {
  const id = `a${++count}`.padEnd(20, 'x');
  const kind = 'inbound' as const;
  const state = launchedState({ id, system: 'corp', route, kind, mailbox: 'hq', launchedAt: acceptedAt - 50 });
  const out = came
    ? { outcome: 'delivered' as const, visibleAt: acceptedAt + 9, copies: 1 }
    : { outcome: 'lost' as const };
  const probe = { ...state, acceptedAt, ...out, settledAt: acceptedAt + DAY };
  expect(ledger.commit([{ kind: 'event', event: { kind: 'settled', at: acceptedAt, probe } }])).toEqual([]);
}

function gap(from: number, to: number): void {
  const told: Gap = { from, to, why: 'stopped' };
  expect(ledger.commit([{ kind: 'event', event: { kind: 'gap', at: to, gap: told } }])).toEqual([]);
}

function facts(): Facts {
  const asked = { system: 'corp', month: '2026-10', contract, known: TO + 40 * DAY, product: 'test 1' };
  return factsOfMonth(createReader(db), asked);
}

/** Days before (below 0) and after the month's begin. */
const days = (at: number): number => Math.round(((at - FROM) / DAY) * 100) / 100;
const runs = () => facts().runs.map(({ target, from }) => [target, days(from)]);
const messages = () => facts().messages.map(({ target, accepted_at = 0 }) => [target, days(accepted_at)]);

test('the two nearest samples beyond each edge come along, however far', () => {
  for (const day of [-300, -200, -100, 3, 131, 231, 331]) sample('imap', 'hq', FROM + day * DAY);
  expect(runs().sort((one, other) => Number(one[1]) - Number(other[1]))).toEqual(
    [-200, -100, 3, 131, 231].map((day) => ['hq', day]),
  );
});

test('a bad stretch that crosses an edge comes whole, with what bounds it', () => {
  for (const day of [-9, -8, -7]) sample('imap', 'hq', FROM + day * DAY);
  for (const day of [-6, -5, -4, 2, 33, 34]) sample('imap', 'hq', FROM + day * DAY, false);
  for (const day of [35, 36, 37]) sample('imap', 'hq', FROM + day * DAY);
  expect(runs().map(([, day]) => day)).toEqual([2, -4, -5, -6, -7, -8, 33, 34, 35, 36]);
});

test('so do messages, of which a lost one is a bad sample, and all of the hour before', () => {
  for (const day of [-5, -4, -0.03, -0.02, 1, 31.5, 33, 34])
    message('in', FROM + day * DAY, day !== -4 && day !== 31.5);
  expect(messages().map(([, day]) => day)).toEqual([-0.03, -0.02, 1, 31.5, 33, 34]);
});

test('a mailbox that was there before or after the month is not there as one that was never measured', () => {
  sample('imap', 'gone', FROM - HOUR / 2);
  sample('imap', 'hq', FROM + DAY);
  sample('imap', 'to-come', TO + HOUR);
  message('gone', FROM - HOUR / 2);
  message('in', FROM + DAY);
  message('to-come', TO + HOUR);
  expect(runs()).toEqual([['hq', 1]]);
  expect(messages()).toEqual([['in', 1]]);
});

test('gaps come as far as the samples reach', () => {
  for (const day of [-20, -10, 5, 40, 50]) sample('imap', 'hq', FROM + day * DAY);
  for (const day of [-30, -15, -1, 10, 45, 60]) gap(FROM + day * DAY, FROM + day * DAY + HOUR);
  expect(facts().gaps.map(({ from }) => days(from))).toEqual([-15, -1, 10, 45]);
});

test('the header names what was configured at any time of the month, at its slowest', () => {
  const pace = (check: CheckName, seconds: number) =>
    ({ system: 'corp', check, intervalMs: seconds * 1_000, holdMs: seconds * 3_000 }) as const;
  recordPaces(db, [pace('imap', 15), pace('pop3', 15)], { now: FROM - 9 * DAY, aliveAt: null });
  recordPaces(db, [pace('imap', 60)], { now: FROM - DAY, aliveAt: FROM - DAY });
  recordPaces(db, [pace('imap', 30), pace('inbound', 60)], { now: FROM + DAY, aliveAt: FROM + DAY });
  recordPaces(db, [pace('inbound', 60), pace('mx', 15)], { now: TO + DAY, aliveAt: TO + DAY });
  sample('webmail', 'page', FROM + DAY);
  expect(facts().header).toEqual({
    type: 'header',
    format: 'mailwitness-evidence',
    version: 1,
    system: 'corp',
    timezone: 'Asia/Shanghai',
    // The first that was measured.
    from: FROM + DAY,
    to: TO + 40 * DAY,
    checks: {
      inbound: { interval_s: 60, hold_s: 180 },
      imap: { interval_s: 60, hold_s: 180 },
      // The store was not told of it, and it ran: its runs say how long they hold.
      webmail: { interval_s: 60, hold_s: 180 },
    },
    product: 'test 1',
  });
});
