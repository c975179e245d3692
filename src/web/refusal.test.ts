import { request, type IncomingHttpHeaders } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_ENTRIES } from '../../test/support/entry-desk.ts';
import { exampleSettings, liveState, START } from '../../test/support/feed.ts';
import { NO_MONTHS } from '../../test/support/month-desk.ts';
import type { AgentSettings } from '../config/settings.ts';
import { createHandClock } from '../lib/hand-clock.ts';
import { silentLog } from '../lib/log.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { createFaultHistory } from '../sandbox/fault-history.ts';
import { createFaults } from '../sandbox/faults.ts';
import { FORM_CONTENT_SECURITY_POLICY } from './entries/form-style.ts';
import { createWeb, type Web } from './web.ts';

// What is refused, over HTTP, as a browser and as a program ask for it.

let metrics: Metrics;
let web: Web;
let url: string;

async function open(change: Partial<AgentSettings> = {}): Promise<void> {
  const clock = createHandClock(START);
  const example = exampleSettings();
  const settings = { ...example, agent: { ...example.agent, ...change } };
  metrics = createMetrics({ settings, clock, version: '1' });
  const faults = createFaults();
  web = createWeb({
    settings,
    metrics,
    live: () => liveState(clock.now()),
    recent: () => [],
    desk: {
      ...NO_MONTHS,
      page: async (asked, signal) => {
        if (asked.month === '2026-12') throw new Error('inner secret');
        return NO_MONTHS.page(asked, signal);
      },
    },
    entries: NO_ENTRIES,
    monthsOf: () => [],
    figuresOf: () => {
      throw new Error('inner secret');
    },
    panel: { faults, changes: createFaultHistory(faults, () => START).list },
    clock,
    version: '1',
    log: silentLog,
  });
  ({ url } = await web.start());
}
beforeEach(() => open());
afterEach(async () => {
  await web.stop();
  metrics.stop();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: string;
}

// Not fetch: it does not let a test choose the Host header, nor what a browser alone says.
async function ask(address: string, { method = 'GET', headers = {}, form }: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(address, url), { agent: false, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on('error', reject).end(form);
  });
}

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const own = (): Record<string, string> => ({
  Origin: new URL(url).origin,
  'Content-Type': 'application/x-www-form-urlencoded',
});

