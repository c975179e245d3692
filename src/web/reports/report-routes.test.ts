import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_MONTHS } from '../../../test/support/month-desk.ts';
import { NO_ENTRIES } from '../../../test/support/entry-desk.ts';
import { exampleSettings, liveState, START } from '../../../test/support/feed.ts';
import { MISSED, QUIET, SAMPLE_META } from '../../../test/support/sample-reports.ts';
import { createHandClock, type HandClock } from '../../lib/hand-clock.ts';
import { silentLog } from '../../lib/log.ts';
import { createMetrics, type Metrics } from '../../metrics/metrics.ts';
import type { ReportText, ReportTextAsked } from '../../month/report-text.ts';
import type { MonthEntry } from '../../month/month-list.ts';
import { render, renderHtmlParts } from '../../report/render.ts';
import type { MonthDesk } from './month-desk.ts';
import { createWeb, type Web } from '../web.ts';

const MARCH: MonthEntry = {
  month: '2026-03',
  running: false,
  revisions: [{ revision: 1, closedAt: Date.parse('2026-04-02T06:00:00+08:00'), provisional: true }],
};
const MONTHS: readonly MonthEntry[] = [MARCH, { month: '2026-04', running: true, revisions: [] }];

const LIST = { timezone: 'Asia/Shanghai', months: MONTHS };
const NEVER = new AbortController().signal;

let clock: HandClock;
let metrics: Metrics;
let web: Web;
let url: string;
let asked: ReportTextAsked[];
let errors: string[];
let answer: (asked: ReportTextAsked) => Promise<ReportText>;

/** March was closed, and revision 2 of it is the newest one. */
async function fromSamples({ month, revision, format, lang }: ReportTextAsked): Promise<ReportText> {
  if (month !== '2026-03' || (revision ?? 1) > 2)
    return { kind: 'none', why: { zh: `应为 2026-03，而不是 ${month}`, en: `expected 2026-03, got ${month}` } };
  const text = await render(revision === 1 ? MISSED : QUIET, { format, lang, meta: SAMPLE_META });
  return { kind: 'report', text };
}

const desk: MonthDesk = {
  report(question) {
    asked.push(question);
    return answer(question);
  },
  async page({ system, month, revision, lang }) {
    const found = await desk.report({ system, month, revision, lang, format: 'html' }, NEVER);
    if (found.kind === 'none') return found;
    const document = await renderHtmlParts(revision === 1 ? MISSED : QUIET, { lang, meta: SAMPLE_META });
    return { kind: 'page', document, revision: revision ?? 2, list: LIST, evidence: 'of the revision' };
  },
  exportMonth: NO_MONTHS.exportMonth,
  list: async () => LIST,
};

beforeEach(async () => {
  clock = createHandClock(START);
  asked = [];
  errors = [];
  answer = fromSamples;
  const settings = exampleSettings();
  metrics = createMetrics({ settings, clock, version: '1.2.3' });
  web = createWeb({
    settings,
    metrics,
    live: () => liveState(clock.now()),
    recent: () => [],
    desk: { ...NO_MONTHS, ...desk },
    entries: NO_ENTRIES,
    monthsOf: (system) => (system === 'hq' ? MONTHS : []),
    figuresOf: () => null,
    clock,
    version: '1.2.3',
    log: { ...silentLog, error: (fields, text) => void errors.push(`${text} ${JSON.stringify(fields)}`) },
  });
  ({ url } = await web.start());
});
afterEach(async () => {
  await web.stop();
  metrics.stop();
});

const ask = (path: string, init: RequestInit = {}): Promise<Response> => fetch(new URL(path, url), init);

async function errorOf(response: Response): Promise<unknown> {
  expect(response.headers.get('content-type')).toBe('application/json');
  const { error, ...rest } = (await response.json()) as { error: string };
  expect(rest).toEqual({});
  return error;
}

