import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NO_ENTRIES } from '../support/entry-desk.ts';
import { exampleSettings, goodSample, liveState, timedOut } from '../support/feed.ts';
import { NO_MONTHS } from '../support/month-desk.ts';
import { writeYear } from '../support/year-store.ts';
import { createHandClock } from '../../src/lib/hand-clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { DAY, MINUTE } from '../../src/lib/time.ts';
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts';
import { createAnswering, type Answering } from '../../src/month/answering.ts';
import type { MonthGlance } from '../../src/month/glance.ts';
import { createWeb, type Web } from '../../src/web/web.ts';

// Every page in a real Chromium, in both languages, on a phone and on a wall, light and dark: axe finds nothing, nothing
// overflows, and nobody but this agent is asked for anything. With SCREENSHOTS=folder each page is kept as a picture.

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const NOW = Date.parse('2026-11-20T03:00:00Z');
const SHOTS = process.env['SCREENSHOTS'];

let dir: string;
let web: Web;
let metrics: Metrics;
let answering: Answering;
let url: string;
let browser: Browser;
let glance: MonthGlance | null;
let probe: string;
let faultDay: string;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-browser-'));
  const file = path.join(dir, 'store.db');
  writeYear({
    file,
    system: 'hq',
    from: NOW - 20 * DAY,
    to: NOW,
    seed: 5,
    checkEvery: MINUTE,
    routeEvery: 10 * MINUTE,
    outages: 12,
  });
  const contract = 'config/contract.yaml';
  answering = createAnswering({
    store: file,
    agreements: ['hq', 'web'].map((system) => ({ system, file: contract, text: readFileSync(contract, 'utf8') })),
  });
  const { signal } = new AbortController();
  glance = await answering.figures('hq', signal);
  const { days, probes } = await answering.history('hq', signal);
  probe = probes[0]?.id ?? '';
  faultDay = days.find(({ kind }) => kind === 'fault')?.date ?? '';
  const settings = exampleSettings();
  const clock = createHandClock(NOW);
  metrics = createMetrics({ settings, clock, version: '1' });
  const failing = goodSample({ check: 'pop3', from: NOW - 200, to: NOW, ok: false, failure: timedOut });
  const live = liveState(NOW);
  const checks = (live.systems[0]?.checks ?? []).map((check) =>
    check.check === 'pop3' ? { ...check, state: 'bad' as const, lastSample: failing } : check,
  );
  web = createWeb({
    settings,
    metrics,
    live: () => liveState(NOW, { hq: { checks }, gaps: [{ from: NOW - MINUTE, why: 'own-line' }] }),
    recent: () => [{ kind: 'clock-step', at: NOW, stepMs: 1_000 }],
    desk: { ...NO_MONTHS, ...answering },
    entries: NO_ENTRIES,
    monthsOf: (system) => (system === 'hq' ? [{ month: '2026-11', running: true, revisions: [] }] : []),
    figuresOf: (system) => (system === 'hq' ? glance : null),
    clock,
    version: '1',
    log: silentLog,
  });
  ({ url } = await web.start());
  if (CHROMIUM === undefined) throw new Error('expected Debian’s chromium (apt-get install chromium)');
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
});
afterAll(async () => {
  await browser?.close();
  await web?.stop();
  metrics?.stop();
  await answering?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const PAGES: readonly (readonly [string, () => string])[] = [
  ['front', () => '/'],
  ['system', () => '/system/hq?days=7'],
  ['system-without-past', () => '/system/web'],
  ['day', () => `/system/hq/day/${faultDay}`],
  ['probe', () => `/probe/${probe}`],
  ['report', () => '/report/2026-10?system=hq'],
];

describe.each([
  [360, 'light'],
  [1600, 'dark'],
] as const)('at %i px, %s', (width, colorScheme) => {
  describe.each(['en', 'zh'] as const)('in %s', (lang) => {
    test.each(PAGES)('%s', async (name, address) => {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
      try {
        const tab = await context.newPage();
        const asked: string[] = [];
        tab.on('request', (request) => asked.push(request.url()));
        const target = new URL(address(), url);
        target.searchParams.set('lang', lang);
        const answer = await tab.goto(target.href, { waitUntil: 'load' });
        expect(answer?.status()).toBe(200);
        expect(await violationsOn(tab)).toEqual([]);
        expect(asked.filter((one) => !one.startsWith(url) && !one.startsWith('data:'))).toEqual([]);
        expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        expect(await tab.evaluate('[...document.images].every((one) => one.complete && one.naturalWidth > 0)')).toBe(
          true,
        );
        if (SHOTS !== undefined) {
          mkdirSync(SHOTS, { recursive: true });
          await tab.screenshot({
            path: path.join(SHOTS, `${name}-${lang}-${width}.jpeg`),
            type: 'jpeg',
            quality: 60,
            fullPage: true,
          });
        }
      } finally {
        await context.close();
      }
    });
  });
});

test('under its policy nothing is refused', async () => {
  const context = await browser.newContext({ viewport: { width: 800, height: 600 } });
  try {
    const tab = await context.newPage();
    const refused: string[] = [];
    tab.on('console', (message) => message.type() === 'error' && refused.push(message.text()));
    for (const [, address] of PAGES) await tab.goto(new URL(address(), url).href, { waitUntil: 'load' });
    expect(refused).toEqual([]);
  } finally {
    await context.close();
  }
});

async function violationsOn(tab: Page): Promise<readonly string[]> {
  await tab.evaluate(AXE);
  const found = await tab.evaluate('axe.run(document)');
  const { violations } = found as { violations: { id: string; nodes: { html: string }[] }[] };
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ html }) => html.slice(0, 200))
        .join(' | ')}`,
  );
}
