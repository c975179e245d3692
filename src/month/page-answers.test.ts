import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endedProbe, START } from '../../test/support/feed.ts';
import { loadContract } from '../config/load-contract.ts';
import { MINUTE, SECOND } from '../lib/time.ts';
import { openCurrentReadOnly, type Db } from '../store/file.ts';
import { openStore } from '../store/store.ts';
import { seriesWords } from './delay-chart.ts';
import type { DelaySeries } from './delay-series.ts';
import { createPageAnswers, type PageAnswers } from './page-answers.ts';

const { contract } = loadContract('config/contract.yaml');
const ASKED = { system: 'hq', days: 1 } as const;

let dir: string;
let store: Awaited<ReturnType<typeof openStore>>;
let db: Db;
let now: number;
let answers: PageAnswers;

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-page-answers-'));
  const file = path.join(dir, 'store.db');
  store = await openStore({ path: file, vantage: 'office', now: START, thread: false });
  await deliver('a', 2 * SECOND);
  db = openCurrentReadOnly(file);
  now = 1_000;
  answers = createPageAnswers(
    db,
    () => contract,
    () => now,
  );
});
afterEach(async () => {
  db.close();
  await store.close(START + 10 * MINUTE);
  rmSync(dir, { recursive: true });
});

async function deliver(letter: string, delayMs: number): Promise<void> {
  const probe = endedProbe('inbound', delayMs, { id: letter.repeat(20) });
  const at = probe.settledAt ?? START;
  await store.append({
    kind: 'launched',
    at: probe.launchedAt,
    probe: { ...probe, settledAt: null, outcome: 'pending' },
  });
  await store.append({ kind: 'settled', at, probe });
}

function tellDelays(): DelaySeries {
  const [series] = answers.delays(ASKED);
  if (series === undefined) throw new Error('expected a route');
  return series;
}

async function chartOf({ route, kind }: DelaySeries, to: number | null): Promise<string> {
  return (await answers.chart({ ...ASKED, to, route, kind, chart: 'time', lang: 'en' })) ?? '';
}

test('a page and its charts are of one reading, whatever arrives between them', async () => {
  const told = tellDelays();
  await deliver('b', 50 * SECOND);
  now += 4 * SECOND;
  expect(await chartOf(told, told.to)).toContain(seriesWords('en', told));
  expect(await chartOf(told, null)).toContain(seriesWords('en', told));

  const newer = tellDelays();
  expect([told.n, newer.n]).toEqual([1, 2]);
  expect(newer.to).toBeGreaterThan(told.to);
  // A page that was read before asks for its charts now.
  expect(await chartOf(told, told.to)).toContain(seriesWords('en', told));
  expect(await chartOf(told, newer.to)).toContain(seriesWords('en', newer));
  expect(await chartOf(told, null)).toContain(seriesWords('en', newer));
});

test('a reading is kept for some seconds, and a chart that comes later draws a new one', async () => {
  const told = tellDelays();
  await deliver('b', 50 * SECOND);
  now += 5 * SECOND;
  expect(await chartOf(told, told.to)).toContain(seriesWords('en', told));
  expect(await chartOf(told, null)).not.toContain(seriesWords('en', told));
  now += 15 * SECOND;
  expect(await chartOf(told, told.to)).not.toContain(seriesWords('en', told));
});

test('readings of other days and other systems are others', async () => {
  const [day, week] = [answers.delays(ASKED), answers.delays({ ...ASKED, days: 7 })];
  expect([day[0]?.from, week[0]?.from].map((from) => (day[0]?.to ?? 0) - (from ?? 0) > 2 * 24 * 60 * MINUTE)).toEqual([
    false,
    true,
  ]);
  expect(answers.delays({ ...ASKED, system: 'web' })).toEqual([]);
  const asked = {
    route: day[0]?.route ?? '',
    kind: 'inbound',
    chart: 'time',
    lang: 'en',
    to: day[0]?.to ?? 0,
  } as const;
  expect(await answers.chart({ ...asked, system: 'web', days: 1 })).toBeNull();
});
