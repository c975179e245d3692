import path from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadContract } from '../config/load-contract.ts';
import { readBack } from '../../test/support/read-back.ts';
import { MARCH, randomFacts } from '../../test/support/random-facts.ts';
import { computeReport } from './compute-report.ts';
import { connectedTime } from './connected.ts';
import { windowsOf } from './exclusions.ts';
import { total } from './interval.ts';
import type { ClauseReport, Report } from './report.ts';
import { routeSamplesOf } from './samples.ts';
import { timeIn } from './timeline.ts';

const { contract } = loadContract(path.join(import.meta.dirname, '../../config/contract.yaml'));
const RUNS = { numRuns: 200 };

function clausesOf<Kind extends ClauseReport['kind']>(
  report: Report,
  kind: Kind,
): Extract<ClauseReport, { kind: Kind }>[] {
  return report.clauses.filter((clause): clause is Extract<ClauseReport, { kind: Kind }> => clause.kind === kind);
}

test('least <= estimate <= most, and all of a month is good, bad, unmeasured or taken out', () => {
  fc.assert(
    fc.property(randomFacts, (facts) => {
      const connected = connectedTime(facts, contract, routeSamplesOf(facts, contract));
      const taken = windowsOf(facts.exclusions, contract).taken(['a', 'b', 'e']);
      const [least, estimate, most] = [connected.least, connected.estimate, connected.most].map((timeline) => {
        const { bad, unmeasured } = timeIn(timeline, MARCH, taken);
        expect(total(bad) + total(unmeasured)).toBeLessThanOrEqual(MARCH.to - MARCH.from);
        return total(bad);
      });
      expect(least).toBeLessThanOrEqual(estimate ?? Number.NaN);
      expect(estimate).toBeLessThanOrEqual(most ?? Number.NaN);
    }),
    RUNS,
  );
});

test('the parts of a month that is cut in two add up to the month', () => {
  fc.assert(
    fc.property(randomFacts, fc.integer({ min: MARCH.from, max: MARCH.to }), (facts, cut) => {
      const taken = windowsOf(facts.exclusions, contract).taken(['a', 'b', 'e'], true);
      const { estimate } = connectedTime(facts, contract, routeSamplesOf(facts, contract));
      const whole = timeIn(estimate, MARCH, taken);
      const first = timeIn(estimate, { from: MARCH.from, to: cut }, taken);
      const second = timeIn(estimate, { from: cut, to: MARCH.to }, taken);
      expect(total(first.bad) + total(second.bad)).toBe(total(whole.bad));
      expect(total(first.unmeasured) + total(second.unmeasured)).toBe(total(whole.unmeasured));
    }),
    RUNS,
  );
});

test('neither the order of the facts nor a fact told twice changes a figure', async () => {
  await fc.assert(
    fc.asyncProperty(randomFacts, fc.func(fc.integer()), async (facts, rank) => {
      const other = await readBack(facts, rank);
      expect(computeReport(other, contract, '2026-03')).toEqual(computeReport(facts, contract, '2026-03'));
    }),
    RUNS,
  );
});

test('the outages of a clause add up to its value, and their shares to no more than its bounds', () => {
  fc.assert(
    fc.property(randomFacts, (facts) => {
      for (const clause of clausesOf(computeReport(facts, contract, '2026-03'), 'time')) {
        if (clause.unit === 'ratio' || clause.measure === 'adjustment' || clause.value === null) continue;
        const sum = (of: (outage: (typeof clause.outages)[number]) => number): number =>
          clause.outages.reduce((minutes, outage) => minutes + of(outage) / 60, 0);
        const length = sum(({ from, to }) => (Date.parse(to) - Date.parse(from)) / 1000);
        expect(length).toBeCloseTo(clause.value, 4);
        expect(sum(({ least_s }) => least_s)).toBeCloseTo(clause.least ?? 0, 4);
        expect(sum(({ most_s }) => most_s)).toBeLessThanOrEqual((clause.most ?? 0) + 1e-5);
        for (const outage of clause.outages) {
          const own = (Date.parse(outage.to) - Date.parse(outage.from)) / 1000;
          expect(outage.least_s).toBeLessThanOrEqual(own + 1e-6);
          expect(outage.most_s).toBeGreaterThanOrEqual(own - 1e-6);
        }
      }
    }),
    RUNS,
  );
});

test('a verdict that is sure holds on what was measured, too', () => {
  fc.assert(
    fc.property(randomFacts, (facts) => {
      const report = computeReport(facts, contract, '2026-03');
      for (const clause of report.clauses) {
        if (clause.kind === 'blank' || clause.kind === 'delay') continue;
        const isSure = clause.verdict === 'met' || clause.verdict === 'missed';
        expect([clause.id, isSure ? clause.verdict_on_measured : clause.verdict]).toEqual([clause.id, clause.verdict]);
        expect(clause.reason === undefined).toBe(clause.verdict !== 'open');
      }
    }),
    RUNS,
  );
});

test('what a delay can be at best is no longer than the figure, and at worst no shorter', () => {
  fc.assert(
    fc.property(randomFacts, (facts) => {
      for (const clause of clausesOf(computeReport(facts, contract, '2026-03'), 'delay')) {
        expect(clause.exceedances_least).toBeLessThanOrEqual(clause.exceedances);
        expect(clause.exceedances).toBeLessThanOrEqual(clause.exceedances_most);
        expect(clause.exceedances).toBe(clause.over_ids.length + clause.lost_ids.length);
        expect(clause.distribution.reduce((sum, { n }) => sum + n, 0)).toBe(clause.n);
        if (clause.mean_s === null) continue;
        expect(clause.mean_least_s).toBeLessThanOrEqual(clause.mean_s);
        expect(clause.mean_most_s).toBeGreaterThanOrEqual(clause.mean_s);
      }
    }),
    RUNS,
  );
});
