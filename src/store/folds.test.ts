import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../lib/time.ts';
import { launchedState } from '../probe/correlate.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import { openForEntry, type Db } from './file.ts';
import { createFoldRows } from './fold-rows.ts';
import { foldRoutes } from './folds.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { createMessageRows } from './message-rows.ts';
import { recordPaces } from './paces.ts';
import { createRunRows } from './run-rows.ts';

const T = Date.UTC(2026, 9, 1);
const TERMS = { reach_within: HOUR, lost_after: DAY };

let dir: string;
let ledger: Ledger;
let db: Db;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-folds-'));
  const file = path.join(dir, 'store.db');
  ledger = openLedger({ path: file, vantage: 'home', now: T });
  db = openForEntry(file);
  const pace = { system: 'corp', check: 'inbound', intervalMs: MINUTE, holdMs: 3 * MINUTE } as const;
  recordPaces(db, [pace], { now: T, aliveAt: null });
});

afterEach(() => {
  db.close();
  ledger.close(null);
  rmSync(dir, { recursive: true });
});

function commit(...events: readonly AgentEvent[]): void {
  expect(ledger.commit(events.map((event) => ({ kind: 'event', event })))).toEqual([]);
}

/** A message a minute after `T`, that came at once unless it is said otherwise. */
function message(minute: number, change: Partial<ProbeState> = {}): void {
  const at = T + minute * MINUTE;
  const id = `a${minute}`.padEnd(20, 'x');
  const state = launchedState({ id, system: 'corp', route: 'in', kind: 'inbound', mailbox: 'hq', launchedAt: at - 50 });
  const came = { outcome: 'delivered', visibleAt: at + 100, unseenUntil: at + 80, copies: 1, folder: 'INBOX' } as const;
  const probe: ProbeState = { ...state, acceptedAt: at, settledAt: at + 200, ...came, ...change };
  const answer = { kind: 'accepted', startedAt: at, endedAt: at, transcript: [] } as never;
  commit({ kind: 'sent', at, probe, result: answer, final: true }, { kind: 'settled', at: at + 200, probe });
}

const lost = { outcome: 'lost', visibleAt: null, unseenUntil: null, copies: 0, folder: null } as const;

function fold(untilMinute: number): void {
  while (foldRoutes(db, { system: 'corp', terms: TERMS, known: T + untilMinute * MINUTE }));
}

/** The runs as a reader finds them: first and last minute, whether good, how many; and until when they tell. */
function folded(): unknown {
  const runs = createRunRows(db, 'home');
  const messages = createMessageRows(db, 'home', runs);
  const folds = createFoldRows(db, 'home');
  const [route] = messages.routes('corp');
  const target = runs.targets('corp').find(({ check }) => check === 'inbound');
  const found = route === undefined || target === undefined ? null : folds.find(route, target, TERMS);
  if (found === null) return null;
  return {
    until: (found.until - T) / MINUTE,
    runs: folds
      .touching(found, T - DAY, T + 400 * DAY)
      .map(({ from, to, ok, samples }) => [(from - T) / MINUTE, (to - T) / MINUTE, ok, samples]),
  };
}

const minutes = (from: number, to: number): void => {
  for (let minute = from; minute <= to; minute++) message(minute);
};

