import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checksOf, visitOnce, type Bench } from '../../test/support/check-bench.ts';
import { startDnsStub, type DnsStub } from '../../test/support/dns-stub.ts';
import { createStage, type Scene, type Stage } from '../../test/support/mail-stage.ts';
import type { ScriptedLines } from '../../test/support/scripted-lines.ts';
import type { MxSettings } from '../config/settings.ts';
import type { Failure, Visit } from '../probe/visit.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterEach(() => stage.clear());

const MX: Omit<MxSettings, 'hosts'> = {
  port: 25,
  starttls: 'opportunistic',
  verify: true,
  helo: 'witness.example.net',
  retry_after: 60_000,
  mail_from: 'probe@example.net',
  bounces_to_sink: false,
};

async function deliver(
  scene: Scene,
  given: Partial<MxSettings> = {},
  bench: Partial<Bench> = {},
): Promise<{ visit: Visit; server: ScriptedLines }> {
  const server = await stage.serve(scene);
  const mx: MxSettings = { ...MX, hosts: [{ host: 'localhost', port: server.port }], ca: stage.ca, ...given };
  return { server, visit: await visitOnce('mx', { ...bench, system: { mx, ...bench.system } }) };
}

describe('mx', () => {
  test('a good visit takes STARTTLS, trusts any certificate, does not log in', async () => {
    const { visit, server } = await deliver({ certificate: 'expired' });
    expect(visit.failure).toBeUndefined();
    expect(server.lines).toEqual([
      'EHLO witness.example.net',
      'STARTTLS',
      'EHLO witness.example.net',
      'MAIL FROM:<probe@example.net>',
      'RCPT TO:<alice@corp.example>',
      'RSET',
      'QUIT',
    ]);
    expect(visit.certificateExpiresAt).toBeLessThan(visit.startedAt);
  });

  const rows: readonly [string, Scene, Partial<MxSettings>, Partial<Failure> | null][] = [
    ['greylisting at RCPT is an answer', { rules: [[/^RCPT/, '450 4.2.0 Greylisted']] }, {}, null],
    ['451 at RCPT is an answer', { rules: [[/^RCPT/, '451 4.7.1 later']] }, {}, null],
    [
      '421 at RCPT is a server that closes',
      { rules: [[/^RCPT/, '421 4.3.2 shutting down']] },
      {},
      { cause: 'refused', phase: 'rcpt', code: 421 },
    ],
    [
      '550 at RCPT is refused',
      { rules: [[/^RCPT/, '550 5.1.1 unknown']] },
      {},
      { cause: 'refused', phase: 'rcpt', code: 550, enhanced: '5.1.1' },
    ],
    ['a rate limit at MAIL is an answer', { rules: [[/^MAIL/, '450 4.7.1 too much mail']] }, {}, null],
    [
      'a full disk at MAIL is not',
      { rules: [[/^MAIL/, '452 4.3.1 insufficient storage']] },
      {},
      { cause: 'refused', phase: 'mail', code: 452 },
    ],
    ['no STARTTLS on offer', { rules: [[/^EHLO/, '250 x']] }, {}, null],
    ['a server that knows HELO only', { rules: [[/^EHLO/, '500 what?']] }, {}, null],
    ['STARTTLS refused: on in plain text', { rules: [[/^STARTTLS/, '454 4.7.0 no']] }, {}, null],
    [
      'a handshake that fails: once more without TLS',
      {
        rules: [
          [/^STARTTLS/, (socket) => void socket.write('220 go\r\n', () => socket.once('data', () => socket.destroy()))],
        ],
      },
      {},
      null,
    ],
    [
      'STARTTLS required and missing',
      { rules: [[/^EHLO/, '250 x']] },
      { starttls: 'required' },
      { cause: 'tls', phase: 'ehlo' },
    ],
    [
      'STARTTLS required with a bad certificate',
      { certificate: 'other-name' },
      { starttls: 'required' },
      { cause: 'certificate', phase: 'tls' },
    ],
    [
      'an injection is no reason to go on in plain text',
      { rules: [[/^STARTTLS/, { tls: '220 go', inject: '250 x\r\n' }]] },
      {},
      { cause: 'protocol' },
    ],
  ];
  test.each(rows.filter(([, , , failure]) => failure === null))('%s: a good visit', async (_title, scene, given) => {
    const { visit, server } = await deliver(scene, given);
    expect(visit.failure).toBeUndefined();
    expect(server.lines.slice(-2)).toEqual(['RSET', 'QUIT']);
  });
  test.each(rows.filter(([, , , failure]) => failure !== null))(
    '%s: a bad visit',
    async (_title, scene, given, failure) => {
      expect((await deliver(scene, given)).visit.failure).toMatchObject(failure ?? {});
    },
  );

  test('without STARTTLS where it is not wanted', async () => {
    const { server } = await deliver({}, { starttls: 'none' });
    expect(server.lines).not.toContain('STARTTLS');
  });

  test('each host is a target, told apart by its port where need be', () => {
    const hosts = [
      { host: 'a.example', port: 25 },
      { host: 'b.example', port: 25 },
      { host: 'b.example', port: 26 },
    ];
    expect(checksOf('mx', { system: { mx: { ...MX, hosts } } }).map(({ target }) => target)).toEqual([
      'a.example',
      'b.example:25',
      'b.example:26',
    ]);
  });
});

