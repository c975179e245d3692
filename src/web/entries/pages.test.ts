import { request, type IncomingHttpHeaders } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exampleSettings, liveState } from '../../../test/support/feed.ts';
import { NO_MONTHS } from '../../../test/support/month-desk.ts';
import type { AgentSettings } from '../../config/settings.ts';
import { loadContract } from '../../config/load-contract.ts';
import { DEFAULT_CONTRACT } from '../../config/derive.ts';
import { createHandClock, type HandClock } from '../../lib/hand-clock.ts';
import { silentLog } from '../../lib/log.ts';
import { hashPassword } from '../../lib/password-hash.ts';
import { Secret } from '../../lib/secret.ts';
import { HOUR, MINUTE, SECOND } from '../../lib/time.ts';
import { createMetrics, type Metrics } from '../../metrics/metrics.ts';
import { createAnswering, type Answering } from '../../month/answering.ts';
import { latestActs } from '../../store/acts.ts';
import { listExclusions } from '../../store/exclusions.ts';
import { openForEntry, type Db } from '../../store/file.ts';
import { listRecords } from '../../store/records.ts';
import { openStore, type OpenStore } from '../../store/store.ts';
import { createWeb, type Web } from '../web.ts';

// The pages of people over real HTTP, on a real store.

const NOW = Date.UTC(2026, 9, 20, 9);
const PASSWORD = 'correct horse battery';
let hash: Secret;
beforeAll(async () => {
  hash = new Secret(await hashPassword(PASSWORD));
});

let dir: string;
let store: OpenStore;
let answering: Answering;
let clock: HandClock;
let metrics: Metrics;
let web: Web;
let url: string;
let db: Db;
let log: string[];

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-pages-'));
});
afterEach(async () => {
  await web.stop();
  metrics.stop();
  await answering.stop();
  db.close();
  await store.close(NOW);
  rmSync(dir, { recursive: true });
});

function users(): AgentSettings['users'] {
  const password_hash = hash;
  return [
    { name: 'Li Wei', role: 'operator', systems: 'all', password_hash },
    { name: 'Chen Jie', role: 'customer', systems: ['hq'], password_hash },
    { name: 'Wang Fang', role: 'viewer', systems: ['hq', 'web'], password_hash },
    { name: 'Other Op', role: 'operator', systems: ['web'], password_hash },
    { name: 'Fan Yue', role: 'customer', systems: 'all', password_hash },
  ];
}

