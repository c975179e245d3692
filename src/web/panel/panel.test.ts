import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_ENTRIES } from '../../../test/support/entry-desk.ts';
import { exampleSettings, liveState, START } from '../../../test/support/feed.ts';
import { NO_MONTHS } from '../../../test/support/month-desk.ts';
import type { AgentSettings } from '../../config/settings.ts';
import { createHandClock } from '../../lib/hand-clock.ts';
import { silentLog } from '../../lib/log.ts';
import { createMetrics, type Metrics } from '../../metrics/metrics.ts';
import { createFaultHistory } from '../../sandbox/fault-history.ts';
import { createFaults, FAULTS, type SandboxFaults } from '../../sandbox/faults.ts';
import { createWeb, type Web } from '../web.ts';
import { FAULT_WORDS, GUIDE, WAYS } from './fault-words.ts';

// The page of the sandbox over real HTTP.

let faults: SandboxFaults;
let metrics: Metrics;
let web: Web;
let url: string;

async function open({ panel = true, ...change }: Partial<AgentSettings> & { panel?: boolean } = {}): Promise<void> {
  const clock = createHandClock(START);
  const example = exampleSettings();
  const settings = { ...example, agent: { ...example.agent, ...change } };
  metrics = createMetrics({ settings, clock, version: '1' });
  faults = createFaults();
  const changes = createFaultHistory(faults, () => START).list;
  web = createWeb({
    settings,
    metrics,
    live: () => liveState(clock.now()),
    recent: () => [],
    desk: NO_MONTHS,
    entries: NO_ENTRIES,
    monthsOf: () => [],
    figuresOf: () => null,
    ...(panel && { panel: { faults, changes } }),
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

interface Visit {
  readonly cookie: string;
  readonly token: string;
  readonly body: string;
}

async function visit(address = 'sandbox'): Promise<Visit> {
  const answer = await fetch(new URL(address, url));
  const body = await answer.text();
  const cookie = /mailwitness_visit=[\w-]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? '';
  const token = /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';
  return { cookie, token, body };
}

async function send(
  fields: Record<string, string>,
  { cookie, token }: Pick<Visit, 'cookie' | 'token'>,
  headers: Record<string, string> = {},
): Promise<{ readonly status: number; readonly location: string | null; readonly body: string }> {
  const answer = await fetch(new URL('sandbox', url), {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: cookie, Origin: new URL(url).origin, ...headers },
    body: new URLSearchParams({ token, ...fields }),
  });
  return { status: answer.status, location: answer.headers.get('location'), body: await answer.text() };
}

describe('the page of the sandbox', () => {
  test.each(['en', 'zh'])('has every fault once under its way, with buttons for it, in %s', async (lang) => {
    const { body } = await visit(`sandbox?lang=${lang}`);
    for (const { name } of FAULTS) {
      expect(body.split(`<li id="fault-${name}">`)).toHaveLength(2);
      expect(WAYS).toContain(FAULT_WORDS[name].way);
    }
    for (const { fault } of GUIDE) expect(body).toContain(`id="try-${fault}"`);
    const ids = [...body.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual([...new Set(ids)]);
    expect(body).not.toMatch(/(src|href)="(https?:)?\/\/|style="/);
  });

  test('is led to from the front page, and from every page beside it', async () => {
    expect((await visit('')).body.match(/href="\/sandbox"/g)).toHaveLength(2);
    expect((await visit('system/hq')).body).toContain('href="/sandbox"');
  });

  test.each([
    [{ fault: 'mx-down', value: 'on' }, 'mx-down', true],
    [{ fault: 'delivery-delay', value: '90s' }, 'delivery-delay', 90_000],
    [{ fault: 'imap-slow', value: ' 1.5 s ' }, 'imap-slow', 1_500],
    [{ fault: 'webmail-text', value: 'Closed <b>today</b>' }, 'webmail-text', 'Closed <b>today</b>'],
  ] as const)('switches on %j, and off again', async (fields, name, value) => {
    const seen = await visit();
    const done = await send({ ...fields, back: `fault-${name}` }, seen);
    expect([done.status, done.location]).toEqual([303, `/sandbox#fault-${name}`]);
    expect(faults.get(name)).toBe(value);
    const { body } = await visit();
    expect(body).toMatch(new RegExp(`faults on: ${name}<`));
    expect(body).not.toContain('<b>');
    await send({ fault: name, value: 'off' }, seen);
    expect(faults.active()).toEqual([]);
    // What was switched stands among the events, the newest first.
    const after = (await visit()).body;
    expect(after.indexOf(`fault ${name} switched off`)).toBeLessThan(after.indexOf(`fault ${name} switched on`));
  });

  test('switches all off', async () => {
    await faults.set('mx-down', true);
    await faults.set('hold', true);
    expect((await send({ all: 'off' }, await visit())).status).toBe(303);
    expect(faults.active()).toEqual([]);
  });

  test.each([
    ['a length that is none', { fault: 'imap-slow', value: 'soon' }, 'Expected a duration'],
    ['a length beyond what a timer can do', { fault: 'imap-slow', value: '99999m' }, 'Expected a duration'],
    ['nothing', { fault: 'webmail-text', value: ' ' }, 'Expected a line'],
    ['a text that would redraw a terminal', { fault: 'webmail-text', value: 'a\u001b[2Jb' }, 'Expected a line'],
    ['a text that is too long', { fault: 'webmail-text', value: 'x'.repeat(201) }, 'Expected a line'],
    ['a fault that there is not', { fault: '__proto__', value: 'on' }, 'There is no such fault'],
  ])('%s is refused beside its field, and changes nothing', async (_, fields, words) => {
    const answer = await send(fields, await visit());
    expect(answer.status).toBe(422);
    expect(answer.body).toContain(words);
    expect(faults.active()).toEqual([]);
  });

  test('what is being typed outlives every renewal of the page', async () => {
    const { body } = await visit('sandbox?value=imap-slow');
    // Without a script the page keeps still; with one only the marked parts are renewed (test/browser has it).
    expect(body).not.toContain('http-equiv');
    expect(body).toContain('data-refresh="2"');
    expect(body).toContain('<input id="value"');
    expect(body).toMatch(/<main id="main">/);
    expect((await visit()).body).toContain('content="5;url=/sandbox?renewal=1"');
  });

  test('leads nowhere else, whatever a form says', async () => {
    const seen = await visit();
    const done = await send({ fault: 'junk', value: 'on', back: '//attacker.example/' }, seen);
    expect(done.location).toBe('/sandbox#status');
  });
});

describe('a form of the sandbox', () => {
  const MX = { fault: 'mx-down', value: 'on' };

  test.each([
    ['from another page', { Origin: 'https://attacker.example' }, 403],
    ['from a page that hides where it is', { Origin: 'null' }, 403],
    ['asked for by a name that is not ours', { Host: 'attacker.example' }, 421],
  ])('%s is refused', async (_, headers, status) => {
    const seen = await visit();
    const { default: http } = await import('node:http');
    const body = String(new URLSearchParams({ ...MX, token: seen.token }));
    const answered = await new Promise<number>((resolve, reject) => {
      const asked = http.request(
        new URL('sandbox', url),
        { method: 'POST', headers: { Cookie: seen.cookie, Origin: new URL(url).origin, ...headers } },
        (answer) => resolve(answer.resume().statusCode ?? 0),
      );
      asked.on('error', reject).end(body);
    });
    expect(answered).toBe(status);
    expect(faults.active()).toEqual([]);
  });

  test('without where it comes from, without its token, with the token of another browser is refused', async () => {
    const [one, other] = [await visit(), await visit()];
    expect((await send(MX, { ...one, token: '' })).status).toBe(403);
    expect((await send(MX, { ...one, cookie: '' })).status).toBe(403);
    expect((await send(MX, { ...one, token: other.token })).status).toBe(403);
    const bare = await fetch(new URL('sandbox', url), {
      method: 'POST',
      headers: { Cookie: one.cookie },
      body: new URLSearchParams({ ...MX, token: one.token }),
    });
    expect(bare.status).toBe(403);
    expect(faults.active()).toEqual([]);
    expect((await send(MX, one)).status).toBe(303);
  });

  test('that is too long is refused', async () => {
    expect((await send({ ...MX, more: 'x'.repeat(70_000) }, await visit())).status).toBe(413);
    expect(faults.active()).toEqual([]);
  });

  test('is taken under a policy that lets it go back to us alone', async () => {
    const answer = await fetch(new URL('sandbox', url));
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("form-action 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/);
  });
});

describe('beside a real mail system', () => {
  beforeEach(async () => {
    await web.stop();
    metrics.stop();
    await open({ panel: false });
  });

  test('there is no such page, and nothing leads to one', async () => {
    const seen = await visit('');
    expect(seen.body).not.toContain('sandbox');
    expect((await fetch(new URL('sandbox', url))).status).toBe(404);
    expect((await send({ fault: 'mx-down', value: 'on' }, seen)).status).toBe(404);
  });
});

test('under pages that are closed it is for those who signed in', async () => {
  await web.stop();
  metrics.stop();
  await open({ pages: 'signed-in' });
  const answer = await fetch(new URL('sandbox', url), { headers: { Accept: 'text/html' }, redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in?next=%2Fsandbox']);
});