const REFUSED: readonly (readonly [string, number, () => readonly [string, Sent], string, string])[] = [
  ['an unknown page', 404, () => ['/admin', {}], '没有这个页面。', 'There is no such page.'],
  [
    'another name',
    421,
    () => ['/', { headers: { Host: 'other.example' } }],
    '将该名称加入 agent.host_names',
    'add the name to agent.host_names',
  ],
  ['another method', 405, () => ['/', { method: 'PUT' }], '只回应 GET 和 HEAD', 'Only GET and HEAD'],
  [
    'a form of another page',
    403,
    () => ['/sandbox', { method: 'POST', headers: { Origin: 'https://other.example' } }],
    '来自其他网站的页面',
    'from another page',
  ],
  [
    'a download in another page',
    403,
    () => ['/report/2026-10/pdf', { headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' } }],
    '不能嵌入其他页面',
    'not to be shown in another page',
  ],
  [
    'a form that is too long',
    413,
    () => ['/sandbox', { method: 'POST', headers: own(), form: `x=${'y'.repeat(70_000)}` }],
    '超过了本页表单的上限',
    'too long for a form',
  ],
  [
    'a form of a page that is too old',
    403,
    () => ['/sandbox', { method: 'POST', headers: own(), form: 'token=old' }],
    '页面已过期',
    'The page was too old',
  ],
  ['a page that fails', 500, () => ['/', {}], '页面无法生成', 'The page could not be made'],
  [
    'a month that is none',
    400,
    () => ['/report/2026-3?system=hq', {}],
    '月份：应为 2026-10 这样的月份，而不是 &quot;2026-3&quot;',
    'month: expected a month such as 2026-10, got &quot;2026-3&quot;',
  ],
  [
    'an unknown system',
    404,
    () => ['/report/2026-10/csv?system=%3Cb%3E', {}],
    '系统：应为 &quot;hq&quot; 或 &quot;web&quot;，而不是 &quot;&lt;b&gt;&quot;',
    'system: expected &quot;hq&quot; or &quot;web&quot;, got &quot;&lt;b&gt;&quot;',
  ],
  [
    'a month of which there is nothing',
    404,
    () => ['/report/2026-10?system=hq', {}],
    '应为有数据的月份，而不是 2026-10',
    'expected a month of which there is anything, got 2026-10',
  ],
  [
    'a report that could not be computed',
    503,
    () => ['/report/2026-12?system=hq', {}],
    '现在无法提供报告：原因见监测程序的日志。请稍后重试。',
    'The report could not be computed now: the log of the agent says why.',
  ],
  ['a system that is none', 404, () => ['/system/nobody', {}], '没有这个系统', 'there is no such system'],
];

describe.each(REFUSED)('%s', (_, status, asked, zh, en) => {
  test.each([
    ['zh', 'zh-CN', zh],
    ['en', 'en', en],
  ])('is a page of the usual kind for a browser, in %s', async (language, tag, words) => {
    const [address, sent] = asked();
    const program = await ask(address, sent);
    const headers = { ...sent.headers, Accept: BROWSER, 'Accept-Language': language };
    const page = await ask(address, { ...sent, headers });
    expect(page.status).toBe(status);
    expect(page.body).toContain(`<html lang="${tag}">`);
    expect(page.body).toMatch(/<div class="card notice bad" role="alert">[^<]+<\/div>/);
    expect(page.body).toContain(words);
    expect(page.body).not.toMatch(/inner secret|<b>/);
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=UTF-8',
      'content-security-policy': FORM_CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      vary: 'Accept, Accept-Language, Cookie',
    });
    for (const name of ['allow', 'retry-after', 'www-authenticate'])
      expect(page.headers[name]).toBe(program.headers[name]);
  });

  test('is one line of English for a program, whatever language it likes', async () => {
    const [address, sent] = asked();
    const {
      status: answered,
      headers,
      body,
    } = await ask(address, {
      ...sent,
      headers: { ...sent.headers, Accept: '*/*', 'Accept-Language': 'zh' },
    });
    expect(answered).toBe(status);
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(body).toMatch(/^[\x20-\x7e]+\n$/);
  });
});

test('the other language is a link away, of the same address where it is asked for with GET', async () => {
  const headers = { Accept: BROWSER, 'Accept-Language': 'zh' };
  const { body } = await ask('/report/2026-3?system=hq', { headers });
  expect(body).toContain('<a href="/report/2026-3?system=hq&amp;lang=en" hreflang="en" lang="en">English</a>');
  expect((await ask('/', { method: 'PUT', headers })).body).toContain('<a href="/?lang=en"');
});

test.each(['//other.example/x', '/%5C/other.example'])(
  'an address that would be of another host leads to none: %s',
  async (address) => {
    const { hostname, port } = new URL(url);
    const answer = await new Promise<string>((resolve, reject) => {
      const asked = request(
        { hostname, port, path: address, agent: false, headers: { Accept: BROWSER } },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (part: string) => (body += part));
          response.on('end', () => resolve(body));
        },
      );
      asked.on('error', reject).end();
    });
    expect(answer).toContain('There is no such page.');
    expect(answer).not.toMatch(/href="(\/\/|\/\\|[a-z]+:\/\/)/);
  },
);

test('answers of the API stay as they are, whoever asks', async () => {
  const headers = { Accept: BROWSER, 'Accept-Language': 'zh' };
  const { status, body } = await ask('/api/v1/report?month=2026-3&system=hq', { headers });
  expect(status).toBe(400);
  expect(JSON.parse(body)).toEqual({ error: 'month: expected a month such as 2026-10, got "2026-3"' });
});

test('metrics that are closed say so to a browser, too', async () => {
  await web.stop();
  metrics.stop();
  await open({ metrics: 'closed' });
  const { status, headers, body } = await ask('/metrics', { headers: { Accept: BROWSER, 'Accept-Language': 'zh' } });
  expect(status).toBe(401);
  expect(headers['www-authenticate']).toBe('Bearer');
  expect(body).toContain('/metrics 未开放');
});