async function open(change: Partial<AgentSettings> = {}): Promise<void> {
  clock = createHandClock(NOW);
  const file = path.join(dir, 'store.db');
  store = await openStore({ path: file, vantage: 'office', now: NOW, thread: false });
  db = openForEntry(file);
  const example = exampleSettings();
  const settings = { ...example, agent: { ...example.agent, users: users(), ...change } };
  const loaded = loadContract(DEFAULT_CONTRACT);
  const agreements = settings.systems.map(({ name }) => ({ system: name, file: DEFAULT_CONTRACT, text: loaded.text }));
  answering = createAnswering({ store: file, agreements });
  metrics = createMetrics({ settings, clock, version: '1.2.3' });
  log = [];
  const line = (fields: object, text: string) => void log.push(`${text} ${JSON.stringify(fields)}`);
  const { exclusions, records, acts: listed, preview } = answering;
  web = createWeb({
    settings,
    metrics,
    live: () => liveState(clock.now()),
    recent: () => [],
    desk: NO_MONTHS,
    entries: { contractOf: () => loaded.contract, exclusions, records, acts: listed, preview, act: store.act },
    monthsOf: () => [],
    figuresOf: () => null,
    clock,
    version: '1.2.3',
    log: { ...silentLog, info: line, warn: line, error: line },
  });
  ({ url } = await web.start());
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A browser: it keeps cookies, and tells where its forms come from. */
function browser(own: Record<string, string> = {}) {
  const cookies = new Map<string, string>();

  async function send(method: string, to: string, more: Record<string, string> = {}, body?: string): Promise<Answer> {
    const target = new URL(to, url);
    const headers = {
      Accept: 'text/html',
      ...(cookies.size > 0 && { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
      ...(method === 'POST' && { Origin: target.origin, 'Content-Type': 'application/x-www-form-urlencoded' }),
      ...own,
      ...more,
    };
    const answer = await new Promise<Answer>((resolve, reject) => {
      const asked = request(target, { agent: false, method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      });
      asked.on('error', reject).end(body);
    });
    for (const cookie of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '' || /max-age=0/i.test(cookie)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }

  const get = (to: string, headers: Record<string, string> = {}) => send('GET', to, headers);
  /** Sends a form as the page has it, with these fields filled in. */
  async function post(to: string, fields: Record<string, string> = {}, from = to, headers = {}): Promise<Answer> {
    const { body } = await get(from);
    const hidden = [...body.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value] as const,
    );
    return send('POST', to, headers, String(new URLSearchParams({ ...Object.fromEntries(hidden), ...fields })));
  }
  const signIn = (name: string, password = PASSWORD, headers = {}) =>
    post('sign-in', { name, password }, 'sign-in', headers);
  return { get, post, send, signIn, cookies };
}

async function signedIn(name: string): Promise<ReturnType<typeof browser>> {
  const one = browser();
  const answer = await one.signIn(name);
  expect([name, answer.status, answer.headers.location]).toEqual([name, 303, '/exclusions']);
  return one;
}

const WINDOW = {
  ground: 'a',
  from: '2026-10-05 02:00',
  to: '2026-10-05 04:00',
  announced_at: '2026-09-30 10:00',
  note: 'new storage',
  id: 'W1',
  do: 'enter',
};

async function entered(fields: Record<string, string> = {}): Promise<void> {
  const li = await signedIn('Li Wei');
  const answer = await li.post('exclusions/new?system=hq', { ...WINDOW, ...fields });
  expect(answer.status).toBe(303);
}

/** A record of hq. */
async function recorded(id = 'R1', what = 'spam'): Promise<void> {
  const record = { id, kind: 'complaint', at: NOW, body: { started_at: NOW, what } } as const;
  const actor = { person: 'Li Wei', role: 'operator', address: '' };
  await store.act({ kind: 'enter record', system: 'hq', record }, actor, NOW);
}

const textOf = (html: string): string =>
  html
    .replaceAll(/<style>.*?<\/style>/gs, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
const acts = () => latestActs(db, 50).map(({ person, act, entry }) => `${person}: ${act} ${entry ?? ''}`.trim());

describe('while there are no users', () => {
  test.each(['exclusions', 'records', 'sign-in'])('/%s is closed and says how it is opened', async (page) => {
    await open({ users: [] });
    await entered0();
    const { status, body } = await browser().get(page);
    expect(status).toBe(403);
    expect(textOf(body)).toContain('mailwitness user add');
    expect(body).not.toContain('new storage');
    expect(body).not.toContain('name="password"');
  });

  async function entered0(): Promise<void> {
    const entry = { system: 'hq', from: NOW, to: NOW + HOUR, ground: 'b', note: 'new storage' };
    await store.act({ kind: 'enter exclusion', entry, grounds: ['b'] }, { person: 'x', role: 'y', address: '' }, NOW);
  }
});

describe('signing in', () => {
  test('leads to where one wanted to go, with a cookie that no script reads', async () => {
    await open();
    const li = browser();
    const sent = await li.get('records?system=web');
    expect([sent.status, sent.headers.location]).toEqual([303, '/sign-in?next=%2Frecords%3Fsystem%3Dweb']);
    const to = sent.headers.location ?? '';
    const done = await li.post(to, { name: ' li  WEI', password: PASSWORD });
    expect([done.status, done.headers.location]).toEqual([303, '/records?system=web']);
    const cookie = done.headers['set-cookie']?.find((one) => one.startsWith('mailwitness_session='));
    expect(cookie).toMatch(/^mailwitness_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    expect((await li.get('records?system=web')).status).toBe(200);
    expect(acts()).toEqual(['Li Wei: sign in']);
    expect(latestActs(db, 1)).toMatchObject([{ role: 'operator', address: '127.0.0.1', at: NOW }]);
  });

  test('an unknown name and a wrong password get the same answer, and neither stands in the log', async () => {
    await open();
    const [wrong, unknown] = [browser(), browser()];
    const one = await wrong.signIn('Li Wei', 'wrong password!');
    const other = await unknown.signIn('Nobody', 'wrong password!');
    const plain = ({ status, body }: Answer) => [status, body.replaceAll(/value="[^"]*"/g, '')];
    expect(plain(one)).toEqual(plain(other));
    expect(one.status).toBe(403);
    expect(textOf(one.body)).toContain('The name or the password is wrong.');
    expect(log.join()).not.toMatch(/password!|Nobody/);
    expect(acts()).toEqual([]);
  });

  test('after five failures waits, the right password too; and the wait ends', async () => {
    await open();
    const li = browser();
    for (let n = 0; n < 5; n++) expect((await li.signIn('Li Wei', 'wrong password!')).status).toBe(403);
    const held = await li.signIn('Li Wei');
    expect([held.status, held.headers['retry-after']]).toEqual([429, '1']);
    expect((await browser().signIn('Chen Jie')).status).toBe(429);
    await clock.advance(SECOND);
    expect((await li.signIn('Li Wei')).status).toBe(303);
  });

  test('a session ends when idle, after its limit, and when one signs out', async () => {
    await open();
    const li = await signedIn('Li Wei');
    await clock.advance(29 * MINUTE);
    expect((await li.get('exclusions')).status).toBe(200);
    await clock.advance(30 * MINUTE);
    expect((await li.get('exclusions')).status).toBe(303);

    await li.signIn('Li Wei');
    for (let n = 0; n < 35; n++) {
      await clock.advance(20 * MINUTE);
      expect((await li.get('exclusions')).status).toBe(200);
    }
    await clock.advance(20 * MINUTE);
    expect((await li.get('exclusions')).status).toBe(303);

    await li.signIn('Li Wei');
    const stolen = li.cookies.get('mailwitness_session') ?? '';
    expect((await li.post('sign-out', {}, 'exclusions')).status).toBe(303);
    li.cookies.set('mailwitness_session', stolen);
    expect((await li.get('exclusions')).status).toBe(303);
    expect(acts()[0]).toBe('Li Wei: sign out');
  });

  test('what a page asks by itself keeps no session open; what a person asks does', async () => {
    await open({ pages: 'signed-in' });
    const li = await signedIn('Li Wei');
    const script = { 'Mailwitness-Renewal': '1' };
    const byItself: readonly (readonly [string, Record<string, string>])[] = [
      ['?renewal=1', {}],
      ['', script],
      ['system/hq?days=7&renewal=1', {}],
      ['system/hq?days=7', script],
      ['system/hq/delay.svg?route=in&kind=inbound', {}],
    ];
    const all = async (): Promise<number[]> => {
      const answers = [];
      for (const [to, headers] of byItself) answers.push((await li.get(to, headers)).status);
      return answers;
    };
    await clock.advance(20 * MINUTE);
    expect((await li.get('system/hq')).status).toBe(200);
    await clock.advance(20 * MINUTE);
    expect(await all()).toEqual([200, 200, 200, 200, 404]);
    await clock.advance(10 * MINUTE);
    expect(await all()).toEqual([303, 303, 303, 303, 303]);
  });

  test('where the pages are open looking keeps a session open; what a page asks by itself does not', async () => {
    await open();
    const li = await signedIn('Li Wei');
    await clock.advance(20 * MINUTE);
    expect((await li.get('')).body).toContain('Li Wei');
    await clock.advance(20 * MINUTE);
    expect((await li.get('?renewal=1')).body).toContain('Li Wei');
    await clock.advance(10 * MINUTE);
    expect((await li.get('')).body).not.toContain('Li Wei');
  });

  test('takes a new session whatever cookie the browser had', async () => {
    await open();
    const li = browser();
    li.cookies.set('mailwitness_session', 'planted');
    await li.signIn('Li Wei');
    expect(li.cookies.get('mailwitness_session')).toMatch(/^[\w-]{43}$/);
  });

  test.each(['https://attacker.example/', '//attacker.example', '/\\attacker.example', '/sign-out'])(
    'never leads to %s',
    async (next) => {
      await open();
      const li = browser();
      const done = await li.post(`sign-in?next=${encodeURIComponent(next)}`, { name: 'Li Wei', password: PASSWORD });
      expect([done.status, done.headers.location]).toEqual([303, '/exclusions']);
    },
  );
});

describe('a form', () => {
  test('from another page is refused, and so is one without its origin or its token', async () => {
    await open();
    const li = await signedIn('Li Wei');
    const at = 'exclusions/new?system=hq';
    for (const Origin of ['https://attacker.example', 'null', `http://127.0.0.1:1`])
      expect((await li.post(at, WINDOW, at, { Origin })).status).toBe(403);
    expect((await li.post(at, { ...WINDOW, token: 'x'.repeat(43) })).status).toBe(403);
    const other = await signedIn('Chen Jie');
    const [, theirs = ''] = /name="token" value="([^"]+)"/.exec((await other.get('exclusions')).body) ?? [];
    expect((await li.post(at, { ...WINDOW, token: theirs })).status).toBe(403);
    const raw = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: '' };
    expect((await li.send('POST', at, raw, '')).status).toBe(403);
    expect(listExclusions(db, 'hq')).toEqual([]);
    expect((await browser().post('sign-in', { name: 'Li Wei', password: PASSWORD, token: 'x' })).status).toBe(403);
  });

  test('that is sent twice does its work once', async () => {
    await open();
    const li = await signedIn('Li Wei');
    const ticket = 'the-same-form';
    for (let n = 0; n < 2; n++)
      expect((await li.post('exclusions/new?system=hq', { ...WINDOW, id: '', ticket })).status).toBe(303);
    expect(listExclusions(db, 'hq')).toHaveLength(1);
  });

  test('that is too long is refused', async () => {
    await open();
    const li = await signedIn('Li Wei');
    expect((await li.post('exclusions/new?system=hq', { ...WINDOW, note: 'x'.repeat(70_000) })).status).toBe(413);
  });

  test('of a name that is not ours is refused, whoever sends it', async () => {
    await open();
    const li = await signedIn('Li Wei');
    expect((await li.get('exclusions', { Host: 'rebind.attacker.example' })).status).toBe(421);
    expect((await li.get('exclusions', { Origin: 'http://rebind.attacker.example' })).status).toBe(403);
  });
});

describe('who may do what', () => {
  const rows: readonly (readonly [string, string, readonly [number, number, number, number, number]])[] = [
    // entering a window, a record; approving, withdrawing W1 of hq; withdrawing R1 of hq
    ['Li Wei', 'an operator, who entered it', [200, 200, 403, 200, 200]],
    ['Chen Jie', 'a customer', [403, 403, 200, 403, 403]],
    ['Wang Fang', 'a viewer', [403, 403, 403, 403, 403]],
    ['Other Op', 'an operator of another system', [404, 404, 404, 404, 404]],
  ];
  test.each(rows)('%s, %s: %j', async (name, _, statuses) => {
    await open();
    await entered();
    await recorded();
    const one = name === 'Li Wei' ? await signedIn(name) : browser();
    await one.signIn(name);
    const pages = [
      'exclusions/new?system=hq',
      'records/new?system=hq&kind=billing',
      'exclusions/W1/approve?system=hq',
      'exclusions/W1/withdraw?system=hq',
      'records/R1/withdraw?system=hq',
    ];
    const got = [];
    for (const page of pages) got.push((await one.get(page)).status);
    expect(got).toEqual(statuses);
    // What a page refuses its form refuses as well, and nothing is done.
    const before = acts().filter((act) => !act.includes('sign'));
    const closed = pages.flatMap((page, index) => (statuses[index] === 200 ? [] : [[page, statuses[index]] as const]));
    for (const [page, status] of closed) {
      const own = name === 'Other Op' ? 'exclusions?system=web' : 'exclusions';
      const sent = await one.post(page, { ...WINDOW, id: 'W2', kind: 'billing' }, own);
      expect([page, sent.status]).toEqual([page, status]);
    }
    expect(acts().filter((act) => !act.includes('sign'))).toEqual(before);
  });

  test('nobody approves what they entered, were they the customer too', async () => {
    await open();
    const entry = { id: 'W9', system: 'hq', from: NOW, to: NOW + HOUR, ground: 'a', note: 'x' };
    const actor = { person: 'fan  yue', role: 'x', address: '' };
    await store.act({ kind: 'enter exclusion', entry, grounds: ['a'] }, actor, NOW);
    const fan = await signedIn('Fan Yue');
    expect((await fan.get('exclusions?system=hq')).body).not.toContain('W9/approve');
    const refused = await fan.post('exclusions/W9/approve?system=hq', {}, 'exclusions');
    expect([refused.status, textOf(refused.body).includes('Nobody approves a window that they entered.')]).toEqual([
      403,
      true,
    ]);
  });

  test('a system that is not theirs is as one that there is not', async () => {
    await open();
    const chen = await signedIn('Chen Jie');
    const [web, none] = [await chen.get('exclusions?system=web'), await chen.get('exclusions?system=none')];
    expect([web.status, none.status]).toEqual([404, 404]);
    const plain = (html: string): string => textOf(html);
    expect(plain(web.body)).toBe(plain(none.body));
  });
});

describe('a window', () => {
  test('is entered, seen as waiting, approved by the customer, counts', async () => {
    await open();
    await entered();
    const chen = await signedIn('Chen Jie');
    const list = await chen.get('exclusions?system=hq');
    expect(textOf(list.body)).toContain(
      'W1 waits for approval it takes nothing out before the customer approves it 2026-10-05 02:00 – 2026-10-05 04:00 Asia/Shanghai',
    );
    const page = 'exclusions/W1/approve?system=hq';
    expect(textOf((await chen.get(page)).body)).toContain('2026-10 : There is nothing to compute this month from');
    const done = await chen.post(page);
    expect([done.status, done.headers.location]).toEqual([303, '/exclusions?system=hq&done=W1']);
    const after = textOf((await chen.get(done.headers.location ?? '')).body);
    expect(after).toContain('Done: W1.');
    expect(after).toContain('W1 counts');
    expect(listExclusions(db, 'hq')).toMatchObject([
      { fact: { id: 'W1', entered_by: 'Li Wei', approved_by: 'Chen Jie', approved_at: NOW } },
    ]);
    expect((await chen.post(page, {}, 'exclusions')).status).toBe(409);
    expect(acts().filter((act) => !act.includes('sign'))).toEqual([
      'Chen Jie: approve exclusion W1',
      'Li Wei: enter exclusion W1',
    ]);
    expect(log.filter((line) => line.includes('approve'))).toHaveLength(1);
  });

  test('is corrected by a new one, which begins as the old one stands, and that is withdrawn', async () => {
    await open();
    await entered();
    const li = await signedIn('Li Wei');
    const at = 'exclusions/new?system=hq&replaces=W1';
    const { body } = await li.get(at);
    for (const value of ['2026-10-05 02:00', '2026-10-05 04:00', '2026-09-30 10:00', 'new storage'])
      expect(body).toContain(`value="${value}"`);
    const fields = { ...WINDOW, id: 'W2', to: '2026-10-05 05:00' };
    expect((await li.post('exclusions/new?system=hq', fields, at)).status).toBe(303);
    expect((await li.get(at)).status).toBe(409);
    expect((await li.post('exclusions/W2/withdraw?system=hq')).status).toBe(303);
    const text = textOf((await li.get('exclusions?system=hq')).body);
    expect(text).toMatch(/W2 withdrawn .* W1 replaced .* replaced by W2/);
  });

  test.each([
    ['nothing at all', { ground: '', from: '', to: '', note: '', announced_at: '' }, ['ground', 'from', 'to', 'note']],
    ['an end before its begin', { to: '2026-10-05 01:00' }, ['to']],
    ['a time that is none', { from: 'yesterday' }, ['from']],
    ['an announcement to come', { announced_at: '2027-01-01 00:00' }, ['announced_at']],
    ['an id that is none', { id: 'W 1' }, ['id']],
    ['a note that would redraw the list', { note: 'a\u202eb' }, ['note']],
  ])('with %s is refused beside the field', async (_, fields, wrong) => {
    await open();
    const li = await signedIn('Li Wei');
    const answer = await li.post('exclusions/new?system=hq', { ...WINDOW, ...fields });
    expect(answer.status).toBe(422);
    const marked = [...answer.body.matchAll(/id="error-(\w+)"/g)].map(([, name]) => name);
    expect(marked).toEqual(wrong);
    for (const name of wrong)
      expect(answer.body).toMatch(new RegExp(`aria-describedby="error-${name}[^>]*aria-invalid`));
    expect(listExclusions(db, 'hq')).toEqual([]);
  });

  test('with a time that the zone has twice is told both to choose from', async () => {
    await open();
    const li = await signedIn('Li Wei');
    // Summer time of 1991 ended there at 02:00, by which the clocks showed 01:30 twice.
    const answer = await li.post('exclusions/new?system=hq', { ...WINDOW, from: '1991-09-15 01:30' });
    expect(textOf(answer.body)).toContain(
      '1991-09-15T01:30:00 comes twice in Asia/Shanghai, where the clocks are put back over it. Write 1991-09-15T01:30:00+09:00 or 1991-09-15T01:30:00+08:00.',
    );
  });

  test('previewed is not entered, and says what happens once it is approved', async () => {
    await open();
    const li = await signedIn('Li Wei');
    const answer = await li.post('exclusions/new?system=hq', { ...WINDOW, do: 'preview' });
    expect(answer.status).toBe(200);
    expect(textOf(answer.body)).toContain('This ground needs the approval of the customer');
    expect(answer.body).toContain('value="new storage"');
    expect(listExclusions(db, 'hq')).toEqual([]);
  });

  test('whose note is hostile is text', async () => {
    await open();
    await entered({ note: '<script>alert(1)</script>"\'&' });
    const li = await signedIn('Li Wei');
    for (const page of [
      'exclusions?system=hq',
      'exclusions/new?system=hq&replaces=W1',
      'exclusions/W1/withdraw?system=hq',
    ]) {
      const { body, headers } = await li.get(page);
      expect(body).toContain('&lt;script&gt;');
      expect(body).not.toContain('<script');
      expect(headers['content-security-policy']).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; .*form-action 'self'/,
      );
    }
  });
});

describe('a record', () => {
  test('is entered, and corrected', async () => {
    await open();
    const li = await signedIn('Li Wei');
    const fields = { at: '2026-10-05 02:00', started_at: '2026-10-05 01:00', what: 'spam', id: 'C1', do: 'enter' };
    const at = 'records/new?system=hq&kind=complaint';
    expect((await li.post('records/new?system=hq', fields, at)).status).toBe(303);
    const correct = 'records/new?system=hq&replaces=C1';
    const better = { ...fields, id: 'C2', done_at: '2026-10-06 01:00' };
    expect((await li.post('records/new?system=hq', better, correct)).status).toBe(303);
    expect(listRecords(db, 'hq')).toMatchObject([
      { fact: { id: 'C1', kind: 'complaint', what: 'spam' }, replaced_by: 'C2', entered_by: 'Li Wei' },
      { fact: { id: 'C2', kind: 'complaint', replaces: 'C1' } },
    ]);
    expect(textOf((await li.get('records?system=hq')).body)).toMatch(
      /C2 complaint counts .* started 2026-10-05 01:00, done 2026-10-06 01:00, what spam .* C1 complaint replaced/,
    );
  });

  test.each([
    ['en', 'Expected a time that is not before the begin.', 'This is needed.'],
    ['zh', '不得早于开始（锁定）时间。', '必填。'],
  ])('that is wrong is refused beside the field, in %s', async (lang, order, needed) => {
    await open();
    const li = await signedIn('Li Wei');
    const fields = { at: '', started_at: '2026-10-05 02:00', done_at: '2026-10-05 01:00', what: 'x', do: 'enter' };
    const at = `records/new?system=hq&kind=complaint&lang=${lang}`;
    const first = await li.post('records/new?system=hq', fields, at);
    expect([first.status, textOf(first.body).includes(needed)]).toEqual([422, true]);
    const second = await li.post('records/new?system=hq', { ...fields, at: '2026-10-05 02:00' }, at);
    expect([second.status, textOf(second.body).includes(order)]).toEqual([422, true]);
    expect(listRecords(db, 'hq')).toEqual([]);
  });
});

describe('withdrawing a record', () => {
  const PAGE = 'records/R1/withdraw?system=hq';

  test('shows what would become of the figures, does it, and leaves the record in the list', async () => {
    await open();
    await recorded();
    const li = await signedIn('Li Wei');
    const list = await li.get('records?system=hq');
    expect(list.body).toContain(`href="/${PAGE}"`);
    const page = textOf((await li.get(PAGE)).body);
    expect(page).toContain('Withdraw record R1');
    expect(page).toContain('2026-10 : There is nothing to compute this month from');
    expect(listRecords(db, 'hq')).not.toMatchObject([{ withdrawn_by: 'Li Wei' }]);
    const done = await li.post(PAGE);
    expect([done.status, done.headers.location]).toEqual([303, '/records?system=hq&done=R1']);
    const after = await li.get(done.headers.location ?? '');
    expect(textOf(after.body)).toMatch(/Done: R1\. .* R1 complaint withdrawn .* withdrawn by Li Wei, 2026-10-20 17:00/);
    expect(after.body).not.toMatch(/records\/R1\/withdraw|replaces=R1/);
    expect(listRecords(db, 'hq')).toMatchObject([{ withdrawn_by: 'Li Wei', withdrawn_at: NOW }]);
    expect(acts().filter((act) => !act.includes('sign'))).toEqual([
      'Li Wei: withdraw record R1',
      'Li Wei: enter record R1',
    ]);
    expect(textOf((await li.get('acts')).body)).toContain('withdrew a record');
    expect(textOf((await li.get('acts?lang=zh')).body)).toContain('撤回记录');
    expect(textOf((await li.get('records?system=hq')).body)).toMatch(
      /R1 投诉 已撤回 .*、Li Wei 于 2026-10-20 17:00 撤回/,
    );
  });

  test('is done once: after it neither that nor a correction', async () => {
    await open();
    await recorded();
    const li = await signedIn('Li Wei');
    expect((await li.post(PAGE)).status).toBe(303);
    expect((await li.post(PAGE, {}, 'records')).status).toBe(409);
    expect((await li.get('records/new?system=hq&replaces=R1')).status).toBe(409);
    expect((await li.get('records/R2/withdraw?system=hq')).status).toBe(404);
    expect(acts().filter((act) => act.includes('withdraw'))).toEqual(['Li Wei: withdraw record R1']);
  });

  test('from another page, without its origin or with a token of somebody else is refused', async () => {
    await open();
    await recorded();
    const li = await signedIn('Li Wei');
    for (const Origin of ['https://attacker.example', 'null'])
      expect((await li.post(PAGE, {}, PAGE, { Origin })).status).toBe(403);
    expect((await li.send('POST', PAGE, { Origin: '' }, '')).status).toBe(403);
    expect((await li.post(PAGE, { token: 'x'.repeat(43) })).status).toBe(403);
    const other = await signedIn('Chen Jie');
    const [, theirs = ''] = /name="token" value="([^"]+)"/.exec((await other.get('records')).body) ?? [];
    expect((await li.post(PAGE, { token: theirs })).status).toBe(403);
    expect(acts().filter((act) => act.includes('withdraw'))).toEqual([]);
  });

  test('of one that is hostile shows it as text', async () => {
    await open();
    await recorded('R1', '<script>alert(1)</script>');
    const { body } = await (await signedIn('Li Wei')).get(PAGE);
    expect(body).toContain('&lt;script&gt;');
    expect(body).not.toContain('<script');
  });
});

