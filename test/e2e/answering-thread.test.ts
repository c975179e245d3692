import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadContract } from '../../src/config/load-contract.ts';
import { HOUR, MINUTE } from '../../src/lib/time.ts';
import type { Answering } from '../../src/month/answering.ts';
import { createAnswering as createHere } from '../../src/month/answering.ts';
import { writeYear } from '../support/year-store.ts';

// A thread runs compiled code only, so this is a test of what `npm run build` made.
const BUILT = new URL('../../dist/month/answering.js', import.meta.url).href;
const NEVER = new AbortController().signal;
const MAY = { system: 'hq', month: '2026-05', revision: null, format: 'json', lang: 'en' } as const;

let folder: string;
let store: string;
let answering: Answering;
let here: Answering;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-thread-'));
  store = path.join(folder, 'store.db');
  const [from, to] = [Date.parse('2026-05-01T00:00:00+08:00'), Date.parse('2026-05-20T00:00:00+08:00')];
  writeYear({ file: store, system: 'hq', from, to, seed: 3, checkEvery: MINUTE, routeEvery: HOUR, outages: 5 });
  const file = 'config/contract.yaml';
  const options = { store, agreements: [{ system: 'hq', file, text: loadContract(file).text }] };
  const { createAnswering } = (await import(BUILT)) as { createAnswering: typeof createHere };
  answering = createAnswering(options);
  here = createHere(options, false);
});
afterEach(async () => {
  await answering.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the thread answers as this one would, many at once', async () => {
  const [report, list, figures, again] = await Promise.all([
    answering.report(MAY, NEVER),
    answering.list('hq', NEVER),
    answering.figures('hq', NEVER),
    answering.report(MAY, NEVER),
  ]);
  expect(report).toEqual(await here.report(MAY, NEVER));
  expect(again).toEqual(report);
  expect(list).toEqual(await here.list('hq', NEVER));
  expect(figures).toEqual(await here.figures('hq', NEVER));
});

test('given up in the middle it is ended with all that waits there, and the next question has a new one', async () => {
  const limit = new AbortController();
  const all = Promise.allSettled([answering.report(MAY, limit.signal), answering.list('hq', NEVER)]);
  limit.abort();
  const why = expect.objectContaining({
    message: 'the thread that computes months took too long and was ended',
  }) as Error;
  expect(await all).toEqual([
    { status: 'rejected', reason: why },
    { status: 'rejected', reason: why },
  ]);
  expect(await answering.list('hq', NEVER)).toEqual(await here.list('hq', NEVER));
});

test('a bug in an answer is told to whoever asked, and the thread lives on', async () => {
  await expect(answering.list('other', NEVER)).rejects.toThrow('system "other"');
  expect(await answering.figures('hq', NEVER)).toEqual(await here.figures('hq', NEVER));
});

test('a store that cannot be opened is told each time, and is found again once it is there', async () => {
  renameSync(store, `${store}.away`);
  await expect(answering.list('hq', NEVER)).rejects.toThrow(/has died: .*store\.db/);
  await expect(answering.list('hq', NEVER)).rejects.toThrow(/has died: .*store\.db/);
  renameSync(`${store}.away`, store);
  expect(await answering.list('hq', NEVER)).toEqual(await here.list('hq', NEVER));
});

test('once stopped it answers nothing, and what was under way is given up', async () => {
  const all = Promise.allSettled([answering.report(MAY, NEVER)]);
  await answering.stop();
  expect(await all).toMatchObject([{ status: 'rejected' }]);
  await expect(answering.list('hq', NEVER)).rejects.toThrow('stopping');
});
