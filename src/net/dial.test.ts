import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority, type Authority, type CertificateKind } from '../../test/lab/certificates.ts';
import { startBlackHole } from '../../test/support/black-hole.ts';
import { startDnsStub, type DnsStub } from '../../test/support/dns-stub.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import type { Failure } from '../probe/visit.ts';
import { dial, lineOf, type Dialled, type DialOptions } from './dial.ts';
import { DialogueError } from './dialogue-error.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { createResolver } from './resolve.ts';
import { CertificateError } from './secure.ts';

const clock = createSystemClock();
let dns: DnsStub;
let authority: Authority;
const closing: (() => void)[] = [];

beforeAll(async () => {
  authority = await createAuthority('mail.corp.example');
  dns = await startDnsStub({
    'mail.corp.example A': ['127.0.0.1'],
    'dual.example AAAA': ['::1'],
    'dual.example A': ['127.0.0.1'],
    'many.example A': ['127.0.0.2', '127.0.0.3'],
  });
});
afterAll(() => dns.close());
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listening(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(port, host);
  await once(server, 'listening');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function tlsServer(kind: CertificateKind, options: object = {}): Promise<number> {
  const pem = await authority.issue(kind);
  const server = createTlsServer({ key: pem, cert: pem, ...options });
  server.on('tlsClientError', () => undefined);
  return listening(server);
}

/** Dials with what most rows share; the sockets are closed after the test. */
async function attempt(
  given: Partial<DialOptions>,
): Promise<{ dialled?: Dialled; failure?: Failure; error?: unknown; recorder: Recorder }> {
  const recorder = createRecorder(clock);
  try {
    const dialled = await dial({
      host: 'mail.corp.example',
      port: 1,
      tls: 'plain',
      verify: true,
      key: 'imap',
      ca: authority.pem,
      resolver: createResolver({ servers: [dns.server], family: 'ipv6-first' }),
      clock,
      recorder,
      timeoutMs: 5_000,
      signal: new AbortController().signal,
      ...given,
    });
    closing.push(() => dialled.socket.destroy());
    return { dialled, recorder };
  } catch (error) {
    if (!(error instanceof DialogueError)) throw error;
    return { failure: error.failure, error, recorder };
  }
}

describe('connecting', () => {
  test('a name that does not resolve is dns, and nothing else is timed', async () => {
    const { failure, recorder } = await attempt({ host: 'missing.example' });
    expect(failure).toMatchObject({ cause: 'dns', phase: 'dns' });
    expect(recorder.phases().map(({ phase }) => phase)).toEqual(['dns']);
  });

  test('a closed port is connect, and names the address and the key to check', async () => {
    const port = await listening(createServer());
    closing.pop()?.();
    const { failure } = await attempt({ port });
    expect(failure).toEqual({
      cause: 'connect',
      phase: 'connect',
      detail: `mail.corp.example:${port}: 127.0.0.1:${port} refused the connection (nothing listens there); check imap.host and imap.port`,
      line: 'refused',
    });
  });

  test.each<[string, readonly (readonly [address: string, code: string])[], string | undefined]>([
    [
      'every address is forbidden by a firewall of this machine',
      [
        ['::1', 'EPERM'],
        ['127.0.0.1', 'EACCES'],
      ],
      'forbidden',
    ],
    [
      'one address of two is forbidden',
      [
        ['::1', 'EPERM'],
        ['127.0.0.1', 'ETIMEDOUT'],
      ],
      undefined,
    ],
    ['a router may have forbidden it, over IPv6', [['::1', 'EACCES']], 'refused'],
    [
      'this machine forbids one and maybe a router the other',
      [
        ['127.0.0.1', 'EPERM'],
        ['::1', 'EACCES'],
      ],
      'refused',
    ],
    [
      'a RST came back from one of two',
      [
        ['::1', ''],
        ['127.0.0.1', 'ECONNREFUSED'],
      ],
      'refused',
    ],
    ['the network knows no way', [['127.0.0.1', 'ENETUNREACH']], undefined],
  ])('where %s the failure says so', (_name, errors, line) => {
    expect(lineOf(errors.map(([address, code]) => ({ address, code }))).line).toBe(line);
  });

  test('IPv6 is down and IPv4 is up: the connection comes about, and the transcript tells', async () => {
    const port = await listening(createServer(), '127.0.0.1');
    const { dialled, recorder } = await attempt({ host: 'dual.example', port });
    expect(dialled?.peer).toBe(`127.0.0.1:${port}`);
    expect(recorder.transcript().map(({ text }) => text)).toEqual([
      expect.stringContaining(`[::1]:${port} `),
      `connected to 127.0.0.1:${port}`,
    ]);
    expect(recorder.phases().map(({ phase }) => phase)).toEqual(['dns', 'connect']);
  });

  test('an address that swallows packets takes its share of the time only', async () => {
    const hole = await startBlackHole('127.0.0.2');
    closing.push(() => hole.close());
    await listening(createServer(), '127.0.0.3', hole.port);
    const resolver = {
      ...createResolver({ servers: [dns.server], family: 'ipv4-first' }),
      addresses: async () => ['127.0.0.2', '127.0.0.3'],
    };
    const { dialled, recorder } = await attempt({ host: 'many.example', port: hole.port, resolver, timeoutMs: 600 });
    expect(dialled?.peer).toBe(`127.0.0.3:${hole.port}`);
    expect(recorder.transcript()[0]?.text).toMatch(/^127\.0\.0\.2:\d+ did not answer within (29\d|300) ms$/);
  });

  test('a host that swallows all packets is connect, not timeout', async () => {
    const hole = await startBlackHole('127.0.0.2');
    closing.push(() => hole.close());
    const { failure } = await attempt({ host: '127.0.0.2', port: hole.port, timeoutMs: 200 });
    expect(failure).toMatchObject({ cause: 'connect', detail: expect.stringContaining('did not answer within') });
  });

  test('when all addresses fail each one is named', async () => {
    const { failure } = await attempt({ host: 'many.example', port: await closedPort() });
    expect(failure?.cause).toBe('connect');
    expect(failure?.detail).toMatch(/127\.0\.0\.2:\d+ refused .*; 127\.0\.0\.3:\d+ refused /);
  });

  test('a visit that was called off ends at once', async () => {
    const { failure } = await attempt({ signal: AbortSignal.abort() });
    expect(failure).toMatchObject({ cause: 'dns', detail: expect.stringContaining('before the visit was called off') });
  });
});

describe('implicit TLS', () => {
  test('a good certificate is trusted, by name, and its end is told', async () => {
    const { dialled, recorder } = await attempt({ tls: 'implicit', port: await tlsServer('valid') });
    expect(dialled?.certificateExpiresAt).toBeGreaterThan(clock.now() + 28 * 86_400_000);
    expect(recorder.phases().map(({ phase }) => phase)).toEqual(['dns', 'connect', 'tls']);
    expect(recorder.transcript().at(-1)?.text).toMatch(/^TLSv1\.3, certificate until 20\d\d-/);
  });

  test('an address is compared with the certificate too', async () => {
    const { dialled } = await attempt({ tls: 'implicit', host: '127.0.0.1', port: await tlsServer('valid') });
    expect(dialled?.peer).toMatch(/^127\.0\.0\.1:/);
  });

  const refused: readonly [string, CertificateKind, Partial<DialOptions>, RegExp][] = [
    [
      'an expired certificate',
      'expired',
      {},
      /^certificate of mail\.corp\.example expired on \d{4}-\d\d-\d\d; renew it on the server$/,
    ],
    ['one for another name', 'other-name', {}, /is made out to other names \(DNS:www\.elsewhere\.example\)/],
    [
      'one that does not carry server_name',
      'valid',
      { server_name: 'imap.corp.example' },
      /^certificate of imap\.corp\.example is made out to other names/,
    ],
    [
      'one of an authority that nobody knows',
      'valid',
      { ca: undefined },
      /is issued by an authority that is not known here/,
    ],
  ];
  test.each(refused)('%s is refused, and its end is told', async (_title, kind, given, words) => {
    const { failure, error } = await attempt({ tls: 'implicit', port: await tlsServer(kind), ...given });
    expect(failure).toMatchObject({ cause: 'certificate', phase: 'tls', detail: expect.stringMatching(words) });
    expect((error as CertificateError).certificateExpiresAt).toBeTypeOf('number');
  });

  test('an expired one is taken where nothing is verified', async () => {
    const { dialled, recorder } = await attempt({ tls: 'implicit', verify: false, port: await tlsServer('expired') });
    expect(dialled?.certificateExpiresAt).toBeLessThan(clock.now());
    expect(recorder.transcript().at(-1)?.text).toContain('not trusted: expired on');
  });

  test('each target asks for its own name', async () => {
    const asked: string[] = [];
    const port = await tlsServer('valid', {
      SNICallback: (name: string, done: (error: null) => void) => {
        asked.push(name);
        done(null);
      },
    });
    await attempt({ tls: 'implicit', port, verify: false });
    await attempt({ tls: 'implicit', port, verify: false, server_name: 'second.example' });
    await attempt({ tls: 'implicit', port, verify: false, server_name: 'third.example' });
    expect(asked).toEqual(['mail.corp.example', 'second.example', 'third.example']);
  });

  test('TLS 1.1 is not spoken', async () => {
    const port = await tlsServer('valid', {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    expect((await attempt({ tls: 'implicit', port })).failure).toMatchObject({ cause: 'tls', phase: 'tls' });
  });

  test('a port that speaks no TLS says so', async () => {
    const server = createServer((socket) => void socket.end('220 plain.example ESMTP\r\n'));
    const { failure } = await attempt({ tls: 'implicit', port: await listening(server) });
    expect(failure).toMatchObject({
      cause: 'tls',
      detail: 'mail.corp.example: this port does not speak TLS from the first byte on; check imap.tls',
    });
  });

  test('a server that closes during the handshake is tls', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.destroy()));
    const { failure } = await attempt({ tls: 'implicit', port: await listening(server) });
    expect(failure).toMatchObject({
      cause: 'tls',
      line: 'cut',
      detail: expect.stringContaining('closed during the TLS handshake'),
    });
  });

  test('a server that is silent in the handshake is timeout, its connection destroyed', async () => {
    const server = createServer();
    const closed = new Promise((resolve) =>
      server.once('connection', (socket) =>
        socket
          .on('error', () => undefined)
          .resume()
          .once('close', resolve),
      ),
    );
    const { failure } = await attempt({ tls: 'implicit', port: await listening(server), timeoutMs: 100 });
    expect(failure).toMatchObject({
      cause: 'timeout',
      phase: 'tls',
      detail: expect.stringContaining('did not end within 100 ms'),
    });
    await closed;
  });
});

async function closedPort(): Promise<number> {
  const port = await listening(createServer());
  closing.pop()?.();
  return port;
}
