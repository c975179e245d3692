import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECOND } from '../../src/lib/time.ts';
import { WORDS as REPORT_WORDS } from '../../src/web/reports/words.ts';
import { EVIL, openStage, type Stage } from './stage.ts';
import { expectSound, inTab, launchBrowser, READERS, shot } from './tabs.ts';

// The pages of what was measured in a real Chromium, in both languages, on a phone and on a wall, light and dark.

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
  [stage, browser] = await Promise.all([openStage(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await stage?.stop();
});

const PAGES: readonly (readonly [string, number, () => string])[] = [
  ['front', 200, () => '/'],
  ['system', 200, () => '/system/hq?days=7'],
  ['system-without-past', 200, () => '/system/web'],
  ['day', 200, () => `/system/hq/day/${stage.faultDay}`],
  ['probe', 200, () => `/probe/${stage.probe}`],
  ['report', 200, () => '/report/2026-11?system=hq'],
  ['report-closed', 200, () => `/report/${stage.closed.month}?system=hq`],
  ['report-first', 200, () => `/report/${stage.closed.month}?system=hq&revision=1`],
  ['report-print', 200, () => `/report/${stage.closed.month}/print?system=hq`],
  ['day-without-data', 200, () => '/system/web/day/2026-11-19'],
  ['refused-page', 404, () => '/admin'],
  ['refused-system', 404, () => '/system/nobody'],
  ['refused-address', 400, () => '/report/2026-3?system=%3Cevil-mark%3E'],
  ['refused-month', 404, () => '/report/2025-01?system=hq'],
];

describe.each(READERS)('at $width px, $colorScheme, in $lang', ({ lang, width, colorScheme }) => {
  test.each(PAGES)('%s', async (name, status, address) => {
    await inTab(browser, { viewport: { width, height: 900 }, colorScheme }, async (tab, _, refused) => {
      const target = new URL(address(), stage.url);
      target.searchParams.set('lang', lang);
      const answer = await tab.goto(target.href);
      expect(answer?.status()).toBe(status);
      expect(await tab.getAttribute('html', 'lang')).toBe(lang === 'zh' ? 'zh-CN' : 'en');
      await expectSound(tab);
      expect(refused).toEqual([]);
      await shot(tab, `${name}-${lang}`);
    });
  });
});

describe.each(READERS)('a closed month at $width px, in $lang', ({ lang, locale, width, colorScheme }) => {
  test('shows what its revision changed, and all of it can be taken away', async () => {
    const options = { viewport: { width, height: 900 }, colorScheme, locale };
    await inTab(browser, options, async (tab, _, refused) => {
      const { month, window, evidenceSha256 } = stage.closed;
      const link = (name: string) => tab.getByRole('link', { name, exact: true });
      await tab.goto(stage.url);
      await link(month).first().click();
      expect(await tab.locator('nav.frame [aria-current=page]').textContent()).toContain(
        lang === 'zh' ? '第 2 版' : 'revision 2',
      );
      await link(REPORT_WORDS.changes[lang]).click();
      expect(new URL(tab.url()).hash).toBe('#changes');
      expect((await tab.locator('#changes').boundingBox())?.y).toBeLessThan(900);
      expect(await tab.locator('main').textContent()).toContain(window);

      const csv = await download(tab, 'CSV');
      expect(csv.name).toMatch(/\.csv$/);
      expect(csv.bytes.toString('utf8')).toContain(month);
      const json = await download(tab, 'JSON');
      expect(JSON.parse(json.bytes.toString('utf8'))).toMatchObject({ month, revision: 2 });
      const pdf = await download(tab, 'PDF');
      expect([pdf.name.endsWith('.pdf'), pdf.bytes.subarray(0, 5).toString('latin1')]).toEqual([true, '%PDF-']);
      expect(sha256(await download(tab, REPORT_WORDS.evidence[lang]))).toBe(evidenceSha256[1]);

      await tab.locator('nav.frame a', { hasText: lang === 'zh' ? '第 1 版' : 'revision 1' }).click();
      expect(await tab.locator('#changes').count()).toBe(0);
      expect(sha256(await download(tab, REPORT_WORDS.evidence[lang]))).toBe(evidenceSha256[0]);
      await link(REPORT_WORDS.print[lang]).click();
      expect(new URL(tab.url()).pathname).toBe(`/report/${month}/print`);
      expect(refused).toEqual([]);
    });
  });
});

interface Taken {
  readonly name: string;
  readonly bytes: Buffer;
}

async function download(tab: Page, name: string): Promise<Taken> {
  const coming = tab.waitForEvent('download');
  await tab.getByRole('link', { name, exact: true }).click();
  const taken = await coming;
  return { name: taken.suggestedFilename(), bytes: readFileSync(await taken.path()) };
}

function sha256({ bytes }: Taken): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('on a phone the words of a waterfall can be read, and no time is broken over two lines', async () => {
  await inTab(browser, { viewport: { width: 360, height: 900 } }, async (tab) => {
    await tab.goto(`${stage.url}system/hq?lang=en`);
    const sizes = (await tab.evaluate(
      `[...document.querySelectorAll('svg.phases')].map((one) =>
        (parseFloat(getComputedStyle(one.querySelector('text')).fontSize) * one.getBoundingClientRect().width) / 400)`,
    )) as number[];
    expect(sizes.length).toBeGreaterThan(0);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11);
    await tab.goto(`${stage.url}system/hq/day/${stage.faultDay}?lang=en`);
    const lines = await tab.evaluate(
      `[...document.querySelectorAll('main time')].map((one) => one.getClientRects().length)`,
    );
    expect(new Set(lines as number[])).toEqual(new Set([1]));
  });
});

