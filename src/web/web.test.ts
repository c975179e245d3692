import { request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_ENTRIES } from '../../test/support/entry-desk.ts';
import {
  endedProbe,
  exampleSettings,
  goodSample,
  liveState,
  sampled,
  settled,
  START,
  timedOut,
} from '../../test/support/feed.ts';
import { NO_MONTHS } from '../../test/support/month-desk.ts';
import { createHandClock, type HandClock } from '../lib/hand-clock.ts';
import { ConfigError } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { MINUTE } from '../lib/time.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { LiveState } from '../probe/live-state.ts';
import { createWeb, type Web } from './web.ts';

let clock: HandClock;
let metrics: Metrics;
let web: Web;
let url: string;
let live: () => LiveState;
let recent: AgentEvent[];
let errors: string[];

beforeEach(async () => {
  clock = createHandClock(START);
  metrics = createMetrics({ settings: exampleSettings(), clock, version: '1.2.3' });
  live = () => liveState(clock.now());
  recent = [];
  errors = [];
  const log = { ...silentLog, error: (_: object, text: string) => void errors.push(text) };
  web = createWeb({
    settings: exampleSettings(),
    metrics,
    live: () => live(),
    recent: () => recent,
    desk: NO_MONTHS,
    entries: NO_ENTRIES,
    monthsOf: () => [],
    figuresOf: () => null,
    clock,
    version: '1.2.3',
    log,
  });
  ({ url } = await web.start());
});
afterEach(async () => {
  await web.stop();
  metrics.stop();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

// Not fetch: it does not let a test choose the Host header.
async function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, url), { agent: false, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on('error', reject).end();
  });
}

