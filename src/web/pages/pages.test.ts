import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NO_ENTRIES } from '../../../test/support/entry-desk.ts';
import { endedProbe, exampleSettings, launched, liveState, START, timedOut } from '../../../test/support/feed.ts';
import { NO_MONTHS } from '../../../test/support/month-desk.ts';
import { createHandClock } from '../../lib/hand-clock.ts';
import { silentLog } from '../../lib/log.ts';
import { HOUR, MINUTE } from '../../lib/time.ts';
import { createMetrics, type Metrics } from '../../metrics/metrics.ts';
import { createAnswering, type Answering } from '../../month/answering.ts';
import type { MonthGlance } from '../../month/glance.ts';
import type { AgentEvent } from '../../probe/event.ts';
import { openStore } from '../../store/store.ts';
import { createWeb, type Web } from '../web.ts';

// The pages over HTTP, of a store that an agent wrote.

const EVIL = `<script>alert(1)</script>"'&`;
const SLOW = 'aaaaaaaaaaaaaaaaaaaa';
const LOST = 'bbbbbbbbbbbbbbbbbbbb';

let dir: string;
let web: Web;
let metrics: Metrics;
let answering: Answering;
let url: string;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-pages-'));
  const file = path.join(dir, 'store.db');
  const clock = createHandClock(START + HOUR);
  const store = await openStore({ path: file, vantage: 'office', now: START - HOUR, onTrouble: () => {} });
  const slow = endedProbe('inbound', 2 * MINUTE, { id: SLOW, folder: EVIL, misfiled: true, copies: 2 });
  const lost = endedProbe('inbound', null, {
    id: LOST,
    settledAt: START + 30 * MINUTE,
    failure: { ...timedOut, words: EVIL, command: `RCPT TO:<${EVIL}@x>` },
  });
  for (const probe of [slow, lost]) {
    await store.append({
      kind: 'launched',
      at: probe.launchedAt,
      probe: { ...probe, settledAt: null, outcome: 'pending' },
    });
    await store.append({
      kind: 'sighted',
      at: START,
      probe: { ...probe, settledAt: null },
      meaning: 'first',
      sighting: {
        kind: 'visible',
        probeId: probe.id,
        at: START + MINUTE,
        unseenUntil: START,
        mailbox: 'alice',
        folder: 'INBOX',
        junk: false,
        copyId: `copy-${probe.id}`,
        headers: [
          'Received: from inner.example by outer.example with ESMTPS; Sun, 1 Mar 2026 08:00:01 +0000',
          `Received: from probe.example by inner.example with ESMTP; Sun, 1 Mar 2026 08:00:00 +0000`,
          `Subject: ${EVIL}`,
        ].join('\r\n'),
      },
    } as never);
    await store.append({ kind: 'settled', at: probe.settledAt ?? START, probe });
  }
  await store.close(START + HOUR);
  const settings = exampleSettings();
  metrics = createMetrics({ settings, clock, version: '1' });
  const contract = 'config/contract.yaml';
  const agreements = settings.systems.map(({ name }) => ({
    system: name,
    file: contract,
    text: readFileSync(contract, 'utf8'),
  }));
  answering = createAnswering({ store: file, agreements });
  web = createWeb({
    settings,
    metrics,
    live: () => liveState(clock.now()),
    recent: () => EVENTS,
    desk: { ...NO_MONTHS, ...answering },
    entries: NO_ENTRIES,
    monthsOf: () => [],
    figuresOf: (system) => (system === 'hq' ? GLANCE : null),
    clock,
    version: '1',
    log: silentLog,
  });
  ({ url } = await web.start());
});
afterAll(async () => {
  await web.stop();
  metrics.stop();
  await answering.stop();
  rmSync(dir, { recursive: true });
});

const EVENTS: readonly AgentEvent[] = [
  { kind: 'gap', at: START - 20 * HOUR, gap: { from: START - 21 * HOUR, to: START - 20 * HOUR, why: 'stopped' } },
  launched('outbound'),
];

