import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seriesOf } from '../../test/support/exposition.ts';
import { exampleSettings, START } from '../../test/support/feed.ts';
import { describeWithPrograms } from '../../test/support/needs.ts';
import { loadContract } from '../config/load-contract.ts';
import { createHandClock } from '../lib/hand-clock.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { MonthFigures } from './month-figures.ts';

const { contract: guarantee } = loadContract('config/contract.yaml');
const { contract: credits } = loadContract('config/contract-credit-tiers.yaml');
const VERDICTS = ['met', 'missed', 'open', 'no_data'] as const;

const FIGURES: MonthFigures = {
  knownAt: START,
  unmeasuredMs: 90_000,
  down: { leastMs: 60_000, estimateMs: 75_500, mostMs: 90_000 },
  budgetLeftMs: -1_500,
  delays: { send: { meanS: 1.25, maxS: 3_700, exceedances: 1 }, receive: { meanS: null, maxS: null, exceedances: 0 } },
  verdicts: [
    { clause: '1', verdict: 'missed' },
    { clause: '2a', verdict: 'open' },
  ],
};

let metrics: Metrics;
beforeEach(() => {
  const contracts = new Map([
    ['hq', guarantee],
    ['web', credits],
  ]);
  metrics = createMetrics({ settings: exampleSettings(), contracts, clock: createHandClock(START), version: '1.2.3' });
});
afterEach(() => metrics.stop());

/** The one verdict that stands at 1; undefined where there are not exactly four series with one 1 among them. */
function verdictOf(text: string, system: string, clause: string): string | undefined {
  const values = VERDICTS.map((verdict) =>
    seriesOf(text, 'mailwitness_month_clause_verdict', { system, clause, verdict }),
  );
  const sound =
    values.filter((value) => value === 1).length === 1 && values.filter((value) => value === 0).length === 3;
  return sound ? VERDICTS[values.indexOf(1)] : undefined;
}

test('before the first computation all series are there, figures unknown and verdicts without data', async () => {
  const text = await metrics.scrape();
  const hq = { system: 'hq' };
  for (const bound of ['least', 'estimate', 'most'])
    expect(seriesOf(text, 'mailwitness_month_down_seconds', { ...hq, bound })).toBeNaN();
  for (const name of ['month_down_budget_left', 'month_unmeasured', 'month_computed_timestamp'])
    expect(seriesOf(text, `mailwitness_${name}_seconds`, hq)).toBeNaN();
  for (const direction of ['send', 'receive'])
    for (const name of ['delay_mean_seconds', 'delay_max_seconds', 'delay_exceedances'])
      expect(seriesOf(text, `mailwitness_month_${name}`, { ...hq, direction })).toBeNaN();
  expect(seriesOf(text, 'mailwitness_month_compute_failures_total', hq)).toBe(0);
  for (const { id, blank } of guarantee.clauses) expect(verdictOf(text, 'hq', id)).toBe(blank ? undefined : 'no_data');
});

test('a contract without delays has no series of any', async () => {
  const text = await metrics.scrape();
  expect(verdictOf(text, 'web', 'availability')).toBe('no_data');
  expect(text).not.toMatch(/month_delay_\w+\{system="web"/);
});

test('figures are told in seconds; what is not known among them stays unknown', async () => {
  metrics.months.computed('hq', FIGURES);
  const text = await metrics.scrape();
  const hq = { system: 'hq' };
  expect(seriesOf(text, 'mailwitness_month_down_seconds', { ...hq, bound: 'least' })).toBe(60);
  expect(seriesOf(text, 'mailwitness_month_down_seconds', { ...hq, bound: 'estimate' })).toBe(75.5);
  expect(seriesOf(text, 'mailwitness_month_down_seconds', { ...hq, bound: 'most' })).toBe(90);
  expect(seriesOf(text, 'mailwitness_month_down_budget_left_seconds', hq)).toBe(-1.5);
  expect(seriesOf(text, 'mailwitness_month_unmeasured_seconds', hq)).toBe(90);
  expect(seriesOf(text, 'mailwitness_month_delay_mean_seconds', { ...hq, direction: 'send' })).toBe(1.25);
  expect(seriesOf(text, 'mailwitness_month_delay_max_seconds', { ...hq, direction: 'send' })).toBe(3_700);
  expect(seriesOf(text, 'mailwitness_month_delay_exceedances', { ...hq, direction: 'send' })).toBe(1);
  expect(seriesOf(text, 'mailwitness_month_delay_mean_seconds', { ...hq, direction: 'receive' })).toBeNaN();
  expect(seriesOf(text, 'mailwitness_month_delay_exceedances', { ...hq, direction: 'receive' })).toBe(0);
  expect(seriesOf(text, 'mailwitness_month_computed_timestamp_seconds', hq)).toBe(START / 1_000);
  expect(verdictOf(text, 'hq', '1')).toBe('missed');
  expect(verdictOf(text, 'hq', '2a')).toBe('open');
  expect(verdictOf(text, 'hq', '3b')).toBe('no_data');
});

test('a failure is counted, and what stood stays', async () => {
  metrics.months.computed('hq', FIGURES);
  metrics.months.failed('hq');
  const text = await metrics.scrape();
  expect(seriesOf(text, 'mailwitness_month_compute_failures_total', { system: 'hq' })).toBe(1);
  expect(verdictOf(text, 'hq', '1')).toBe('missed');
});

test('a system that the configuration does not have makes no series', async () => {
  metrics.months.computed('former', FIGURES);
  metrics.months.failed('former');
  expect(await metrics.scrape()).not.toContain('former');
});

describeWithPrograms('promtool check metrics', ['promtool'], () => {
  test('finds nothing in the series of a month, computed or not', async () => {
    for (const _ of ['before', 'after']) {
      const run = spawnSync('promtool', ['check', 'metrics'], { input: await metrics.scrape(), encoding: 'utf8' });
      expect({ status: run.status, text: run.stdout + run.stderr }).toEqual({ status: 0, text: '' });
      metrics.months.computed('hq', FIGURES);
    }
  });
});