describe('/metrics', () => {
  test('has the type that Prometheus asks for, and how things stand now', async () => {
    metrics.on(settled(endedProbe('outbound', 12)));
    const { status, headers, body } = await ask('/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toContain('mailwitness_connected{system="hq",state="good"} 1');
    expect(body).toContain('mailwitness_send_delay_seconds_sum{system="hq",route="out"} 0.012');
  });
});

describe('/healthz and /readyz', () => {
  test('are 200 while the agent works', async () => {
    expect(await ask('/healthz')).toMatchObject({ status: 200, body: '{"ok":true,"reasons":[]}' });
    expect(await ask('/readyz')).toMatchObject({ status: 200, body: '{"ok":true,"reasons":[],"notes":[]}' });
  });

  test('healthz is 503 with the reason once no work is done, though it answers', async () => {
    const frozen = liveState(START);
    live = () => frozen;
    await clock.advance(10 * MINUTE);
    const { status, body } = await ask('/healthz');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({
      ok: false,
      reasons: [
        'the schedule has not turned for 10 min',
        'system "hq": no visit or attempt to send has ended for 10 min',
        'system "web": no visit or attempt to send has ended for 10 min',
      ],
    });
  });

  test('readyz is 503 while the store is not open', async () => {
    live = () => {
      const state = liveState(START);
      return { ...state, store: { ...state.store, open: false } };
    };
    expect(await ask('/readyz')).toMatchObject({
      status: 503,
      body: '{"ok":false,"reasons":["the store is not open"],"notes":[]}',
    });
  });

  test('readyz and the page tell that the store cannot be written, and why', async () => {
    const trouble =
      'the store cannot be written (database or disk is full): 12 entries wait in memory, it is tried again';
    live = () => {
      const state = liveState(START);
      return { ...state, store: { ...state.store, trouble } };
    };
    const { status, body } = await ask('/readyz');
    expect([status, JSON.parse(body)]).toEqual([503, { ok: false, reasons: [trouble], notes: [] }]);
    const page = (await ask('/')).body;
    expect(page).toContain('role="alert"');
    expect(textOf(page)).toContain(`what was measured is in memory only: ${trouble}`);
  });
});

describe('the page', () => {
  test('tells each system, its checks with phases, its routes with their last delay', async () => {
    const { status, headers, body } = await ask('/');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=UTF-8');
    const text = textOf(body);
    expect(text).toContain('hq: connected');
    expect(text).toContain('send 12 ms');
    expect(body).not.toContain('role="alert"');
    const page = textOf((await ask('/system/hq')).body);
    expect(page).toContain('good IMAP alice visit of 40 ms');
    expect(page).toContain('auth 30 ms');
    expect(page).toContain('good outbound mail out last delay 12 ms');
  });

  test('tells what a server said when a check failed, and the mailbox that cannot be watched', async () => {
    const failure = { ...timedOut, words: '421 try later' };
    const checks = [
      {
        check: 'imap' as const,
        target: 'alice',
        state: 'bad' as const,
        since: START,
        lastSample: goodSample({ ok: false, failure }),
      },
    ];
    const mailboxes = [{ name: 'alice', watching: 'down' as const, since: START, failure }];
    live = () => liveState(START, { hq: { connected: 'bad', checks, mailboxes } });
    const text = textOf((await ask('/')).body);
    expect(text).toContain('hq: not connected');
    expect(text).toContain(`${timedOut.detail.replaceAll('"', '&quot;')} (421 try later)`);
    expect(text).toContain('not watched mailbox alice');
  });

  test.each([
    ['it has not started', { startedAt: null }, 'the agent has not started'],
    [
      'its own line is cut',
      { gaps: [{ from: START, why: 'own-line' as const }] },
      'unmeasured since 2026-03-01 16:00:00 +08:00: own-line',
    ],
    ['its sink is down', { sink: { listening: false, problem: 'taken' } }, 'the sink does not listen: taken'],
  ])('says on top that the agent is not measuring when %s', async (_, change, words) => {
    live = () => liveState(START, change);
    const { body } = await ask('/');
    expect(body).toContain('role="alert"');
    expect(textOf(body)).toContain(words);
  });

  test('shows the wall clock as it is after it was set', async () => {
    await clock.advance(1_000);
    clock.step(MINUTE);
    const text = textOf((await ask('/')).body);
    expect(text).toContain('as of 2026-03-01 16:01:01 +08:00');
    // What was before the step keeps its instant.
    expect(text).toContain('since 2026-03-01 16:00:00 +08:00');
  });

  test('lists the last twenty events, the newest first', async () => {
    recent = Array.from(
      { length: 30 },
      (_, n) => ({ kind: 'clock-step', at: START + n, stepMs: 1_000 * (n + 1) }) as const,
    );
    const listed = textOf((await ask('/')).body).match(/stepped by \+\S+/g);
    expect(listed).toHaveLength(20);
    expect([listed?.[0], listed?.at(-1)]).toEqual(['stepped by +30.0', 'stepped by +11.0']);
  });

  test('takes a thousand mailboxes: what is wrong is listed, what is well is counted', async () => {
    const checks = Array.from({ length: 1_000 }, (_, n) => ({
      check: 'imap' as const,
      target: `box${n}`,
      state: n === 700 ? ('bad' as const) : ('good' as const),
      since: START,
      lastSample: null,
    }));
    live = () => liveState(START, { hq: { checks } });
    expect(textOf((await ask('/')).body)).toContain('bad IMAP box700');
    const text = textOf((await ask('/system/hq')).body);
    expect(text).toContain('bad IMAP box700');
    expect(text).toContain('and 960 more');
  });

  test('shows hostile words as text wherever they come from', async () => {
    const evil = `</style><script>alert(1)</script><img src=x onerror="alert(2)">&'`;
    const failure = { ...timedOut, detail: evil, words: evil };
    const sample = goodSample({ target: evil, ok: false, failure, transient: failure });
    const route = liveState(START).systems[0]?.routes.map((one) => ({ ...one, failure })) ?? [];
    live = () =>
      liveState(START, {
        hq: {
          checks: [{ check: 'mx', target: evil, state: 'bad', since: START, lastSample: sample }],
          routes: route,
          mailboxes: [{ name: evil, watching: 'down', since: START, failure }],
        },
        sink: { listening: false, problem: evil },
      });
    recent = [
      sampled(sample),
      { kind: 'upkeep', at: START, system: evil, mailbox: evil, deleted: 0, left: 1, words: evil },
    ];
    for (const path of ['/', '/system/hq', '/?lang=zh']) {
      const { body } = await ask(path);
      expect(body.replace('<script src="/live.js" defer="">', '')).not.toMatch(/<script|<img/);
      expect(body.match(/<\/style>/g)).toHaveLength(1);
      expect(body.match(/&lt;script&gt;alert\(1\)/g)?.length).toBeGreaterThan(8);
    }
  });

  test('asks no other host for anything and runs no script but its own file', async () => {
    const { headers, body } = await ask('/');
    expect(body).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(body.match(/<script[^>]*>/g)).toEqual(['<script src="/live.js" defer="">']);
    expect(body).not.toMatch(/\son\w+=|style="/);
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; img-src 'self' data:; script-src 'self'; connect-src 'self'; /,
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  });
});

describe('who may ask, and for what', () => {
  test('a foreign Host is not answered: a browser was lured', async () => {
    for (const path of ['/', '/metrics', '/healthz', '/nothing']) {
      const { status, body } = await ask(path, { headers: { Host: 'rebind.attacker.example' } });
      expect(status).toBe(421);
      expect(body).not.toContain('mailwitness');
      expect(body.trim().split('\n')).toHaveLength(1);
    }
  });

  test.each(['evil host', 'a/b', '<script>'])('a Host that is none is refused: %s', async (host) => {
    const answer = await raw(`GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).not.toMatch(/mailwitness_|script/);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is refused with what is allowed', async (method) => {
    expect(await ask('/', { method })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
      body: 'Only GET and HEAD are answered.\n',
    });
  });

  test('HEAD has the head of GET and no body', async () => {
    expect(await ask('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  test('an unknown path is 404 in one line, with the same headers', async () => {
    const { status, headers, body } = await ask('/admin/%3Cscript%3E');
    expect(status).toBe(404);
    expect(body).toBe(
      'Not found; there are /, /system/NAME, /probe/ID, /exclusions, /records, /acts, /metrics, /healthz, /readyz, /report/2026-10, /api/v1/report?month=2026-10 and /api/v1/months.\n',
    );
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  test('a bug is one line for the reader and one for the log, without what happened inside', async () => {
    live = () => {
      throw new Error('inner secret');
    };
    for (const path of ['/', '/metrics', '/healthz', '/readyz']) {
      const { status, headers, body } = await ask(path);
      expect(status).toBe(500);
      expect(body).toBe('The page could not be made; the log of the agent says why.\n');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    expect(errors).toHaveLength(4);
  });
});

describe('start and stop', () => {
  test("a taken port is one clear line, and the operator's to mend", async () => {
    const port = Number(new URL(url).port);
    const second = createWeb({
      settings: exampleSettings(port),
      metrics,
      live: () => live(),
      recent: () => [],
      desk: NO_MONTHS,
      entries: NO_ENTRIES,
      monthsOf: () => [],
      figuresOf: () => null,
      clock,
      version: '1',
      log: silentLog,
    });
    const refused: unknown = await second.start().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    expect(String(refused)).toContain(
      `agent.listen: expected a free port; another program listens there, got 127.0.0.1:${port}`,
    );
  });

  test('stopping cuts connections that say nothing, and stopping twice is no harm', async () => {
    const { hostname, port } = new URL(url);
    const idle = connect(Number(port), hostname);
    const closed = new Promise((resolve) => idle.on('error', () => {}).on('close', resolve));
    await new Promise((resolve) => idle.on('connect', resolve));
    await web.stop();
    await closed;
    await web.stop();
    await expect(ask('/healthz')).rejects.toThrow('ECONNREFUSED');
  });
});

async function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
    socket.on('error', reject).on('close', () => resolve(answer));
  });
}

function textOf(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}
