import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import 'reflect-metadata';
import { X509CertificateGenerator } from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError } from '../lib/errors.ts';
import { parseSettings } from './load.ts';
import type { SystemSettings } from './settings.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mailwitness-config-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const PARTS = {
  submission: { host: 'mail.example.org', user: 'probe@example.org', password: 'hunter2' },
  mx: { domain: 'example.org', helo: 'probe.example.net' },
  imap: { host: 'mail.example.org' },
  pop3: { host: 'mail.example.org' },
  webmail: { url: 'https://webmail.example.org/' },
  mailboxes: [
    { name: 'a', address: 'a@example.org', password: 'hunter2' },
    { name: 'b', address: 'b@example.org', password: 'hunter2' },
  ],
};
const SINK = { domain: 'probe.example.net' };

function load(value: unknown, env: Record<string, string> = {}) {
  return parseSettings(typeof value === 'string' ? value : stringify(value), { file: 'agent.yaml', folder, env });
}

function loadSystem(system: object, agent: object = {}): SystemSettings {
  const [loaded] = load({ agent: { witnesses: [], ...agent }, systems: [{ name: 'hq', ...system }] }).systems;
  if (loaded === undefined) throw new Error('no system');
  return loaded;
}

function problems(value: unknown, env: Record<string, string> = {}): string[] {
  try {
    load(value, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('what follows when it is left out', () => {
  const { submission, mx, imap, pop3, webmail, mailboxes } = PARTS;

  test.each([
    [
      'all three routes with everything and a sink',
      { submission, mx, imap, mailboxes },
      { sink: SINK },
      ['outbound', 'inbound', 'internal'],
    ],
    ['no outbound route without a sink', { submission, mx, imap, mailboxes }, {}, ['inbound', 'internal']],
    ['no inbound route without an MX', { submission, imap, mailboxes }, { sink: SINK }, ['outbound', 'internal']],
    ['no route into the system without a mailbox', { submission, mx }, { sink: SINK }, ['outbound']],
    ['no route that needs submission without it', { mx, imap, mailboxes }, { sink: SINK }, ['inbound']],
    ['no route at all when the list is empty', { submission, mx, imap, mailboxes, routes: [] }, { sink: SINK }, []],
  ])('%s', (_, system, agent, routes) => {
    expect(loadSystem(system, agent).routes.map(({ kind }) => kind)).toEqual(routes);
  });

  test('a derived route ends at the first mailbox, and outbound at none', () => {
    const { routes } = loadSystem({ submission, mx, imap, mailboxes }, { sink: SINK });
    expect(routes).toEqual([
      { name: 'outbound', kind: 'outbound', interval: 60_000, timeout: 60_000, size: 600 },
      { name: 'inbound', kind: 'inbound', mailbox: 'a', interval: 60_000, timeout: 60_000, size: 600 },
      { name: 'internal', kind: 'internal', mailbox: 'a', interval: 60_000, timeout: 60_000, size: 600 },
    ]);
  });

  test('a check for each way in: mailboxes are all visited, or the first is asked for', () => {
    expect(loadSystem({ submission, mx, imap, pop3, webmail, mailboxes }).checks).toEqual([
      { kind: 'submission', interval: 15_000, timeout: 30_000, mailboxes: ['a'] },
      { kind: 'mx', interval: 15_000, timeout: 30_000, mailboxes: ['a'] },
      { kind: 'imap', interval: 15_000, timeout: 30_000, mailboxes: ['a', 'b'] },
      { kind: 'pop3', interval: 15_000, timeout: 30_000, mailboxes: ['a', 'b'] },
      { kind: 'webmail', interval: 15_000, timeout: 30_000, mailboxes: [] },
    ]);
  });

  test('a hosted system is asked less often', () => {
    const hosted = loadSystem({ pace: 'hosted', submission, imap, mailboxes });
    expect(hosted.checks.map(({ interval }) => interval)).toEqual([60_000, 60_000]);
    expect(hosted.routes.map(({ interval }) => interval)).toEqual([300_000]);
    expect(hosted.mailbox_gap).toBe(1_000);
    expect(loadSystem({ submission, imap, mailboxes }).mailbox_gap).toBe(0);
  });

  test('what is said goes before the pace', () => {
    const own = loadSystem({
      pace: 'hosted',
      imap,
      mailboxes,
      mailbox_gap: '0s',
      checks: [{ kind: 'imap', interval: '5s' }],
    });
    expect(own.mailbox_gap).toBe(0);
    expect(own.checks[0]?.interval).toBe(5_000);
  });

  test.each([
    ['submission', 'starttls', 587],
    ['submission', 'implicit', 465],
    ['submission', 'none', 587],
    ['imap', 'starttls', 143],
    ['imap', 'implicit', 993],
    ['imap', 'none', 143],
    ['pop3', 'starttls', 110],
    ['pop3', 'implicit', 995],
    ['pop3', 'none', 110],
  ] as const)('%s with tls %s is on port %d', (way, tls, port) => {
    expect(loadSystem({ mailboxes, imap, [way]: { ...PARTS[way], tls } })[way]).toMatchObject({
      tls,
      port,
      verify: true,
    });
  });

  test('tls is starttls on submission and implicit where mailboxes are read', () => {
    const system = loadSystem({ submission, imap, pop3, mailboxes });
    expect([system.submission?.tls, system.imap?.tls, system.pop3?.tls]).toEqual(['starttls', 'implicit', 'implicit']);
  });

  test('a mailbox is watched over POP3 only where there is no IMAP', () => {
    const watches = (system: object) => loadSystem(system).mailboxes.map(({ watch }) => watch);
    expect(watches({ imap, pop3, mailboxes })).toEqual(['imap', 'imap']);
    expect(watches({ pop3, mailboxes })).toEqual(['pop3', 'pop3']);
  });

  test('senders: the login on submission, mailwitness@ and the helo on inbound', () => {
    const system = loadSystem({ submission, mx });
    expect(system.submission?.mail_from).toBe('probe@example.org');
    expect(system.mx).toMatchObject({ mail_from: 'mailwitness@probe.example.net', bounces_to_sink: false });
  });

  test('bounces of inbound probes come to the sink only where the configuration says so', () => {
    const senderOf = (more: object) => loadSystem({ submission, mx: { ...mx, ...more } }, { sink: SINK }).mx;
    expect(senderOf({})).toMatchObject({ mail_from: 'mailwitness@probe.example.net', bounces_to_sink: false });
    expect(senderOf({ mail_from: 'sink' })).toMatchObject({
      mail_from: `mailwitness@${SINK.domain}`,
      bounces_to_sink: true,
    });
    const own = { mail_from: 'bounces@example.net' };
    expect(senderOf(own)).toMatchObject({ ...own, bounces_to_sink: false });
  });

  test('MX hosts get the port beside them', () => {
    const hosts = [
      'mx1.example.org',
      'mx2.example.org:2526',
      '[::1]:25',
      { host: '::1', port: 27 },
      { host: 'mx3.example.org' },
    ];
    expect(loadSystem({ mx: { hosts, port: 2525, helo: 'probe.example.net' } }).mx?.hosts).toEqual([
      { host: 'mx1.example.org', port: 2525 },
      { host: 'mx2.example.org', port: 2526 },
      { host: '::1', port: 25 },
      { host: '::1', port: 27 },
      { host: 'mx3.example.org', port: 2525 },
    ]);
  });

  test('the watch outlasts lost_after', () => {
    expect(loadSystem({ webmail })).toMatchObject({
      reach_within: 3_600_000,
      lost_after: 86_400_000,
      watch: 259_200_000,
    });
    expect(loadSystem({ webmail, lost_after: '5d' }).watch).toBe(432_000_000);
  });

  test('a timeout may be longer than its interval', () => {
    const { checks } = loadSystem({ webmail, checks: [{ kind: 'webmail', interval: '1s', timeout: '1m' }] });
    expect(checks[0]).toMatchObject({ interval: 1_000, timeout: 60_000 });
  });

  test('the agent', () => {
    const { agent } = load({ agent: { witnesses: [] }, systems: [{ name: 'hq', webmail }] });
    expect(agent).toEqual({
      vantage: 'main',
      host_names: [],
      store: join(folder, 'mailwitness.db'),
      listen: { host: '127.0.0.1', port: 9725 },
      base_path: '',
      proxies: [],
      pages: 'open',
      metrics: 'open',
      metrics_token: undefined,
      users: [],
      session_idle: 1_800_000,
      session_limit: 43_200_000,
      witnesses: [],
      witness_timeout: 5_000,
      resolvers: [],
      address_family: 'ipv4-first',
      log_level: 'info',
    });
  });

  test.each([
    ['/', ''],
    ['/mail/witness-2/', '/mail/witness-2'],
  ])('the base path %s is what links begin with', (base_path, path) => {
    const { agent } = load({ agent: { witnesses: [], base_path }, systems: [{ name: 'hq', webmail }] });
    expect(agent.base_path).toBe(path);
  });

  test('resolvers are spelled as Node takes them', () => {
    const resolvers = ['192.0.2.53', '192.0.2.53:5353', '2001:db8::53', '[2001:db8::53]:5353', '[2001:db8::53]'];
    const { agent } = load({ agent: { witnesses: [], resolvers }, systems: [{ name: 'hq', webmail }] });
    expect(agent.resolvers).toEqual([
      '192.0.2.53',
      '192.0.2.53:5353',
      '2001:db8::53',
      '[2001:db8::53]:5353',
      '2001:db8::53',
    ]);
  });
});

describe('the environment', () => {
  const base = { agent: { witnesses: [] }, systems: [{ name: 'hq', imap: PARTS.imap, mailboxes: PARTS.mailboxes }] };

  test('stands for text anywhere in a value, for numbers and words as well', () => {
    const text = stringify({
      agent: { witnesses: [], vantage: '${PLACE}-1', listen: '${HOST}:${PORT}' },
      systems: [
        {
          name: 'hq',
          imap: { host: 'mail.${DOMAIN}', port: '${PORT}', verify: '${VERIFY}' },
          mailboxes: PARTS.mailboxes,
        },
      ],
    });
    const { agent, systems } = load(text, {
      PLACE: 'office',
      HOST: '127.0.0.1',
      PORT: '9993',
      DOMAIN: 'example.org',
      VERIFY: 'false',
    });
    expect(agent).toMatchObject({ vantage: 'office-1', listen: { host: '127.0.0.1', port: 9993 } });
    expect(systems[0]?.imap).toMatchObject({ host: 'mail.example.org', port: 9993, verify: false });
  });

  test.each([
    ['a password that looks like YAML', '"]}: #\n- &x *y', '${PW}', '"]}: #\n- &x *y'],
    ['a password that looks like a variable', '${HOME}', '${PW}', '${HOME}'],
    ['a password of digits', '0123', '${PW}', '0123'],
    ['an escaped brace', 'unused', '$${PW}', '${PW}'],
    ['a dollar alone', 'unused', 'pa$$word$', 'pa$$word$'],
  ])('%s is taken as it is', (_, variable, written, password) => {
    const value = {
      ...base,
      systems: [{ ...base.systems[0], mailboxes: [{ ...PARTS.mailboxes[0], password: written }] }],
    };
    expect(load(value, { PW: variable }).systems[0]?.mailboxes[0]?.password.reveal()).toBe(password);
  });

  test('its value is told in no message', () => {
    const value = { agent: { witnesses: [], vantage: '${PW}', log_level: '${PW}' }, systems: '${PW}' };
    expect(problems(value, { PW: 'Hunter 2' }).join('\n')).not.toContain('Hunter');
  });
});

describe('secrets', () => {
  test('print as *** wherever the settings are written', () => {
    const settings = load({ agent: { witnesses: [] }, systems: [{ name: 'hq', ...PARTS }] });
    for (const text of [
      inspect(settings, { depth: 9, showHidden: true }),
      JSON.stringify(settings),
      String(settings.systems[0]?.submission?.password),
    ]) {
      expect(text).toContain('***');
      expect(text).not.toContain('hunter2');
    }
    expect(settings.systems[0]?.submission?.password.reveal()).toBe('hunter2');
  });

  test.each([
    ['hunter2\n', 'hunter2'],
    ['hunter2\r\n', 'hunter2'],
    ['hunter2', 'hunter2'],
    [' hunter2 \n\n', ' hunter2 \n'],
  ])('a password file that holds %j gives %j', (text, password) => {
    mkdirSync(join(folder, 'secrets'), { recursive: true });
    writeFileSync(join(folder, 'secrets/password'), text);
    const box = { name: 'a', address: 'a@example.org', password_file: 'secrets/password' };
    expect(loadSystem({ imap: PARTS.imap, mailboxes: [box] }).mailboxes[0]?.password.reveal()).toBe(password);
  });

  test.each([
    ['an empty file', ''],
    ['a file of line feeds', '\n\n'],
    ['a file that is not UTF-8', Buffer.from([0xff, 0xfe, 0x41])],
  ])('%s is no password file', (_, content) => {
    writeFileSync(join(folder, 'bad-password'), content);
    const box = { name: 'a', address: 'a@example.org', password_file: 'bad-password' };
    expect(
      problems({ agent: { witnesses: [] }, systems: [{ name: 'hq', imap: PARTS.imap, mailboxes: [box] }] }),
    ).toHaveLength(1);
  });

  test('a device is no file', () => {
    const box = { name: 'a', address: 'a@example.org', password_file: '/dev/zero' };
    const [problem] = problems({
      agent: { witnesses: [] },
      systems: [{ name: 'hq', imap: PARTS.imap, mailboxes: [box] }],
    });
    expect(problem).toContain('(it is no regular file), got "/dev/zero"');
  });
});

describe('certificates and keys', () => {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  let certificate = '';
  let itsKey = '';

  beforeAll(async () => {
    const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const made = await X509CertificateGenerator.createSelfSigned({ keys, name: 'CN=probe.example.net' });
    const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
    certificate = made.toString('pem');
    itsKey = `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
    mkdirSync(join(folder, 'tls'));
    writeFileSync(join(folder, 'tls/cert.pem'), certificate);
    writeFileSync(join(folder, 'tls/key.pem'), itsKey);
    writeFileSync(join(folder, 'tls/other.pem'), key);
  });

  const withSink = (pair: object) => ({
    agent: { witnesses: [], sink: { ...SINK, certificate: pair } },
    systems: [{ name: 'hq', webmail: PARTS.webmail }],
  });

  test('are read from files beside the configuration', () => {
    const { agent } = load(withSink({ certificate_file: 'tls/cert.pem', key_file: 'tls/key.pem' }));
    expect(agent.sink?.certificate).toEqual({ certificate, key: expect.anything() });
    expect(agent.sink?.certificate?.key.reveal()).toBe(itsKey);
    expect(loadSystem({ imap: { ...PARTS.imap, ca_file: 'tls/cert.pem' }, mailboxes: PARTS.mailboxes }).imap?.ca).toBe(
      certificate,
    );
  });

  test('may stand in the environment as text', () => {
    const value = withSink({ certificate: '${CERTIFICATE}', key: '${KEY}' });
    expect(load(value, { CERTIFICATE: certificate, KEY: itsKey }).agent.sink?.certificate?.key.reveal()).toBe(itsKey);
  });

  test('must belong together', () => {
    expect(problems(withSink({ certificate_file: 'tls/cert.pem', key_file: 'tls/other.pem' }))).toEqual([
      'agent.yaml:5: agent.sink.certificate: expected a certificate and its own private key; this key belongs to another certificate',
    ]);
  });

  test('a DKIM key is a secret', () => {
    const dkim = { domain: 'example.net', selector: 'mailwitness', key_file: 'tls/other.pem' };
    const { mx } = loadSystem({ mx: { ...PARTS.mx, dkim } });
    expect(mx?.dkim?.key.reveal()).toBe(key);
    expect(JSON.stringify(mx)).toContain('"key":"***"');
  });
});

describe('YAML', () => {
  test('anchors and merge keys share what systems have in common; what stands in the system itself wins', () => {
    const { systems } = load(`
agent: { witnesses: [] }
systems:
  - &hq
    name: hq
    imap: &imap { host: mail.example.org, tls: starttls }
    mailboxes: [{ name: a, address: a@example.org, password: hunter2 }]
  - name: lab
    <<: *hq
    pop3: *imap
`);
    expect(systems.map(({ name }) => name)).toEqual(['hq', 'lab']);
    expect(systems[1]?.imap).toEqual(systems[0]?.imap);
    expect(systems[1]?.pop3).toMatchObject({ host: 'mail.example.org', port: 110 });
  });

  test('a mistake in what is merged is told at its own line', () => {
    const text = `
agent: { witnesses: [] }
systems:
  - &hq
    name: hq
    imap: { host: mail.example.org, port: imap }
    mailboxes: [{ name: a, address: a@example.org, password: hunter2 }]
  - <<: *hq
    name: lab
`;
    expect(problems(text)).toEqual([
      'agent.yaml:6: systems[0].imap.port: expected a port from 1 to 65535 such as 993, got "imap"',
      'agent.yaml:6: systems[1].imap.port: expected a port from 1 to 65535 such as 993, got "imap"',
    ]);
  });

  test('line ends of Windows and a byte order mark are no matter', () => {
    const text = stringify({ agent: { witnesses: [] }, systems: [{ name: 'hq', webmail: PARTS.webmail }] });
    expect(load(`\uFEFF${text.replaceAll('\n', '\r\n')}`).systems).toHaveLength(1);
  });

  test('text nested some thousand levels deep is refused', () => {
    expect(problems('['.repeat(20_000))[0]).toMatch(/^agent\.yaml:1: /);
    expect(problems(`${'['.repeat(60)}${']'.repeat(60)}`)[0]).toContain('at most 40 levels');
  });

  test('a thousand mailboxes load', () => {
    const mailboxes = Array.from({ length: 1_000 }, (_, index) => ({
      name: `box-${index}`,
      address: `box-${index}@example.org`,
      password: 'hunter2',
    }));
    expect(loadSystem({ imap: PARTS.imap, mailboxes }).checks[0]?.mailboxes).toHaveLength(1_000);
  });

  test('a thousand mistakes are a thousand problems, in the order of their lines', () => {
    const mailboxes = Array.from({ length: 1_000 }, (_, index) => ({
      name: `box-${index}`,
      address: 'nobody',
      password: 'hunter2',
    }));
    const found = problems({ agent: { witnesses: [] }, systems: [{ name: 'hq', imap: PARTS.imap, mailboxes }] });
    expect(found).toHaveLength(1_000);
    expect(found[999]).toContain('mailboxes[999].address');
  });
});
