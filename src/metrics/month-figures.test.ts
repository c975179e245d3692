import { expect, test } from 'vitest';
import { CREDITS, MISSED, NO_DATA, QUIET } from '../../test/support/sample-reports.ts';
import { loadContract } from '../config/load-contract.ts';
import type { Facts, RunFact } from '../facts/facts.ts';
import { HOUR, MINUTE, SECOND } from '../lib/time.ts';
import { computeReport } from '../sla/compute-report.ts';
import { monthFigures } from './month-figures.ts';

const { contract: guarantee } = loadContract('config/contract.yaml');
const { contract: credits } = loadContract('config/contract-credit-tiers.yaml');
const OCTOBER = Date.parse('2026-10-01T00:00:00+08:00');

/** IMAP was down for some minutes from noon of the 1st on, and is looked at once a minute until the second noon. */
function factsUntil(downMinutes: number, known = OCTOBER + 36 * HOUR): Facts {
  const noon = OCTOBER + 12 * HOUR;
  const run = (ok: boolean, from: number, to: number): RunFact => ({
    type: 'run',
    vantage: 'here',
    check: 'imap',
    ok,
    from,
    to,
    samples: Math.max(1, Math.round((to - from) / MINUTE)),
  });
  return {
    header: {
      type: 'header',
      format: 'mailwitness-evidence',
      version: 1,
      system: 'hq',
      timezone: 'Asia/Shanghai',
      from: OCTOBER,
      to: known,
      checks: { imap: { interval_s: 60 } },
      product: 'test',
    },
    runs: [
      run(true, OCTOBER + HOUR, noon - MINUTE),
      run(false, noon, noon + (downMinutes - 1) * MINUTE),
      run(true, noon + downMinutes * MINUTE, known),
    ],
    gaps: [],
    messages: [],
    exclusions: [],
    records: [],
  };
}

test('down time has its bounds, and what the stricter of two limits leaves of the month', () => {
  const figures = monthFigures(computeReport(factsUntil(10), guarantee, '2026-10'));
  expect(figures.down).toEqual({ leastMs: 9 * MINUTE, estimateMs: 10 * MINUTE, mostMs: 11 * MINUTE });
  // 44 min are less than 0.1 % of 31 days, which are 44.64 min.
  expect(figures.budgetLeftMs).toBe(34 * MINUTE);
});

test('0.1 % of a month that counts 30 days is 43.2 min; what is spent is below zero', () => {
  const { budgetLeftMs } = monthFigures(computeReport(factsUntil(60), credits, '2026-10'));
  expect(budgetLeftMs).toBe(43.2 * MINUTE - 60 * MINUTE);
});

test('unmeasured is what was not measured until now, and nothing of what is to come', () => {
  const known = OCTOBER + 36 * HOUR + 5 * SECOND;
  const report = computeReport(factsUntil(10, known), guarantee, '2026-10');
  expect(report.unmeasured_minutes).toBeGreaterThan(29 * 24 * 60);
  expect(monthFigures(report)).toMatchObject({ unmeasuredMs: HOUR, knownAt: known });
});

test('a month of which nothing was seen has no figures, and each clause says so', () => {
  const figures = monthFigures(NO_DATA);
  expect(figures).toMatchObject({ down: null, budgetLeftMs: null, delays: { receive: null } });
  expect(figures.delays.send).toMatchObject({ meanS: null, maxS: null });
  expect(figures.verdicts.find(({ clause }) => clause === '1')).toEqual({ clause: '1', verdict: 'no data' });
});

test('delays are those of the clause on sending, in seconds', () => {
  expect(monthFigures(MISSED).delays).toEqual({
    send: { meanS: 60.0015, maxS: 3601, exceedances: 2 },
    receive: null,
  });
});

test('a contract without delays has none, and a clause that is blank has no verdict', () => {
  expect(monthFigures(CREDITS).delays).toEqual({ send: null, receive: null });
  expect(monthFigures(QUIET).verdicts.map(({ clause }) => clause)).not.toContain('6');
});

test('a limit that does not govern leaves the budget to the other one', () => {
  const clauses = guarantee.clauses.map((clause) =>
    clause.blank || clause.id !== '1'
      ? clause
      : {
          ...clause,
          objectives: clause.objectives.map((one) => ({ ...one, governs: one.metric === 'availability' })),
        },
  );
  const { budgetLeftMs } = monthFigures(computeReport(factsUntil(10), { ...guarantee, clauses }, '2026-10'));
  expect(budgetLeftMs).toBe((44.64 - 10) * MINUTE);
});
