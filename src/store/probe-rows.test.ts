import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launchedState } from '../probe/correlate.ts';
import type { RouteKind } from '../probe/probe.ts';
import { openForEntry, type Db } from './file.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { createProbeRows } from './probe-rows.ts';

const START = Date.parse('2026-10-01T00:00:00Z');

let dir: string;
let ledger: Ledger;
let db: Db;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-probe-rows-'));
  const file = path.join(dir, 'store.db');
  ledger = openLedger({ path: file, vantage: 'home', now: START });
  db = openForEntry(file);
});
afterEach(() => {
  db.close();
  ledger.close(null);
  rmSync(dir, { recursive: true });
});

let count = 0;
function launch(system: string, kind: RouteKind, acceptedAfter: number | null): string {
  const id = `a${++count}`.padEnd(20, 'x');
  const launchedAt = START + count * 1_000;
  const probe = launchedState({
    id,
    system,
    route: kind,
    kind,
    mailbox: kind === 'outbound' ? null : 'hq',
    launchedAt,
  });
  const failure = { cause: 'connect', phase: 'connect', detail: 'no' } as const;
  const ended =
    acceptedAfter === null
      ? ({ ...probe, outcome: 'unreachable', failure, settledAt: launchedAt } as const)
      : ({ ...probe, outcome: 'lost', acceptedAt: launchedAt + acceptedAfter, settledAt: launchedAt + 9_000 } as const);
  const rejected = ledger.commit([
    { kind: 'event', event: { kind: 'launched', at: launchedAt, probe } },
    { kind: 'event', event: { kind: 'settled', at: launchedAt, probe: ended } },
  ]);
  expect(rejected).toEqual([]);
  return id;
}

test('the last probes of a system are its own, of all its routes, accepted or not, however many others came since', () => {
  const own = [
    launch('quiet', 'inbound', 5),
    launch('quiet', 'outbound', null),
    launch('quiet', 'inbound', null),
    launch('quiet', 'internal', 500),
  ];
  for (let index = 0; index < 300; index++) launch('busy', 'inbound', index % 2 === 0 ? 1 : null);
  const rows = createProbeRows(db);
  expect(rows.latest('quiet', 40).map(({ id }) => id)).toEqual(own.toReversed());
  expect(rows.latest('quiet', 2).map(({ id }) => id)).toEqual(own.toReversed().slice(0, 2));
  expect(rows.latest('none', 2)).toEqual([]);
});

test('they are found by an index: no row of another route is looked at', () => {
  const plan = db
    .prepare('EXPLAIN QUERY PLAN SELECT n, id FROM probes WHERE route = ? ORDER BY n DESC LIMIT ?')
    .all(1, 40) as readonly { readonly detail: string }[];
  expect(plan.map(({ detail }) => detail)).toEqual(['SEARCH probes USING INDEX probes_of_route (route=?)']);
});

test('delays are between whole milliseconds, as evidence and report have them', () => {
  const launchedAt = START + 500_000;
  const probe = launchedState({
    id: 'exact'.padEnd(20, 'x'),
    system: 'corp',
    route: 'in',
    kind: 'inbound',
    mailbox: 'hq',
    launchedAt,
  });
  // 60 s and 0.4 ms, but no more than 60 s between the milliseconds.
  const [acceptedAt, visibleAt] = [launchedAt + 0.2, launchedAt + 60_000.6];
  const ended = { ...probe, outcome: 'delivered', acceptedAt, visibleAt, settledAt: visibleAt, copies: 1 } as const;
  const rejected = ledger.commit([
    { kind: 'event', event: { kind: 'launched', at: launchedAt, probe } },
    { kind: 'event', event: { kind: 'settled', at: visibleAt, probe: ended } },
  ]);
  expect(rejected).toEqual([]);
  const [route] = createProbeRows(db).delays('corp', START, START + 3_600_000);
  expect([...(route?.rows ?? [])]).toEqual([[launchedAt, launchedAt + 60_000, false]]);
});
