import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProgram, type Program } from '../e2e/program.ts';
import { expectSound, inTab, launchBrowser, READERS, shot } from './tabs.ts';

// The quick start as a newcomer meets it: the built program, its page in a real Chromium, faults switched in the page.

let folder: string;
let program: Program;
let browser: Browser;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-panel-'));
  program = startProgram(['sandbox', '--with-agent', '--listen', '127.0.0.1:0'], { cwd: folder });
  url = (await program.until(/page +(http:\S+)/))[1] ?? '';
  await program.until(/faults +http:\S+\/sandbox/);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  program?.child.kill('SIGINT');
  await program?.ended;
  rmSync(folder, { recursive: true, force: true });
});

const mx = (tab: Page, state: string) =>
  tab.locator('#agent-now li', { hasText: /MX/ }).locator(`.state.${state}`).first();

test('the front page moves by itself and leads to the sandbox', async () => {
  await inTab(browser, { viewport: { width: 1600, height: 900 }, locale: 'en-GB' }, async (tab) => {
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
  await inTab(browser, { viewport: { width: 1600, height: 900 }, locale: 'en-GB' }, async (tab, _, refused) => {
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
  await inTab(browser, { viewport: { width: 800, height: 600 }, locale: 'en-GB' }, async (tab) => {
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
  await inTab(browser, { javaScriptEnabled: false, locale: 'en-GB' }, async (tab) => {
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

test.each(READERS)('the panel at $width px, $colorScheme, in $lang', async ({ lang, width, colorScheme }) => {
  await inTab(browser, { viewport: { width, height: 900 }, colorScheme }, async (tab, _, refused) => {
    await tab.goto(`${url}sandbox?lang=${lang}&refresh=off&value=webmail-text`);
    await expectSound(tab);
    expect(refused).toEqual([]);
    await shot(tab, `panel-${lang}`);
    await tab.goto(`${url}exclusions?lang=${lang}`);
    await tab.locator('main pre').waitFor();
    await expectSound(tab);
    await shot(tab, `sign-in-off-${lang}`);
  });
});

const POLL = { timeout: 20_000, interval: 200 };