describe('folding', () => {
  test('joins what says the same, and goes on where it stopped', () => {
    minutes(0, 4);
    fold(6);
    expect(folded()).toEqual({ until: 5, runs: [[0, 4, true, 5]] });
    minutes(5, 9);
    message(10, lost);
    minutes(11, 12);
    fold(20);
    expect(folded()).toEqual({
      until: 19,
      runs: [
        [0, 9, true, 10],
        [10, 10, false, 1],
        [11, 12, true, 2],
      ],
    });
  });

  test('waits for a message that has not ended, and leaves the youngest minute alone', () => {
    minutes(0, 3);
    message(4, { ...lost, outcome: 'pending', settledAt: null });
    minutes(5, 9);
    fold(10);
    expect(folded()).toMatchObject({ runs: [[0, 3, true, 4]] });
    fold(4);
    expect(folded()).toMatchObject({ runs: [[0, 3, true, 4]] });
  });

  test('leaves out what is no sample: our own fault, and what may have been in time', () => {
    minutes(0, 1);
    message(2, { outcome: 'void' });
    message(3, { visibleAt: T + 3 * MINUTE + 2 * HOUR, unseenUntil: T + 3 * MINUTE });
    minutes(4, 5);
    fold(9);
    expect(folded()).toMatchObject({ runs: [[0, 5, true, 4]] });
  });

  test('does not join over a gap, a refusal, or more than the hold', () => {
    minutes(0, 1);
    commit({ kind: 'gap', at: T, gap: { from: T + 1.2 * MINUTE, to: T + 1.4 * MINUTE, why: 'own-line' } });
    minutes(2, 3);
    const [from, to] = [T + 3.2 * MINUTE, T + 3.4 * MINUTE];
    const refused = {
      system: 'corp',
      check: 'inbound',
      target: 'in',
      from,
      to,
      ok: false,
      holdMs: 3 * MINUTE,
    } as const;
    commit({ kind: 'sampled', at: to, sample: { ...refused, phases: [] }, visits: [] });
    minutes(4, 5);
    commit({ kind: 'gap', at: T, gap: { from: T + 5.2 * MINUTE, to: T + 5.4 * MINUTE, why: 'sink' } });
    minutes(6, 7);
    minutes(11, 11);
    fold(20);
    expect(folded()).toMatchObject({
      runs: [
        [0, 1, true, 2],
        [2, 3, true, 2],
        [4, 7, true, 4],
        [11, 11, true, 1],
      ],
    });
  });

  test.each<[string, () => void, unknown[]]>([
    [
      'a gap',
      () => commit({ kind: 'gap', at: T, gap: { from: T + 4.2 * MINUTE, to: T + 4.4 * MINUTE, why: 'own-line' } }),
      [
        [0, 4, true, 5],
        [5, 9, true, 5],
      ],
    ],
    [
      'a message, by a clock that was set back',
      () => message(2.5, lost),
      [
        [0, 2, true, 3],
        [2.5, 2.5, false, 1],
        [3, 9, true, 7],
      ],
    ],
  ])('is taken back by %s that is told later', (_name, tell, runs) => {
    minutes(0, 9);
    fold(20);
    expect(folded()).toEqual({ until: 19, runs: [[0, 9, true, 10]] });
    tell();
    // Before it is folded anew nothing of it is read.
    expect(folded()).toEqual({ until: 0, runs: [] });
    fold(20);
    expect(folded()).toEqual({ until: 19, runs });
  });

  test('is of one contract’s terms: others have their own', () => {
    minutes(0, 9);
    fold(20);
    while (foldRoutes(db, { system: 'corp', terms: { ...TERMS, reach_within: 50 }, known: T + 20 * MINUTE }));
    expect(folded()).toMatchObject({ runs: [[0, 9, true, 10]] });
    expect(db.prepare('SELECT ok, samples FROM route_runs ORDER BY n').raw().all()).toEqual([
      [1, 10],
      [0, 10],
    ]);
  });

  test('without a pace nothing is joined, and nothing is wrong', () => {
    db.exec('DROP TRIGGER paces_are_kept; DELETE FROM paces');
    minutes(0, 2);
    fold(9);
    expect(folded()).toMatchObject({
      runs: [
        [0, 0, true, 1],
        [1, 1, true, 1],
        [2, 2, true, 1],
      ],
    });
  });
});

describe('the store refuses it when', () => {
  beforeEach(() => {
    minutes(0, 4);
    message(5, lost);
    fold(9);
  });

  test.each([
    ['a run that is not the last grows', 'UPDATE route_runs SET samples = 9 WHERE ok = 1', 'only the last one grows'],
    ['the last run shrinks', 'UPDATE route_runs SET to_at = to_at - 1, samples = 9 WHERE ok = 0', 'only the last one'],
    ['the last run is turned', 'UPDATE route_runs SET ok = 1, samples = 9 WHERE ok = 0', 'only the last one grows'],
    [
      'a run overlaps another',
      'INSERT INTO route_runs (fold, ok, from_at, to_at, samples) SELECT fold, 1, from_at + 1, to_at, 1 FROM route_runs WHERE ok = 1',
      'do not overlap',
    ],
  ])('%s', (_name, sql, words) => {
    expect(() => db.exec(sql)).toThrow(words);
  });

  test('what is left of purged messages is deleted, and news of that time are let be', () => {
    db.exec(`DROP TRIGGER purges_of_what_is_elsewhere;
      INSERT INTO purges (system, month, from_at, to_at, at, messages)
      VALUES ('corp', '2026-10', ${(T - DAY) * 1_000}, ${(T + 3 * MINUTE) * 1_000}, 0, 0)`);
    expect(() => db.exec('DELETE FROM route_runs WHERE ok = 1')).toThrow('were purged');
    message(1.5, lost);
    expect(folded()).toMatchObject({ runs: [[0, 4, true, 5]] });
    fold(9);
    expect(folded()).toEqual({
      until: 8,
      runs: [
        [0, 4, true, 5],
        [5, 5, false, 1],
      ],
    });
  });
});