describe('/api/v1/report', () => {
  test('is the bytes that the report command writes', async () => {
    const response = await ask('/api/v1/report?month=2026-03&system=hq');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe(await render(QUIET, { format: 'json', lang: 'en', meta: SAMPLE_META }));
    expect(asked).toEqual([{ system: 'hq', month: '2026-03', revision: null, format: 'json', lang: 'en' }]);
  });

  test('a revision may be named', async () => {
    const response = await ask('/api/v1/report?month=2026-03&system=hq&revision=1');
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(MISSED)));
  });

  test.each([
    ['no month', '', 400, /^month: expected a month such as 2026-10/],
    ['no system of two', '?month=2026-03', 400, /^system: expected "hq" or "web", got none/],
    ['an unknown system', '?month=2026-03&system=x', 404, /^system: expected "hq" or "web", got "x"/],
    ['a language, which JSON has not', '?month=2026-03&system=hq&lang=zh', 400, /expected no other parameters/],
    ['a month of which there is nothing', '?month=2025-03&system=hq', 404, /^expected 2026-03, got 2025-03/],
    ['a revision that is not there', '?month=2026-03&system=hq&revision=3', 404, /expected/],
  ])('%s is refused in one line', async (_, query, status, text) => {
    const response = await ask(`/api/v1/report${query}`);
    expect(response.status).toBe(status);
    expect(await errorOf(response)).toMatch(text);
  });

  test('fifty who ask at once cost one computation, JSON and page one each', async () => {
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    answer = async (question) => {
      await held;
      return fromSamples(question);
    };
    const all = Array.from({ length: 50 }, (_, n) =>
      ask(n % 2 === 0 ? '/api/v1/report?month=2026-03&system=hq' : '/report/2026-03?system=hq&lang=en'),
    );
    goOn();
    expect(new Set((await Promise.all(all)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(asked.map(({ format }) => format).sort()).toEqual(['html', 'json']);
  });

  test('503 with what to do when the thread that computes has died; the reason goes to the log alone, once', async () => {
    answer = () => Promise.reject(new Error('inner secret'));
    const response = await ask('/api/v1/report?month=2026-03&system=hq');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('10');
    expect(await errorOf(response)).toBe(
      'The report could not be computed now: the log of the agent says why. Expected: one when asked again.',
    );
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('inner secret');
    answer = fromSamples;
    expect((await ask('/api/v1/report?month=2026-03&system=hq')).status).toBe(200);
  });
});

describe('/report/2026-03', () => {
  test('alone for print is the document that the command writes, under its own policy', async () => {
    const response = await ask('/report/2026-03/print?system=hq&lang=zh');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    const body = await response.text();
    expect(body).toBe(await render(QUIET, { format: 'html', lang: 'zh', meta: SAMPLE_META }));
    const policy = response.headers.get('content-security-policy') ?? '';
    const written = /Content-Security-Policy" content="([^"]+)"/.exec(body)?.[1]?.replaceAll('&#39;', "'");
    expect(policy).toBe(`${written}; frame-ancestors 'none'`);
  });

  test.each([
    ['zh-CN,zh;q=0.9', 'zh-CN'],
    ['en-GB', 'en'],
    ['fr', 'en'],
  ])('speaks what the browser likes: %s', async (header, lang) => {
    const response = await ask('/report/2026-03?system=hq', { headers: { 'Accept-Language': header } });
    expect(response.headers.get('vary')).toBe('Accept-Language, Cookie');
    expect(await response.text()).toContain(`<html lang="${lang}">`);
  });

  test('speaks the language that was chosen on the pages, and one that is chosen here is kept for them', async () => {
    const chosen = await ask('/?lang=zh');
    const [cookie = ''] = (chosen.headers.get('set-cookie') ?? '').split(';');
    const headers = { 'Accept-Language': 'en', Cookie: cookie };
    expect(await (await ask('/report/2026-03?system=hq', { headers })).text()).toContain('<html lang="zh-CN">');
    const other = await ask('/report/2026-03?system=hq&lang=en', { headers });
    expect(await other.text()).toContain('<html lang="en">');
    expect(other.headers.get('set-cookie')).toMatch(/^mailwitness_lang=en;/);
  });

  test('a wrong language is refused and not kept', async () => {
    const response = await ask('/report/2026-03?system=hq&lang=zh&lang=en');
    expect(response.status).toBe(400);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  test('HEAD has the head of GET and no body', async () => {
    const response = await ask('/report/2026-03?system=hq', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(await response.text()).toBe('');
  });

  test.each(['POST', 'PUT', 'DELETE'])('%s is refused', async (method) => {
    for (const path of ['/report/2026-03?system=hq', '/api/v1/report?month=2026-03&system=hq', '/api/v1/months'])
      expect((await ask(path, { method })).status).toBe(405);
    expect(asked).toEqual([]);
  });

  test.each([
    ['/report/2026-3?system=hq', 400],
    ['/report/%3Cscript%3E?system=hq', 400],
    ['/report/2026-03', 400],
    ['/report/2026-03?system=hq&lang=de', 400],
    ['/report/2026-03?system=x', 404],
    ['/report/1999-03?system=hq', 404],
  ])('%s is refused in one line of text', async (path, status) => {
    const response = await ask(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await response.text()).trim().split('\n')).toEqual([expect.stringContaining('expected')]);
  });

  test('503 in one line when the computation failed', async () => {
    answer = () => Promise.reject(new Error('inner secret'));
    const response = await ask('/report/2026-03?system=hq');
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('secret');
  });
});

describe('/api/v1/months', () => {
  test('lists the months and their revisions', async () => {
    const response = await ask('/api/v1/months?system=hq');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      system: 'hq',
      timezone: 'Asia/Shanghai',
      months: [
        {
          month: '2026-03',
          running: false,
          revisions: [{ revision: 1, closed_at: '2026-04-02T06:00:00+08:00', provisional: true }],
        },
        { month: '2026-04', running: true, revisions: [] },
      ],
    });
  });

  test.each([
    ['', 400],
    ['?system=x', 404],
    ['?system=hq&month=2026-03', 400],
    ['?system=hq&system=hq', 400],
  ])('refuses %j', async (query, status) => {
    const response = await ask(`/api/v1/months${query}`);
    expect(response.status).toBe(status);
    expect(await errorOf(response)).toContain('expected');
  });
});

test('the page leads to the reports, the latest first', async () => {
  const body = await (await ask('/')).text();
  const links = [...body.matchAll(/<a href="(\/report\/[^"]+)">/g)].map(([, link]) => link ?? '');
  expect(links).toEqual(['/report/2026-04?system=hq', '/report/2026-03?system=hq']);
  expect(body.replace(/<[^>]+>/g, '')).toContain('Reports: 2026-04 so far · 2026-03 closed');
  expect((await ask(links[1] ?? '')).status).toBe(200);
});