const GLANCE: MonthGlance = {
  knownAt: START + HOUR - MINUTE,
  unmeasuredMs: 3 * MINUTE,
  down: { leastMs: 49 * MINUTE, estimateMs: 50 * MINUTE, mostMs: 51 * MINUTE },
  budgetLeftMs: -6 * MINUTE,
  delays: { send: { meanS: 1.5, maxS: 3_700, exceedances: 1 }, receive: { meanS: null, maxS: null, exceedances: 0 } },
  verdicts: [],
  month: '2026-03',
  timezone: 'Asia/Shanghai',
  budgetMs: 44 * MINUTE,
  excludedMs: 0,
  // Not those of the contract that comes with the program.
  limits: { send: { meanMs: 2 * MINUTE, maxMs: HOUR / 2 }, receive: { meanMs: 2 * MINUTE, maxMs: 10 * MINUTE } },
  spread: {
    send: { n: 9, lost: 2, p95S: 150, mean: { leastS: 1.2, mostS: 1.5 }, exceedances: { least: 1, most: 3 } },
    receive: { n: 0, lost: 0, p95S: null, mean: { leastS: null, mostS: null }, exceedances: { least: 0, most: 0 } },
  },
  clauses: [{ id: '7', title: { zh: '中断', en: EVIL }, verdict: 'missed' }],
};

async function page(
  address: string,
): Promise<{ readonly status: number; readonly body: string; readonly text: string }> {
  const answer = await fetch(new URL(address, url));
  const body = await answer.text();
  const text = body
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
  return { status: answer.status, body, text };
}

describe('/', () => {
  test('shows the month against its budget with its bounds, and unmeasured time by itself', async () => {
    const { text, body } = await page('/');
    expect(text).toContain('Down 50 min of 44 min allowed · between 49 min and 51 min · 6 min too much');
    expect(text).toContain('not measured: 3 min');
    expect(body).toContain('fill="url(#s0-budget-hatch)"');
    expect(text).toContain('mean (≤ 120 s) p95 max above the limit lost');
    expect(text).toContain('send 12 ms 1.50 s (1.20 s to 1.50 s) 2 min 30 s 1 h 1 min (≤ 30 min) 1 (1 to 3) 2');
    expect(text).toContain('receive 12 ms — — — (≤ 10 min) 0 0');
    expect(body).toContain('<td data-label="p95" class="warn">2 min 30 s</td>');
    expect(body).toContain('<td data-label="max" class="bad">1 h 1 min (≤ 30 min)</td>');
  });

  test('tells the day of an event that was not today', async () => {
    const { text } = await page('/');
    expect(text).toMatch(/\d\d-\d\d \d\d:\d\d:\d\d unmeasured for 1 h \(stopped\)/);
    expect(text).toMatch(/(?<!-\d\d )\d\d:\d\d:\d\d hq, outbound out: a probe goes out/);
  });

  test('speaks Chinese when asked, and remembers it', async () => {
    const answer = await fetch(new URL('/?lang=zh', url));
    expect(answer.headers.get('set-cookie')).toContain('mailwitness_lang=zh');
    const body = await answer.text();
    expect(body).toContain('<html lang="zh-CN"');
    expect(body).toContain('中断 50 分，限额 44 分');
    const again = await fetch(new URL('/', url), { headers: { Cookie: 'mailwitness_lang=zh' } });
    expect(await again.text()).toContain('<html lang="zh-CN"');
  });

  test('renews itself without script as with it, until it is told not to', async () => {
    const tag = (to: string): string => `<noscript><meta http-equiv="refresh" content="10;url=${to}"/></noscript>`;
    expect((await page('/')).body).toContain(tag('/?renewal=1'));
    expect((await page('/system/hq?days=7&renewal=1&lang=en')).body).toContain(tag('/system/hq?days=7&amp;renewal=1'));
    const { body } = await page('/?refresh=off');
    expect(body).not.toMatch(/http-equiv|<script/);
  });
});

describe('/system/NAME', () => {
  test('has ninety days that lead to their minutes, and the last probes', async () => {
    const { text, body } = await page('/system/hq');
    expect(body.match(/href="\/system\/hq\/day\/\d{4}-\d\d-\d\d"/g)).toHaveLength(90);
    expect(text).toContain('last attempt to send: 40 ms');
    expect(body).toContain('aria-labelledby="route0-title route0-desc"');
    expect(text).toContain('misfiled as junk · 1 duplicate');
    expect(body).toContain(`href="/probe/${LOST}"`);
    const day = await page('/system/hq/day/2026-03-01');
    expect(day.status).toBe(200);
    expect(day.text).toContain('minute by minute');
    // No fault is no praise where nothing was measured.
    expect((await page('/system/hq/day/2026-02-27')).text).toContain('Down 0 s · not measured: 24 h');
    expect((await page('/system/web')).text).toMatch(/Delays last day · last 7 days · last 30 days none yet/);
  });

  test('has its delays as pictures with a policy of their own', async () => {
    for (const chart of ['time', 'spread']) {
      const answer = await fetch(new URL(`/system/hq/delay.svg?route=in&kind=inbound&days=7&chart=${chart}`, url));
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
      expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
      expect(await answer.text()).toContain('60 s');
    }
  });

  test('its pictures say of themselves what the page says of them', async () => {
    const { body } = await page('/system/hq?lang=en');
    const [, words = 'none'] = /<p class="figure">([^<·]+\d[^<·]*?) ·/.exec(body) ?? [];
    const pictures = [...body.matchAll(/<img src="([^"]+)"/g)].map(([, src = '']) => src.replaceAll('&amp;', '&'));
    expect(pictures).toHaveLength(2);
    for (const picture of pictures) {
      expect(picture).toMatch(/&to=\d+&/);
      expect((await page(picture)).body).toContain(words);
    }
  });
});

