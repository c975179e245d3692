import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeYear } from '../../test/support/year-store.ts';
import { loadContract } from '../config/load-contract.ts';
import { HOUR, MINUTE } from '../lib/time.ts';
import { monthGlance } from './glance.ts';
import { toJson } from '../report/to-json.ts';
import type { Report } from '../sla/report.ts';
import { openCurrentReadOnly, openForEntry } from '../store/file.ts';
import { revisionsOf } from '../store/revisions.ts';
import { createAnswering, type Answering } from './answering.ts';
import { closeMonth } from './close.ts';
import type { ReportText, ReportTextAsked } from './report-text.ts';
import { monthReport } from './month-report.ts';

const FILE = 'config/contract.yaml';
const { contract, text } = loadContract(FILE);
const NEVER = new AbortController().signal;
const CLOSED_AT = Date.parse('2026-05-03T09:30:00.250+08:00');
const KNOWN = Date.parse('2026-05-04T12:00:00+08:00');

let folder: string;
let store: string;
let answering: Answering;

// Two systems; of hq there are data from April to the 4th of May, and April is closed.
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-answers-'));
  store = path.join(folder, 'store.db');
  writeYear({
    file: store,
    system: 'hq',
    from: Date.parse('2026-04-01T00:00:00+08:00') + HOUR,
    to: KNOWN,
    seed: 7,
    checkEvery: MINUTE,
    routeEvery: 30 * MINUTE,
    outages: 12,
  });
  const db = openForEntry(store);
  try {
    const asked = {
      system: 'hq',
      month: '2026-04',
      contract: { file: FILE, text },
      now: CLOSED_AT,
      provisional: false,
    };
    await closeMonth(db, asked);
  } finally {
    db.close();
  }
  const agreements = ['hq', 'new'].map((system) => ({ system, file: FILE, text }));
  answering = createAnswering({ store, agreements });
});
afterAll(async () => {
  await answering.stop();
  rmSync(folder, { recursive: true, force: true });
});

function ask(change: Partial<ReportTextAsked> = {}): Promise<ReportText> {
  const asked = { system: 'hq', month: '2026-05', revision: null, format: 'json', lang: 'en', ...change } as const;
  return answering.report(asked, NEVER);
}

async function textOf(change: Partial<ReportTextAsked> = {}): Promise<string> {
  const answer = await ask(change);
  return answer.kind === 'report' ? answer.text : `none: ${answer.why.en}`;
}

function fromStore<Value>(read: (db: ReturnType<typeof openCurrentReadOnly>) => Value): Value {
  const db = openCurrentReadOnly(store);
  try {
    return read(db);
  } finally {
    db.close();
  }
}

function liveReport(month: string): Report {
  const found = fromStore((db) => monthReport(db, { system: 'hq', month, contract, which: 'live' }));
  if (found.kind !== 'live') throw new Error(`${month} was not computed`);
  return found.report;
}

describe('a report', () => {
  test('of the running month is the one that is computed from the store as it stands', async () => {
    const json = await textOf();
    expect(json).toBe(toJson(liveReport('2026-05')));
    expect(JSON.parse(json)).toMatchObject({ month: '2026-05', revision: 1, provisional: true });
  });

  test('of a closed month is what was published, byte for byte, whether its number is named or not', async () => {
    const [published] = fromStore((db) => revisionsOf(db, 'hq', '2026-04'));
    expect(await textOf({ month: '2026-04' })).toBe(published?.report);
    expect(await textOf({ month: '2026-04', revision: 1 })).toBe(published?.report);
  });

  test('as a document tells when it was closed, and what it was computed from', async () => {
    const [published] = fromStore((db) => revisionsOf(db, 'hq', '2026-04'));
    const html = await textOf({ month: '2026-04', format: 'html' });
    expect(html).toContain('2026-05-03 09:30:00');
    expect(html).toContain(published?.evidenceSha256);
    const running = await textOf({ format: 'html', lang: 'zh' });
    expect(running).toContain('<html lang="zh-CN">');
    expect(running).not.toContain('2026-05-03 09:30:00');
  });

  test.each([
    [
      'a month before the first data',
      { month: '2026-03' },
      /^month: expected a month that the store has data of, got 2026-03/,
    ],
    ['a month that has not begun', { month: '2026-06' }, /^month: expected a month that has begun, got 2026-06/],
    ['a system of which nothing was seen', { system: 'new' }, /^month: expected a system that the store has data of/],
    ['a revision of a month that was not closed', { revision: 1 }, /^revision: expected a revision of 2026-05/],
    ['a revision that is not there', { month: '2026-04', revision: 2 }, /^revision: expected .*, got 2$/],
  ])('%s is refused in one line', async (_, change, why) => {
    const answer = await ask(change);
    expect(answer).toEqual({
      kind: 'none',
      why: { en: expect.stringMatching(why) as string, zh: expect.stringMatching(/^(月份|版次)：应为/) as string },
    });
  });
});

describe('the list of months', () => {
  test('has those since the first data, which of them runs, and what was closed', async () => {
    expect(await answering.list('hq', NEVER)).toEqual({
      timezone: 'Asia/Shanghai',
      months: [
        { month: '2026-04', running: false, revisions: [{ revision: 1, closedAt: CLOSED_AT, provisional: false }] },
        { month: '2026-05', running: true, revisions: [] },
      ],
    });
  });

  test('is empty where nothing was measured', async () => {
    expect(await answering.list('new', NEVER)).toEqual({ timezone: 'Asia/Shanghai', months: [] });
  });
});

describe('the figures for the metrics', () => {
  test('are those of the running month', async () => {
    const figures = await answering.figures('hq', NEVER);
    expect(figures).toEqual(monthGlance(liveReport('2026-05')));
    expect(figures).toMatchObject({ knownAt: KNOWN, down: { estimateMs: expect.any(Number) as number } });
  });

  test('are none where nothing was measured', async () => {
    expect(await answering.figures('new', NEVER)).toBeNull();
  });
});

test('a question that nobody waits for any more is not answered', async () => {
  await expect(answering.list('hq', AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
});

test('a system that it was not started for is a bug and says so', async () => {
  await expect(answering.list('other', NEVER)).rejects.toThrow('system "other"');
});
