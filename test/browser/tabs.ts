import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { expect } from 'vitest';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SHOTS = process.env['SCREENSHOTS'];
/** Those of docs/pages: each page once, some as a phone has them. */
const KEPT = new Set([
  ...['front-zh', 'report-zh', 'sign-in-zh', 'exclusion-preview-zh', 'exclusions-zh', 'system-zh', 'panel-zh'],
  'report-closed-en',
  ...['front-en', 'day-en', 'probe-en', 'records-en', 'acts-en'],
]);

const WIDTHS = [360, 1600] as const;
const SCHEMES = ['light', 'dark'] as const;

/** On a phone and on a wall, in each language; the order is that of the pictures, which are of the first two. */
export const READERS = [
  { lang: 'zh', locale: 'zh-CN', width: 360, colorScheme: 'light' },
  { lang: 'en', locale: 'en-GB', width: 1600, colorScheme: 'dark' },
  { lang: 'zh', locale: 'zh-CN', width: 1600, colorScheme: 'dark' },
  { lang: 'en', locale: 'en-GB', width: 360, colorScheme: 'light' },
] as const;
/** The width at which a language's pictures for the manual are taken. */
const PICTURE_WIDTH = { zh: 360, en: 1600 } as const;
export type Reader = (typeof READERS)[number];

export async function launchBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('expected Debian’s chromium (apt-get install chromium)');
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}

/** A tab in a context of its own: its cookies are nobody else's. Whatever it asks of another host fails the test. */
export async function inTab(
  browser: Browser,
  options: BrowserContextOptions,
  run: (tab: Page, context: BrowserContext, refused: readonly string[]) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  try {
    const hosts = new Set<string>();
    const refused: string[] = [];
    context.on('request', (request) => hosts.add(new URL(request.url()).hostname));
    const tab = await context.newPage();
    // Chromium tells here what a page's policy refused.
    tab.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) refused.push(message.text());
    });
    tab.on('dialog', (dialog) => refused.push(`a script said: ${dialog.message()}`));
    await run(tab, context, refused);
    expect([...hosts].filter((host) => host !== '' && host !== '127.0.0.1')).toEqual([]);
  } finally {
    await context.close();
  }
}

/**
 * At the tab's own width, in light and in dark, axe finds nothing and nothing overflows. Every picture came, and nothing
 * that somebody wrote became a part of the page.
 */
export async function expectSound(tab: Page): Promise<void> {
  await tab.waitForLoadState('load');
  expect(await tab.locator('evil-mark').count()).toBe(0);
  expect(await tab.evaluate('[...document.images].every((one) => one.complete && one.naturalWidth > 0)')).toBe(true);
  const width = await tab.evaluate('innerWidth');
  expect([width, await tab.evaluate('document.documentElement.scrollWidth')]).toEqual([width, width]);
  const isDark = await tab.evaluate(`matchMedia('(prefers-color-scheme: dark)').matches`);
  for (const colorScheme of SCHEMES) {
    await tab.emulateMedia({ colorScheme });
    expect([width, colorScheme, await violationsOn(tab)]).toEqual([width, colorScheme, []]);
  }
  await tab.emulateMedia({ colorScheme: isDark === true ? 'dark' : 'light' });
}

async function violationsOn(tab: Page): Promise<readonly string[]> {
  const found = await tab.evaluate(
    `(async () => { ${AXE}; return (await axe.run(document, { resultTypes: ['violations'] })).violations; })()`,
  );
  return (found as { id: string; nodes: { html: string }[] }[]).map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ html }) => html.slice(0, 200))
        .join(' | ')}`,
  );
}

/** With SCREENSHOTS=docs/pages the upper part of a page is kept as a picture there; SCREENSHOTS_ALL keeps every one in both widths. */
export async function shot(tab: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  if (process.env['SCREENSHOTS_ALL'] === undefined) {
    const usual = PICTURE_WIDTH[name.endsWith('-zh') ? 'zh' : 'en'];
    if (KEPT.has(name) && tab.viewportSize()?.width === usual) await picture(tab, name);
    return;
  }
  const size = tab.viewportSize();
  for (const width of WIDTHS) {
    await tab.setViewportSize({ width, height: 900 });
    await picture(tab, `${name}-${width}`);
  }
  if (size !== null) await tab.setViewportSize(size);
}

async function picture(tab: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  const size = await tab.evaluate(
    `[innerWidth, Math.min(document.documentElement.scrollHeight, ${process.env['SCREENSHOTS_ALL'] === undefined ? 'innerWidth < 800 ? 1400 : 1000' : '2400'})]`,
  );
  const [width = 0, height = 0] = size as number[];
  const clip = { x: 0, y: 0, width, height };
  const file = path.join(SHOTS, name);
  await tab.screenshot({ path: `${file}.jpeg`, type: 'jpeg', quality: 40, fullPage: true, clip });
}