describe('the language', () => {
  test("is the browser's, until somebody switches, which is remembered", async () => {
    await open();
    const wang = browser({ 'Accept-Language': 'zh-CN,zh;q=0.9,en;q=0.5' });
    await wang.signIn('Wang Fang');
    expect((await wang.get('exclusions')).body).toMatch(/<html lang="zh-CN">.*除外时段/s);
    const [, other = ''] = /href="([^"]*lang=en)"/.exec((await wang.get('exclusions?system=web')).body) ?? [];
    expect(other).toBe('/exclusions?system=web&amp;lang=en');
    await wang.get(other.replaceAll('&amp;', '&'));
    expect((await wang.get('records')).body).toMatch(/<html lang="en">.*No record was entered/s);
  });
});

describe('below a path of a proxy', () => {
  test('every link, form, redirect and cookie has it, whether the proxy takes it off or not', async () => {
    await open({
      base_path: '/mail/witness',
      proxies: [{ address: '127.0.0.1', bits: 32 }],
      host_names: ['w.example.net'],
    });
    expect(url).toMatch(/\/mail\/witness\/$/);
    const forwarded = {
      'X-Forwarded-For': '203.0.113.9',
      'X-Forwarded-Host': 'w.example.net',
      'X-Forwarded-Proto': 'https',
      Origin: 'https://w.example.net',
    };
    const li = browser(forwarded);
    const done = await li.post('sign-in', { name: 'Li Wei', password: PASSWORD });
    expect(done.headers.location).toBe('/mail/witness/exclusions');
    expect(done.headers['set-cookie']?.join()).toMatch(
      /mailwitness_session=[\w-]{43}; Path=\/mail\/witness\/; HttpOnly; Secure; SameSite=Lax/,
    );
    expect(latestActs(db, 1)).toMatchObject([{ address: '203.0.113.9' }]);
    for (const page of ['exclusions', '/exclusions', 'exclusions/new', 'records', '']) {
      const { status, body } = await li.get(page);
      expect(status).toBe(200);
      const links = [...body.matchAll(/(?:href|action)="(\/[^"]*)"/g)].map(([, link]) => link);
      expect(links.length).toBeGreaterThan(0);
      expect(links.filter((link) => link?.startsWith('/mail/witness/') !== true)).toEqual([]);
    }
    const sent = await browser(forwarded).get('records');
    expect(sent.headers.location).toBe('/mail/witness/sign-in?next=%2Frecords');
    expect((await browser().get('/metrics')).status).toBe(200);
  });

  test('what a stranger says of forwarding is passed over', async () => {
    await open({ host_names: ['w.example.net'] });
    const answer = await browser({ 'X-Forwarded-For': '203.0.113.9' }).signIn('Li Wei');
    expect(answer.headers['set-cookie']?.join()).not.toContain('Secure');
    expect(latestActs(db, 1)).toMatchObject([{ address: '127.0.0.1' }]);
  });
});

