import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WORDS } from '../../src/web/entries/catalogue.ts';
import { EVIL, openStage, PASSWORD, type Stage } from './stage.ts';
import { expectSound, inTab, launchBrowser, READERS, shot } from './tabs.ts';

// What people do, in a real Chromium with its own forms, cookies and headers: signing in, entering, correcting, approving,
// withdrawing, recording, signing out. That a form arrives at all shows that what the browser sends as its origin is what is expected,
// and that the policy of the page lets the form go.

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
  [stage, browser] = await Promise.all([openStage(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await stage?.stop();
});

type Lang = 'zh' | 'en';
type Name = 'Li Wei' | 'Chen Jie';

const button = (tab: Page, name: string) => tab.getByRole('button', { name, exact: true });
const link = (tab: Page, name: string) => tab.getByRole('link', { name, exact: true });
const field = (tab: Page, name: string) => tab.locator(`#field-${name}`);

async function signIn(tab: Page, name: Name, lang: Lang, password = PASSWORD): Promise<void> {
  await field(tab, 'name').fill(name);
  await field(tab, 'password').fill(password);
  await button(tab, WORDS.nav.signIn[lang]).click();
}

async function fillWindow(tab: Page, id: string): Promise<void> {
  await field(tab, 'ground').selectOption('a');
  await field(tab, 'from').fill('2026-11-02 00:00');
  await field(tab, 'to').fill('2026-11-18 04:00');
  await field(tab, 'note').fill(EVIL);
  await field(tab, 'id').fill(id);
}

test.each(READERS)(
  'from signing in to signing out at $width px, $colorScheme, in $lang',
  async (reader) => {
    const { lang, locale, width, colorScheme } = reader;
    const options: BrowserContextOptions = { viewport: { width, height: 900 }, colorScheme, locale };
    const { nav, exclusions, entry, records, acts } = WORDS;
    const [id, corrected] = [`W-${lang}-${width}`, `W-${lang}-${width}-b`];
    const [record, better] = [`R-${lang}-${width}`, `R-${lang}-${width}-b`];
    const look = async (tab: Page, name: string): Promise<void> => {
      expect(await tab.getAttribute('html', 'lang')).toBe(lang === 'zh' ? 'zh-CN' : 'en');
      await expectSound(tab);
      await shot(tab, `${name}-${lang}`);
    };

    await inTab(browser, options, async (li, _, refusedLi) => {
      await li.goto(`${stage.url}exclusions`);
      await look(li, 'sign-in');
      await signIn(li, 'Li Wei', lang, 'no such password');
      await li.getByRole('alert').getByText(WORDS.signIn.wrong[lang]).waitFor();
      await look(li, 'sign-in-wrong');
      await signIn(li, 'Li Wei', lang);
      expect(new URL(li.url()).pathname).toBe('/exclusions');
      await look(li, 'exclusions-before');

      await link(li, exclusions.add[lang]).click();
      await fillWindow(li, id);
      await field(li, 'to').fill('yesterday');
      await button(li, entry.preview[lang]).click();
      await li.locator('#error-to').waitFor();
      await look(li, 'exclusion-errors');
      await field(li, 'to').fill('2026-11-18 04:00');
      await button(li, entry.preview[lang]).click();
      await li.getByText(WORDS.preview.onceApproved[lang]).waitFor();
      await li.locator('tr.changed').first().waitFor();
      await look(li, 'exclusion-preview');
      await button(li, entry.enter[lang]).click();
      await li.getByRole('status').getByText(WORDS.done[lang](id)).waitFor();
      expect(await li.locator(`#${id}`).textContent()).toContain(EVIL);
      expect(await li.locator(`#${id} .state`).textContent()).toBe(exclusions.state.waiting[lang]);
      expect(await link(li, `${exclusions.approve[lang]} ${id}`).count()).toBe(0);
      await look(li, 'exclusions');

      await inTab(browser, options, async (chen, __, refusedChen) => {
        await chen.goto(`${stage.url}exclusions`);
        await signIn(chen, 'Chen Jie', lang);
        await link(chen, `${exclusions.approve[lang]} ${id}`).click();
        await look(chen, 'approve');
        await button(chen, exclusions.approve[lang]).click();
        await chen.getByText(WORDS.done[lang](id)).waitFor();
        expect(await chen.locator(`#${id} .state`).textContent()).toBe(exclusions.state.counts[lang]);
        expect(refusedChen).toEqual([]);
      });

      await li.reload();
      await link(li, `${entry.correct[lang]} ${id}`).click();
      expect(await field(li, 'from').inputValue()).toBe('2026-11-02 00:00');
      expect(await field(li, 'note').inputValue()).toBe(EVIL);
      await field(li, 'to').fill('2026-11-17 04:00');
      await field(li, 'id').fill(corrected);
      await button(li, entry.preview[lang]).click();
      await li.getByText(WORDS.preview.nothingWritten[lang]).waitFor();
      await look(li, 'exclusion-correct');
      await button(li, entry.enter[lang]).click();
      await li.getByRole('status').getByText(WORDS.done[lang](corrected)).waitFor();
      expect(await li.locator(`#${id} .state`).textContent()).toBe(exclusions.state.replaced[lang]);
      expect(await li.locator(`#${id}`).textContent()).toContain(entry.replacedBy[lang](corrected));
      // A correction is approved anew.
      expect(await li.locator(`#${corrected} .state`).textContent()).toBe(exclusions.state.waiting[lang]);

      await link(li, `${exclusions.withdraw[lang]} ${corrected}`).click();
      await look(li, 'withdraw');
      await button(li, exclusions.withdraw[lang]).click();
      await li.getByRole('status').getByText(WORDS.done[lang](corrected)).waitFor();
      expect(await li.locator(`#${corrected} .state`).textContent()).toBe(exclusions.state.withdrawn[lang]);

      await link(li, nav.records[lang]).click();
      await field(li, 'kind').selectOption('complaint');
      await button(li, records.add[lang]).click();
      await field(li, 'at').fill('2026-11-10 09:00');
      await field(li, 'started_at').fill('2026-11-10 08:30');
      await button(li, entry.preview[lang]).click();
      // What the form itself asks for is not sent without.
      expect(await li.evaluate('document.activeElement.id')).toBe('field-what');
      await field(li, 'what').fill(EVIL);
      await field(li, 'id').fill(record);
      await button(li, entry.preview[lang]).click();
      await li.getByText(WORDS.preview.nothingWritten[lang]).waitFor();
      await look(li, 'record-preview');
      await button(li, entry.enter[lang]).click();
      expect(await li.locator(`#${record}`).textContent()).toContain(EVIL);
      await look(li, 'records');

      await link(li, `${entry.correct[lang]} ${record}`).click();
      expect(await field(li, 'what').inputValue()).toBe(EVIL);
      await field(li, 'what').fill('said twice');
      await field(li, 'id').fill(better);
      await button(li, entry.preview[lang]).click();
      await li.getByText(WORDS.preview.nothingWritten[lang]).waitFor();
      await look(li, 'record-correct');
      await button(li, entry.enter[lang]).click();
      await li.getByRole('status').getByText(WORDS.done[lang](better)).waitFor();
      expect(await li.locator(`#${better}`).textContent()).toContain('said twice');
      expect(await li.locator(`#${record} .state`).textContent()).toBe(records.state.replaced[lang]);

      await link(li, `${records.withdraw[lang]} ${better}`).click();
      await look(li, 'record-withdraw');
      await button(li, records.withdraw[lang]).click();
      await li.getByRole('status').getByText(WORDS.done[lang](better)).waitFor();
      expect(await li.locator(`#${better} .state`).textContent()).toBe(records.state.withdrawn[lang]);
      await look(li, 'records-after');

      await link(li, nav.acts[lang]).click();
      for (const [act, entryId] of [
        ['enter exclusion', id],
        ['approve exclusion', id],
        ['correct exclusion', corrected],
        ['withdraw exclusion', corrected],
        ['enter record', record],
        ['correct record', better],
        ['withdraw record', better],
      ] as const) {
        const line = li.locator('tr', { hasText: acts.of[act]?.[lang] ?? act });
        await line.filter({ has: li.getByText(entryId, { exact: true }) }).waitFor();
      }
      await look(li, 'acts');
      await button(li, nav.signOut[lang]).click();
      expect(new URL(li.url()).pathname).toBe('/');
      await li.goto(`${stage.url}acts`);
      expect(new URL(li.url()).pathname).toBe('/sign-in');
      expect(refusedLi).toEqual([]);
    });
  },
  300_000,
);

test('pages that are closed lead to the sign-in, from there to where one wanted to go, and out again', async () => {
  await inTab(browser, { locale: 'en-GB' }, async (tab, _, refused) => {
    await tab.goto(`${stage.closedUrl}system/hq?days=7`);
    expect(new URL(tab.url()).pathname).toBe('/sign-in');
    expect(await tab.locator('body').textContent()).not.toContain('hq:');
    await signIn(tab, 'Chen Jie', 'en');
    expect(tab.url()).toBe(`${stage.closedUrl}system/hq?days=7`);
    await expectSound(tab);
    // The form of a page that renews itself, under another policy than those of people.
    await button(tab, 'sign out').click();
    await tab.goto(stage.closedUrl);
    expect(new URL(tab.url()).pathname).toBe('/sign-in');
    expect(refused).toEqual([]);
  });
});

test('without a script and by keyboard alone a window is entered', async () => {
  await inTab(browser, { javaScriptEnabled: false, locale: 'en-GB' }, async (tab) => {
    const { keyboard } = tab;
    const isFocused = async (name: string) => tab.locator(`#field-${name}:focus`).waitFor();
    const tabTo = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 20; presses++) {
        await keyboard.press('Tab');
        if ((await tab.locator(`#field-${name}:focus`).count()) > 0) return;
      }
      expect.fail(`20 times Tab do not lead to ${name}`);
    };
    await tab.goto(`${stage.url}exclusions/new?system=hq`);
    await keyboard.press('Tab');
    await tab.locator('.skip:focus').waitFor();
    await tabTo('name');
    await keyboard.type('Li Wei');
    await keyboard.press('Tab');
    await isFocused('password');
    await keyboard.type(PASSWORD);
    await keyboard.press('Enter');
    await tab.getByRole('heading', { name: 'Enter a window' }).waitFor();
    await tabTo('ground');
    await keyboard.press('ArrowDown');
    for (const [name, text] of [
      ['from', '2026-11-02 00:00'],
      ['to', '2026-11-02 04:00'],
      ['announced_at', ''],
      ['note', 'new storage'],
      ['id', 'W-keys'],
    ] as const) {
      await keyboard.press('Tab');
      await isFocused(name);
      await keyboard.type(text);
    }
    // The first button of the form is the preview: Enter in a field enters nothing yet.
    await keyboard.press('Enter');
    await tab.getByText('A preview: nothing was entered.').waitFor();
    await tabTo('id');
    await keyboard.press('Tab');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await tab.getByText('Done: W-keys.').waitFor();
  });
});