describe('mx by lookup', () => {
  let dns: DnsStub;
  const { signal } = new AbortController();
  beforeAll(async () => {
    dns = await startDnsStub({});
  });
  afterAll(() => dns.close());

  async function ports(
    zone: DnsStub['zone'],
  ): Promise<{ server: ScriptedLines; port: ReturnType<typeof checksOf>[number] }> {
    const server = await stage.serve({});
    for (const key of Object.keys(dns.zone)) delete dns.zone[key];
    Object.assign(dns.zone, zone);
    const [port] = checksOf('mx', {
      system: { mx: { ...MX, port: server.port, domain: 'corp.example' } },
      dns: dns.server,
    });
    if (port === undefined) throw new Error('no port');
    return { server, port };
  }

  test('the hosts found are the targets', async () => {
    const { port } = await ports({
      'corp.example MX': ['20 mx2.corp.example', '10 mx1.corp.example'],
      'mx1.corp.example A': ['127.0.0.1'],
      'mx1.corp.example AAAA': [],
    });
    const targets = (await port.targets?.(signal)) ?? [];
    expect(targets.map(({ target }) => target)).toEqual(['mx1.corp.example', 'mx2.corp.example']);
    const [first, second] = await Promise.all(targets.map((target) => target.visit(signal)));
    expect(first?.failure).toBeUndefined();
    expect(second?.failure).toMatchObject({ cause: 'dns', detail: expect.stringContaining('mx2.corp.example') });
  });

  test('a host that was taken out of DNS is not visited any more, and the next round asks which there are', async () => {
    const { port, server } = await ports({
      'corp.example MX': ['10 mx1.corp.example', '20 mx2.corp.example'],
      'mx1.corp.example A': ['127.0.0.1'],
    });
    const [, second] = (await port.targets?.(signal)) ?? [];
    dns.zone['corp.example MX'] = ['10 mx1.corp.example'];
    const visit = await second?.visit(signal);
    expect(visit).toMatchObject({ gone: true });
    expect(server.lines).toEqual([]);
    expect(((await port.targets?.(signal)) ?? []).map(({ target }) => target)).toEqual(['mx1.corp.example']);
  });

  test('a lookup that fails is the failure of the domain, while no host was ever found', async () => {
    const { port } = await ports({});
    const targets = (await port.targets?.(signal)) ?? [];
    expect(targets.map(({ target }) => target)).toEqual(['corp.example']);
    expect((await targets[0]?.visit(signal))?.failure).toMatchObject({
      cause: 'dns',
      detail: expect.stringContaining('corp.example'),
    });
  });

  test('a lookup that fails later is the failure of the hosts that are known', async () => {
    const { port } = await ports({
      'corp.example MX': ['10 mx1.corp.example'],
      'mx1.corp.example A': ['127.0.0.1'],
      'mx1.corp.example AAAA': [],
    });
    const [known] = (await port.targets?.(signal)) ?? [];
    dns.zone['corp.example MX'] = 'servfail';
    expect((await known?.visit(signal))?.failure).toMatchObject({
      cause: 'dns',
      detail: expect.stringContaining('SERVFAIL'),
    });
    expect(((await port.targets?.(signal)) ?? []).map(({ target }) => target)).toEqual(['mx1.corp.example']);
  });

  test('visited itself, the domain goes from host to host as an MTA does', async () => {
    const { port } = await ports({
      'corp.example MX': ['10 gone.corp.example', '15 down.corp.example', '20 mx2.corp.example'],
      'down.corp.example A': ['127.0.0.9'],
      'down.corp.example AAAA': [],
      'mx2.corp.example A': ['127.0.0.1'],
      'mx2.corp.example AAAA': [],
    });
    const visit = await port.visit(signal);
    expect(visit.failure).toBeUndefined();
    expect(visit.transcript.filter(({ text }) => text.endsWith('on to the next MX host'))).toHaveLength(2);
  });
});