describe('closed pages', () => {
  test('are for those who signed in, each their own systems', async () => {
    await open({ pages: 'signed-in' });
    const nobody = browser();
    const front = await nobody.get('');
    expect([front.status, front.headers.location]).toEqual([303, '/sign-in?next=%2F']);
    expect((await nobody.get('report/2026-10?system=hq')).status).toBe(303);
    const api = await nobody.get('api/v1/months?system=hq', { Accept: '*/*' });
    expect([api.status, api.headers['content-type']]).toEqual([401, 'application/json']);
    expect((await nobody.get('healthz')).body).toMatch(/^\{"ok":(true|false)\}$/);
    expect((await nobody.get('metrics')).status).toBe(200);

    const chen = await signedIn('Chen Jie');
    const text = textOf((await chen.get('')).body);
    expect(text).toMatch(/\bhq\b/);
    expect(text).not.toMatch(/\bweb\b/);
    expect((await chen.get('api/v1/months?system=hq')).status).toBe(200);
    expect((await chen.get('api/v1/months?system=web')).status).toBe(404);
    expect((await chen.get('report/2026-10?system=web')).status).toBe(404);
    for (const to of ['api/v1/months', 'api/v1/report?month=2026-10', 'report/2026-10', 'report/2026-10/csv']) {
      const unnamed = await chen.get(to);
      expect([to, unnamed.status, unnamed.body]).toEqual([to, 404, expect.stringContaining('system: expected')]);
      expect(unnamed.body).not.toMatch(/\bweb\b/);
    }
    const fan = await signedIn('Fan Yue');
    const all = await fan.get('api/v1/months');
    expect([all.status, all.body]).toEqual([400, expect.stringContaining('web')]);
  });
});

