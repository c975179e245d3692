import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { NO_ENTRIES } from '../../../test/support/entry-desk.ts';
import { exampleSettings, liveState, START } from '../../../test/support/feed.ts';
import { NO_MONTHS } from '../../../test/support/month-desk.ts';
import { ConfigError } from '../../lib/errors.ts';
import { createHandClock, type HandClock } from '../../lib/hand-clock.ts';
import { silentLog } from '../../lib/log.ts';
import { hashPassword } from '../../lib/password-hash.ts';
import { Secret } from '../../lib/secret.ts';
import { MINUTE } from '../../lib/time.ts';
import { createMetrics, type Metrics } from '../../metrics/metrics.ts';
import { createCertificates, type Certificates, type ServerCertificate } from '../../sandbox/certificates.ts';
import { createWeb, type Web } from '../web.ts';

let one: Certificates;
let other: Certificates;
let password_hash: Secret;
beforeAll(async () => {
  [one, other] = await Promise.all([createCertificates('localhost'), createCertificates('localhost')]);
  password_hash = new Secret(await hashPassword('correct horse battery'));
});

let dir: string;
let clock: HandClock;
let metrics: Metrics;
let web: Web;
let errors: string[];

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-tls-'));
  errors = [];
});
afterEach(async () => {
  await web.stop();
  metrics.stop();
  rmSync(dir, { recursive: true });
});

const files = () => ({ certificate_file: path.join(dir, 'pages.pem'), key_file: path.join(dir, 'pages.key') });

function put({ cert, key }: ServerCertificate): void {
  writeFileSync(files().certificate_file, cert);
  writeFileSync(files().key_file, key);
}

function create(): void {
  clock = createHandClock(START);
  const example = exampleSettings();
  const user = { name: 'Li Wei', role: 'operator', systems: 'all', password_hash } as const;
  const settings = { ...example, agent: { ...example.agent, tls: files(), users: [user] } };
  metrics = createMetrics({ settings, clock, version: '1.2.3' });
  web = createWeb({
    settings,
    metrics,
    live: () => liveState(clock.now()),
    recent: () => [],
    desk: NO_MONTHS,
    entries: NO_ENTRIES,
    monthsOf: () => [],
    figuresOf: () => null,
    clock,
    version: '1.2.3',
    log: { ...silentLog, error: (_, text) => void errors.push(text) },
  });
}

interface Answer {
  readonly status: number;
  readonly serial: string;
  readonly cookies: string;
  readonly body: string;
}

function ask(url: string, ca: string, headers: Record<string, string> = {}, form?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = form === undefined ? 'GET' : 'POST';
    const asked = request(url, { agent: false, ca, method, headers }, (response) => {
      const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate();
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          serial: serialNumber,
          cookies: (response.headers['set-cookie'] ?? []).join('\n'),
          body,
        }),
      );
    });
    asked.on('error', reject).end(form);
  });
}

test('pages are served by TLS, and their cookies never leave it', async () => {
  put(one.good);
  create();
  const { url } = await web.start();
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/$/);
  expect(await ask(url, one.ca)).toMatchObject({ status: 200 });
  const page = await ask(`${url}sign-in`, one.ca);
  expect(page.cookies).toMatch(/^mailwitness_visit=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  const [, token = ''] = /name="token" value="([^"]+)"/.exec(page.body) ?? [];
  const Cookie = page.cookies.split(';')[0] ?? '';
  const form = String(new URLSearchParams({ token, name: 'Li Wei', password: 'correct horse battery' }));
  const origin = url.slice(0, -1);
  const plain = { Cookie, Origin: origin.replace('https', 'http') };
  expect((await ask(`${url}sign-in`, one.ca, plain, form)).status).toBe(403);
  const done = await ask(`${url}sign-in`, one.ca, { Cookie, Origin: origin }, form);
  expect(done.status).toBe(303);
  expect(done.cookies).toMatch(/mailwitness_session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax/);
});

test('a renewed certificate is shown within a minute; one that does not fit is told, and the old one stays', async () => {
  put(one.good);
  create();
  const { url } = await web.start();
  const { serial } = await ask(url, one.ca);
  writeFileSync(files().key_file, other.good.key);
  await clock.advance(MINUTE);
  expect(errors).toEqual(['the new certificate of the pages cannot be used: the old one stays']);
  expect((await ask(url, one.ca)).serial).toBe(serial);
  put(other.good);
  await clock.advance(MINUTE);
  expect((await ask(url, other.ca)).serial).not.toBe(serial);
  expect(errors).toHaveLength(1);
});

test("a key that is not the certificate's is the operator's to mend", async () => {
  put({ cert: one.good.cert, key: other.good.key });
  create();
  await expect(web.start()).rejects.toThrow(ConfigError);
  await expect(web.start()).rejects.toThrow(/^agent\.tls: expected a certificate and its own private key/);
});
