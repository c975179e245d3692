import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeRandomStore } from '../../test/support/random-store.ts';
import { loadContract } from '../config/load-contract.ts';
import { DAY, MINUTE, SECOND } from '../lib/time.ts';
import { openForEntry } from '../store/file.ts';
import { createProbeRows, type ProbeRows } from '../store/probe-rows.ts';
import { delaySeries, SPREAD_STEPS } from './delay-series.ts';

const { contract } = loadContract(path.join(import.meta.dirname, '../../config/contract.yaml'));
const NOW = Date.parse('2026-10-31T00:00:00Z');

/** Rows of one route; [how long before now, delay (null: none), lost]. */
function rowsOf(rows: readonly (readonly [number, number | null, boolean])[]): ProbeRows {
  return {
    latest: () => [],
    evidence: () => null,
    delays: () => [
      {
        route: 'in',
        kind: 'inbound',
        rows: rows.map(
          ([before, delay, lost]) => [NOW - before, delay === null ? null : NOW - before + delay, lost] as const,
        ),
      },
    ],
  };
}

test('percentiles are nearest ranks, what is exactly the limit is not above it, and early is 0', () => {
  const delays = [-5, ...Array.from({ length: 97 }, (_, index) => (index + 1) * 100), 60 * SECOND, 60 * SECOND + 1];
  const rows = rowsOf(delays.map((delay, index) => [DAY - index * MINUTE, delay, false]));
  const [series] = delaySeries(rows, { system: 'corp', days: 1 }, NOW, contract);
  expect(series).toMatchObject({
    n: 100,
    missing: 0,
    p50Ms: 4_900,
    p95Ms: 9_400,
    maxMs: 60_001,
    limits: [
      { limitMs: 60 * SECOND, over: 1 },
      { limitMs: 3_600 * SECOND, over: 0 },
    ],
  });
  expect(series?.spread.reduce((sum, n) => sum + n, 0)).toBe(100);
  expect(series?.spread).toHaveLength(SPREAD_STEPS);
});

test('what has not come out is missing, and a mark of its time only where it was given up', () => {
  const rows = rowsOf([
    [DAY - MINUTE, null, true],
    [MINUTE, null, false],
  ]);
  const [series] = delaySeries(rows, { system: 'corp', days: 1 }, NOW, contract);
  expect(series).toMatchObject({ n: 0, missing: 2, p50Ms: null, p95Ms: null, maxMs: null });
  expect(series?.parts).toMatchObject([{ minMs: null, p50Ms: null, maxMs: null, missing: 1 }]);
});

test('the limits are those of the contract, whatever they are', () => {
  const clauses = contract.clauses.map((clause) =>
    clause.blank || clause.measure !== 'receive_delay'
      ? clause
      : {
          ...clause,
          objectives: [
            { metric: 'max_s', op: '<=', limit: { numerator: 5n, scale: 0, text: '5' }, governs: true } as const,
          ],
        },
  );
  const rows = rowsOf([
    [MINUTE, 4_000, false],
    [MINUTE, 6_000, false],
  ]);
  const [series] = delaySeries(rows, { system: 'corp', days: 1 }, NOW, { ...contract, clauses });
  expect(series?.limits).toEqual([{ limitMs: 5 * SECOND, over: 1 }]);
});

test('of a store they are those of the messages that it holds', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-delays-'));
  const file = path.join(dir, 'store.db');
  writeRandomStore({ file, from: NOW - 60 * DAY, to: NOW, seed: 5 }, () => {});
  const db = openForEntry(file);
  try {
    const made = delaySeries(createProbeRows(db), { system: 'corp', days: 30 }, NOW, contract);
    expect(made.map(({ kind }) => kind)).toEqual(['inbound', 'outbound']);
    for (const { kind, n, missing, p50Ms, maxMs, limits, parts } of made) {
      const raw = db
        .prepare<[string, number, number], { delay: number | null }>(
          `SELECT max(0, ${kind === 'outbound' ? 'relayed_at' : 'visible_at'} / 1000 - accepted_at / 1000) delay
           FROM probes p JOIN routes r ON r.n = p.route
           WHERE r.kind = ? AND outcome <> 'void' AND accepted_at >= ? AND accepted_at < ?`,
        )
        .all(kind, (NOW - 30 * DAY) * 1_000, (NOW + 1) * 1_000)
        .map(({ delay }) => delay);
      const out = raw.filter((delay) => delay !== null).sort((one, other) => one - other);
      expect(out.length).toBeGreaterThan(50);
      expect({ n, missing }).toEqual({ n: out.length, missing: raw.length - out.length });
      expect(p50Ms).toBe(out[Math.ceil(out.length / 2) - 1]);
      expect(maxMs).toBe(out.at(-1));
      expect(limits.map(({ limitMs, over }) => [limitMs, over])).toEqual(
        [60_000, 3_600_000].map((limit) => [limit, out.filter((delay) => delay > limit).length]),
      );
      expect(Math.max(...parts.map((part) => part.maxMs ?? 0))).toBe(maxMs);
    }
  } finally {
    db.close();
    rmSync(dir, { recursive: true });
  }
});