describe('closed metrics', () => {
  test('want their token', async () => {
    await open({ metrics: 'closed', metrics_token: new Secret('abcdefghijklmnop') });
    const one = browser();
    const none = await one.get('metrics');
    expect([none.status, none.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect((await one.get('metrics', { Authorization: 'Bearer abcdefghijklmnoq' })).status).toBe(401);
    expect((await one.get('metrics', { Authorization: 'Bearer abcdefghijklmnop' })).status).toBe(200);
  });

  test('no page leads there', async () => {
    await open({ metrics: 'closed', metrics_token: new Secret('abcdefghijklmnop') });
    const { body } = await browser().get('?lang=en');
    expect(body).not.toContain('/metrics');
    expect(body).toContain('href="/exclusions"');
  });
});

describe('the head of every page', () => {
  test('has the way in for nobody; the name and the way out for somebody', async () => {
    await open();
    const nobody = await browser().get('system/hq?lang=en&days=7');
    expect(nobody.body).toContain('<a href="/sign-in?next=%2Fsystem%2Fhq%3Fdays%3D7">sign in</a>');
    expect(nobody.body).not.toContain('<form');

    const li = await signedIn('Li Wei');
    const { body, headers } = await li.get('');
    expect(textOf(body)).toContain('Li Wei');
    expect(body).toContain('href="/metrics"');
    expect(headers['content-security-policy']).toContain("form-action 'self'");
    expect(headers['referrer-policy']).toBe('same-origin');
    expect((await li.post('sign-out', {}, '')).status).toBe(303);
    expect((await li.get('')).body).toContain('/sign-in?next=');
  });

  test('says nothing of signing in where nobody could', async () => {
    await open({ users: [] });
    const { body } = await browser().get('');
    expect(body).not.toContain('sign-in');
    expect(body).toContain('<a class="skip" href="#main">');
  });
});

describe('the acts', () => {
  test('are for those who signed in: all of them, or those of their own systems without who signed in', async () => {
    await open();
    await entered();
    const address = 'acts?lang=en';
    expect((await browser().get(address)).status).toBe(303);
    const li = await signedIn('Li Wei');
    const all = await li.get(address);
    expect(all.status).toBe(200);
    expect(textOf(all.body)).toContain('Li Wei entered a window W1 hq 127.0.0.1');
    expect(textOf(all.body)).toContain('Li Wei signed in');
    const chen = textOf((await (await signedIn('Chen Jie')).get(address)).body);
    expect(chen).toContain('entered a window W1');
    expect(chen).not.toMatch(/(Li Wei|Chen Jie) signed in/);
    const other = textOf((await (await signedIn('Other Op')).get(address)).body);
    expect(other).not.toMatch(/W1|Li Wei/);
    expect((await li.get('exclusions')).body).toContain('href="/acts"');
    expect((await li.get('records')).body).toContain('href="/acts"');
    expect((await li.get('acts?lang=zh')).body).toContain('登记除外时段');
  });

  test('are a hundred on a page, the newest first', async () => {
    await open();
    const actor = { person: 'Li <b>Wei</b>', role: 'operator', address: '192.0.2.7' };
    for (let n = 1; n <= 105; n++) await store.act({ kind: 'sign in' }, actor, NOW + n);
    const li = await signedIn('Li Wei');
    const rows = (body: string): number => body.split('<tr>').length - 2;
    const first = (await li.get('acts')).body;
    expect([rows(first), rows((await li.get('acts?page=2')).body)]).toEqual([100, 6]);
    expect(first).toContain('href="/acts?system=hq&amp;page=2"');
    expect(first).not.toContain('<b>');
  });
});