test('/probe/ID has its instants, its hops from the first one on, and the headers as text', async () => {
  const { text, body } = await page(`/probe/${SLOW}`);
  expect(text).toContain('delivered');
  expect(text.indexOf('by inner.example')).toBeGreaterThan(0);
  expect(text.indexOf('by inner.example')).toBeLessThan(text.indexOf('by outer.example'));
  expect(body).toContain('Subject: &lt;script&gt;alert(1)');
});

test('/probe/ID of a refused one says the command that was refused', async () => {
  const { text, body } = await page(`/probe/${LOST}?lang=en`);
  expect(text).toContain('the command that was refused');
  expect(body).toContain('<code>RCPT TO:&lt;&lt;script&gt;alert(1)');
  expect((await page(`/probe/${LOST}?lang=zh`)).text).toContain('被拒绝的命令');
});

test.each(['/', '/system/hq', '/system/hq/day/2026-03-01', `/probe/${SLOW}`, `/probe/${LOST}`])(
  '%s shows hostile words as text, loads nothing from elsewhere, and names each id once, in both languages',
  async (address) => {
    for (const lang of ['zh', 'en']) {
      const { status, body } = await page(`${address}?lang=${lang}`);
      expect(status).toBe(200);
      expect(body).not.toContain('<script>alert');
      expect(body).not.toMatch(/(src|href)="(https?:)?\/\/|style="/);
      const ids = [...body.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
      expect(ids).toEqual([...new Set(ids)]);
      expect(body).toMatch(/^<!doctype html><html lang="(zh-CN|en)"[^>]*><head><meta charset="utf-8"\/>/i);
    }
  },
);

test('what is not shown because too many wait is in the log, once a minute at most', async () => {
  const clock = createHandClock(START);
  const told: string[] = [];
  const settings = exampleSettings();
  const busy = createWeb({
    settings,
    metrics,
    live: () => liveState(clock.now()),
    recent: () => [],
    desk: { ...NO_MONTHS, day: () => new Promise(() => {}) },
    entries: NO_ENTRIES,
    monthsOf: () => [],
    figuresOf: () => null,
    clock,
    version: '1',
    log: { ...silentLog, warn: (fields, text) => void told.push(`${text} ${JSON.stringify(fields)}`) },
  });
  const { url: at } = await busy.start();
  try {
    const giveUp = new AbortController();
    const answered: number[] = [];
    const asked = Array.from({ length: 18 }, (_, n) =>
      fetch(new URL(`/system/hq/day/2026-01-${n + 10}`, at), { signal: giveUp.signal }).then(({ status }) =>
        answered.push(status),
      ),
    );
    // Sixteen wait for ever.
    await Promise.any(asked);
    await expect.poll(() => answered).toEqual([503, 503]);
    expect(told).toEqual([expect.stringMatching(/^what a page shows was not read.*"day".*16 other requests /)]);
    giveUp.abort();
    await Promise.allSettled(asked);
  } finally {
    await busy.stop();
  }
});

test.each([
  '/system/nobody',
  '/system/hq?days=2',
  '/system/nobody/day/2026-03-01',
  '/system/hq/day/2026-02-30',
  '/system/hq/day/2027-01-01',
  '/system/hq/delay.svg?route=none&kind=inbound',
  '/system/hq/delay.svg?route=in&kind=inbound&to=now',
  '/probe/cccccccccccccccccccc',
  '/probe/..%2f',
])('%s is not there, in one line', async (address) => {
  const { status, body } = await page(address);
  expect(status).toBe(404);
  expect(body.trim().split('\n')).toHaveLength(1);
});
