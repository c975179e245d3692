import path from 'node:path';
import { expect, test } from 'vitest';
import { loadContract } from '../config/load-contract.ts';
import type { Facts, RunFact } from '../facts/facts.ts';
import { connectedTime } from './connected.ts';
import { total } from './interval.ts';
import { routeSamplesOf } from './samples.ts';
import { timeIn } from './timeline.ts';

const { contract } = loadContract(path.join(import.meta.dirname, '../../config/contract.yaml'));
const INTERVAL = 15_000;
const VISIT = 8;

/** Lehmer's generator: the same outages on every machine. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

interface Outage {
  readonly from: number;
  readonly to: number;
}

/** The runs of a check that visits every 15 s; a visit in an outage fails, and its second attempt at once after it. */
function sampled(outages: readonly Outage[], until: number, phase: number): RunFact[] {
  const runs: RunFact[] = [];
  let next = 0;
  for (let at = phase; at <= until; at += INTERVAL) {
    while ((outages[next]?.to ?? Number.POSITIVE_INFINITY) <= at) next++;
    const isDown = (instant: number): boolean => {
      const outage = outages[next];
      return outage !== undefined && instant >= outage.from && instant < outage.to;
    };
    const ok = !(isDown(at) && isDown(at + VISIT));
    const end = at + (ok ? VISIT : 2 * VISIT);
    const last = runs.at(-1);
    if (last !== undefined && last.ok === ok) runs[runs.length - 1] = { ...last, to: end, samples: last.samples + 1 };
    else runs.push({ type: 'run', vantage: 'here', check: 'imap', ok, from: at, to: end, samples: 1 });
  }
  return runs;
}

test('outages of 1 s to 10 intervals at random phases: the mean of the estimates is the truth within 1 %, each within its bounds', () => {
  const random = createRandom(20_261_001);
  const OUTAGES = 40_000;
  const SPACE = 30 * INTERVAL;
  const outages = Array.from({ length: OUTAGES }, (_, index) => {
    const from = index * SPACE + 5 * INTERVAL + Math.round(random() * 5 * INTERVAL);
    return { from, to: from + 1000 + Math.round(random() * (10 * INTERVAL - 1000)) };
  });
  const until = OUTAGES * SPACE;
  const runs = sampled(outages, until, 137);
  const facts: Facts = {
    header: {
      type: 'header',
      format: 'mailwitness-evidence',
      version: 1,
      system: 's',
      timezone: 'UTC',
      from: 0,
      to: until,
      checks: { imap: { interval_s: INTERVAL / 1000 } },
      product: 'test',
    },
    runs,
    gaps: [],
    messages: [],
    exclusions: [],
    records: [],
  };
  const connected = connectedTime(facts, contract, routeSamplesOf(facts, contract));
  const badIn = (bound: 'least' | 'estimate' | 'most', span: Outage): number =>
    total(timeIn(connected[bound], span, []).bad);
  const truth = outages.reduce((sum, { from, to }) => sum + to - from, 0);
  const all = { from: 0, to: until };
  expect(badIn('estimate', all) / truth).toBeGreaterThan(0.99);
  expect(badIn('estimate', all) / truth).toBeLessThan(1.01);

  let unseen = 0;
  const wrong: string[] = [];
  const bad = { least: chunked(connected.least), most: chunked(connected.most) };
  for (const [index, { from, to }] of outages.entries()) {
    const least = bad.least.get(index) ?? 0;
    const most = bad.most.get(index) ?? 0;
    // An outage that lies between two visits is seen by neither; those that were seen make up for it in the mean.
    if (most === 0) {
      unseen++;
      if (to - from >= INTERVAL + VISIT) wrong.push(`${to - from} was not seen`);
    } else if (to - from < least || to - from > most) wrong.push(`${to - from} not in [${least}, ${most}]`);
  }
  expect(wrong).toEqual([]);
  expect(unseen).toBeGreaterThan(0);

  /** Bad time by outage: each has a stretch of time to itself. */
  function chunked(timeline: typeof connected.least): Map<number, number> {
    const sums = new Map<number, number>();
    for (const { from, to, state } of timeline) {
      if (state === 'bad') sums.set(Math.floor(from / SPACE), (sums.get(Math.floor(from / SPACE)) ?? 0) + to - from);
    }
    return sums;
  }
});
