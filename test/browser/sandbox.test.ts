import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProgram, type Program } from '../e2e/program.ts';

// The quick start as a newcomer meets it: the built program, its page in a real Chromium, faults switched in the page.
// With SCREENSHOTS=folder each page is kept as a picture.

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SHOTS = process.env['SCREENSHOTS'];

let folder: string;
let program: Program;
let browser: Browser;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-panel-'));
  program = startProgram(['sandbox', '--with-agent', '--listen', '127.0.0.1:0'], { cwd: folder });
  url = (await program.until(/page +(http:\S+)/))[1] ?? '';
  await program.until(/faults +http:\S+\/sandbox/);
  if (CHROMIUM === undefined) throw new Error('expected Debian’s chromium (apt-get install chromium)');
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
});
afterAll(async () => {
  await browser?.close();
  program?.child.kill('SIGINT');
  await program?.ended;
  rmSync(folder, { recursive: true, force: true });
});

async function inTab(
  options: Parameters<Browser['newContext']>[0],
  run: (tab: Page, context: BrowserContext) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  try {
    await run(await context.newPage(), context);
  } finally {
    await context.close();
  }
}

const mx = (tab: Page, state: string) =>
  tab.locator('#agent-now li', { hasText: /MX/ }).locator(`.state.${state}`).first();

test('the front page moves by itself and leads to the sandbox', async () => {
  await inTab({ viewport: { width: 1600, height: 900 }, locale: 'en-GB' }, async (tab) => {
    await tab.goto(url);
    // No reload: the page renews itself.
    await tab.locator('h2 .good').waitFor();
    await tab.getByText('so far').first().waitFor();
    await shot(tab, 'start');
    await tab.getByRole('link', { name: 'Switch a fault on and watch' }).click();
    expect(new URL(tab.url()).pathname).toBe('/sandbox');
  });
});

test('a fault that is switched on turns its check bad before the eyes of who sits there, and off, good again', async () => {
  await inTab({ viewport: { width: 1600, height: 900 }, locale: 'en-GB' }, async (tab) => {
    const refused: string[] = [];
    tab.on('console', (message) => message.type() === 'error' && refused.push(message.text()));
    await tab.goto(`${url}sandbox`);
    await mx(tab, 'good').waitFor();
    await tab.getByRole('button', { name: 'Switch on: Close the MX' }).click();
    expect(new URL(tab.url()).hash).toBe('#agent');
    await mx(tab, 'bad').waitFor();
    await tab.locator('#status', { hasText: 'sandbox: not connected · faults on: mx-down' }).waitFor();
    await tab.locator('#panel-events', { hasText: 'fault mx-down switched on' }).waitFor();
    await tab.locator('#agent-now', { hasText: 'refused the connection' }).waitFor();
    await shot(tab, 'panel-bad');
    await tab.getByRole('button', { name: 'All off' }).click();
    await mx(tab, 'good').waitFor();
    await tab.locator('#status', { hasText: 'sandbox: connected · no fault is on' }).waitFor();
    expect(refused).toEqual([]);
  });
  expect(program.out()).toMatch(/faults on: mx-down[^]*check mx \S+: bad[^]*faults on: none[^]*check mx \S+: good/);
});

test('what is being typed stays while the page goes on', async () => {
  await inTab({ viewport: { width: 800, height: 600 }, locale: 'en-GB' }, async (tab) => {
    await tab.goto(`${url}sandbox`);
    await tab.getByRole('link', { name: 'another value: IMAP, The greeting' }).click();
    await tab.getByLabel('How long').fill('40');
    const [before] = await tab.locator('#asof').allTextContents();
    await expect.poll(async () => (await tab.locator('#asof').allTextContents())[0], POLL).not.toBe(before);
    expect(await tab.getByLabel('How long').inputValue()).toBe('40');
    await tab.getByRole('button', { name: 'Set' }).click();
    await tab.getByText('Expected a duration').waitFor();
    await tab.getByLabel('How long').fill('40ms');
    await tab.keyboard.press('Enter');
    await tab.locator('#now-imap-slow', { hasText: 'on: 40 ms' }).waitFor();
    await tab.getByRole('button', { name: 'All off' }).click();
    await tab.locator('#status', { hasText: 'no fault is on' }).waitFor();
  });
});

test('without a script it does the same', async () => {
  await inTab({ javaScriptEnabled: false, locale: 'en-GB' }, async (tab) => {
    await tab.goto(`${url}sandbox`);
    await tab.getByRole('button', { name: 'Switch on: Break the webmail' }).click();
    // The page asks for itself whole.
    await tab.locator('#agent-now', { hasText: 'answered 503' }).waitFor();
    await tab.locator('#status', { hasText: 'sandbox: connected · faults on: webmail-503' }).waitFor();
    await tab.getByRole('button', { name: 'Switch off: Break the webmail' }).click();
    await tab.locator('#status', { hasText: 'no fault is on' }).waitFor();
    expect(program.out()).toMatch(/faults on: webmail-503[^]*faults on: none/);
  });
});

test.each([
  [360, 'light', 'zh'],
  [1600, 'dark', 'en'],
] as const)('at %i px, %s, in %s axe finds nothing and nothing overflows', async (width, colorScheme, lang) => {
  await inTab({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true }, async (tab) => {
    const asked: string[] = [];
    tab.on('request', (request) => asked.push(request.url()));
    await tab.goto(`${url}sandbox?lang=${lang}&refresh=off&value=webmail-text`);
    expect(await violationsOn(tab)).toEqual([]);
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    expect(asked.filter((one) => !one.startsWith(url) && !one.startsWith('data:'))).toEqual([]);
    await shot(tab, `panel-${lang}-${width}-${colorScheme}`);
  });
});

const POLL = { timeout: 20_000, interval: 200 };

async function violationsOn(tab: Page): Promise<readonly string[]> {
  const found = await tab.evaluate(`(async () => { ${AXE}; return axe.run(document); })()`);
  const { violations } = found as { violations: { id: string; nodes: { html: string }[] }[] };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
}

async function shot(tab: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await tab.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
}