test('what a server and a sender wrote is shown as they wrote it', async () => {
  await inTab(browser, {}, async (tab, _, refused) => {
    await tab.goto(`${stage.url}system/hq`);
    expect(await tab.locator('main').textContent()).toContain(EVIL);
    await tab.goto(`${stage.url}probe/${stage.probe}`);
    expect(await tab.locator('main').textContent()).toContain(`Subject: ${EVIL}`);
    expect(refused).toEqual([]);
  });
});

test('a page renews itself in place: who reads on stays where they are', async () => {
  await inTab(browser, { viewport: { width: 800, height: 400 } }, async (tab, _, refused) => {
    // As the agent sends it, but for a shorter time between two renewals.
    await tab.route('**/system/hq', async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('data-refresh="10"', 'data-refresh="0.2"');
      await route.fulfill({ response, body });
    });
    await tab.goto(`${stage.url}system/hq`);
    const link = tab.locator('main tbody th a').nth(3);
    await link.focus();
    const href = await link.getAttribute('href');
    const before = await tab.locator('#asof').innerText();
    const where = await tab.evaluate('scrollY');
    const loads = await tab.evaluate('performance.timeOrigin');
    await tab.evaluate('globalThis.shown = document.activeElement');
    await stage.clock.advance(SECOND);
    await tab.locator('#asof', { hasNotText: before }).waitFor();
    expect(await tab.evaluate('shown.isConnected')).toBe(false);
    expect(await tab.evaluate('document.activeElement.getAttribute("href")')).toBe(href);
    expect(await tab.evaluate('scrollY')).toBe(where);
    expect(await tab.evaluate('performance.timeOrigin')).toBe(loads);
    expect(await tab.locator('#stale').isVisible()).toBe(false);
    expect(refused).toEqual([]);
    // When no answer comes it says so. A renewal that is under way is let to its end first.
    await tab.unrouteAll({ behavior: 'wait' });
    await tab.route('**/system/hq', (route) => route.abort());
    const told = tab.getByRole('status');
    expect([await told.count(), await told.innerText()]).toEqual([1, '']);
    await tab.locator('#stale').waitFor();
    expect(await told.innerText()).not.toBe('');
  });
});

test('a keyboard comes to the skip link first, then to what it skips', async () => {
  await inTab(browser, { viewport: { width: 800, height: 600 } }, async (tab) => {
    await tab.goto(`${stage.url}?refresh=off`);
    for (const landmark of ['banner', 'navigation', 'main'] as const)
      expect([landmark, await tab.getByRole(landmark).count()]).toEqual([landmark, 1]);
    await tab.keyboard.press('Tab');
    expect(await tab.evaluate('document.activeElement.className')).toBe('skip');
    expect((await tab.locator('.skip').boundingBox())?.x).toBeGreaterThanOrEqual(0);
    await tab.keyboard.press('Enter');
    await tab.keyboard.press('Tab');
    expect(await tab.evaluate('document.querySelector("main").contains(document.activeElement)')).toBe(true);
  });
});
