import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { createAuthority, type Authority } from '../../test/lab/certificates.ts';
import { checksOf, visitOnce, type Bench } from '../../test/support/check-bench.ts';
import type { WebmailSettings } from '../config/settings.ts';
import type { Failure, Visit } from '../probe/visit.ts';

let authority: Authority;
const closing: (() => void)[] = [];
beforeAll(async () => {
  authority = await createAuthority('mail.corp.example');
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined);
    sockets.add(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function look(port: number, given: Partial<WebmailSettings> = {}, bench: Partial<Bench> = {}): Promise<Visit> {
  const webmail: WebmailSettings = {
    url: `http://localhost:${port}/login`,
    status: 200,
    verify: true,
    ca: authority.pem,
    ...given,
  };
  return visitOnce('webmail', { ...bench, system: { webmail } });
}

const answered = async (
  listener: RequestListener,
  given: Partial<WebmailSettings> = {},
  bench: Partial<Bench> = {},
): Promise<Visit> => look(await listening(createServer(listener)), given, bench);
const phasesOf = (visit: Visit): readonly string[] => visit.phases.map(({ phase }) => phase);

test('a good page over https, with its text, in all phases', async () => {
  const pem = await authority.issue('valid');
  const hosts: (string | undefined)[] = [];
  const port = await listening(
    createTlsServer({ key: pem, cert: pem }, (request, response) => {
      hosts.push(request.headers.host);
      response.end('<h1>Webmail</h1>');
    }),
  );
  const visit = await look(port, { url: `https://localhost:${port}/login?x=1`, text: 'Webmail' });
  expect(visit.failure).toBeUndefined();
  expect(phasesOf(visit)).toEqual(['dns', 'connect', 'tls', 'request', 'body']);
  expect(visit.certificateExpiresAt).toBeGreaterThan(visit.endedAt);
  expect(hosts).toEqual([`localhost:${port}`]);
});

test('the host of the address is the target', () => {
  const system = { webmail: { url: 'https://webmail.corp.example:8443/x', status: 200, verify: true } };
  expect(checksOf('webmail', { system }).map(({ target }) => target)).toEqual(['webmail.corp.example']);
});

test('an expired certificate is told', async () => {
  const pem = await authority.issue('expired');
  const port = await listening(
    createTlsServer({ key: pem, cert: pem }, (_request, response) => void response.end('x')),
  );
  const visit = await look(port, { url: `https://localhost:${port}/` });
  expect(visit.failure).toMatchObject({
    cause: 'certificate',
    phase: 'tls',
    detail: expect.stringMatching(/expired on .*renew it on the server/),
  });
});

const good: readonly [string, RequestListener, Partial<WebmailSettings>][] = [
  [
    'redirects at the same host are followed, cookies kept',
    (request, response) => {
      if (request.url === '/login')
        response.writeHead(302, { location: '/?task=login', 'set-cookie': 'session=abc; HttpOnly' }).end();
      else if (request.headers.cookie === 'session=abc') response.end('in');
      else response.writeHead(302, { location: '/login' }).end();
    },
    { text: 'in' },
  ],
  [
    'five redirects are followed',
    (request, response) => {
      const count = Number(request.url?.slice(2) ?? 0) || 0;
      if (count < 5) response.writeHead(307, { location: `/x${count + 1}` }).end();
      else response.end('there');
    },
    { text: 'there' },
  ],
  [
    'a redirect may be what is expected',
    (_request, response) => void response.writeHead(302, { location: 'https://sso.example/' }).end(),
    { status: 302 },
  ],
  [
    'a page in GBK is read as such',
    (_request, response) =>
      void response
        .writeHead(200, { 'content-type': 'text/html; charset=gbk' })
        .end(Buffer.from([0xd3, 0xca, 0xcf, 0xe4])),
    { text: '邮箱' },
  ],
  [
    'a character set named in the page counts',
    (_request, response) =>
      void response.end(Buffer.concat([Buffer.from('<meta charset="gb2312">'), Buffer.from([0xd3, 0xca, 0xcf, 0xe4])])),
    { text: '邮箱' },
  ],
  [
    'a page beyond 1 MB is cut, and good where its text came before',
    (_request, response) => void response.end(`Webmail${'x'.repeat(5_000_000)}`),
    { text: 'Webmail' },
  ],
];
test.each(good)('%s', async (_title, listener, given) => {
  expect((await answered(listener, given)).failure).toBeUndefined();
});

const bad: readonly [string, RequestListener, Partial<WebmailSettings>, Partial<Failure>, RegExp][] = [
  [
    'another status',
    (_request, response) => void response.writeHead(503, 'Down for good').end(),
    {},
    { cause: 'status', phase: 'request', code: 503 },
    /\/login answered 503 .*, expected 200; check the web server, or webmail\.status/,
  ],
  [
    '200 with another text',
    (_request, response) => void response.end('Database error'),
    { text: 'Webmail' },
    { cause: 'text', phase: 'body', code: 200 },
    /does not hold "Webmail"/,
  ],
  [
    'a text beyond what is read',
    (_request, response) => void response.end(`${'x'.repeat(2_000_000)}Webmail`),
    { text: 'Webmail' },
    { cause: 'text' },
    /the first 1048576 bytes of its page do not hold/,
  ],
  [
    'a redirect to another host',
    (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1/?token=secret' }).end(),
    {},
    { cause: 'status', phase: 'request', code: 302 },
    /sends to http:\/\/127\.0\.0\.1\/, which is not followed: it is another host/,
  ],
  [
    'a redirect to a long address, which is cut',
    (_request, response) => void response.writeHead(302, { location: `http://127.0.0.1/${'x'.repeat(9_000)}` }).end(),
    {},
    { cause: 'status' },
    /sends to http:\/\/127\.0\.0\.1\/x{100,400}…, which/,
  ],
  [
    'a redirect to another port',
    (_request, response) => void response.writeHead(302, { location: 'http://localhost:1/' }).end(),
    {},
    { cause: 'status' },
    /it is another port/,
  ],
  [
    'a redirect to no address',
    (_request, response) => void response.writeHead(302, { location: 'http://[' }).end(),
    {},
    { cause: 'status' },
    /it is no address/,
  ],
  [
    'redirects without end',
    (_request, response) => void response.writeHead(302, { location: '/login' }).end(),
    {},
    { cause: 'status' },
    /it is the 6th redirect/,
  ],
  [
    'a cut in the page',
    (_request, response) =>
      void response.writeHead(200, { 'content-length': '100' }).write('half', () => response.socket?.destroy()),
    {},
    { cause: 'closed', phase: 'body' },
    /closed the connection before its answer was whole/,
  ],
  [
    'a cut before the answer',
    (request) => void request.socket.destroy(),
    {},
    { cause: 'closed', phase: 'request' },
    /closed the connection/,
  ],
];
test.each(bad)('it meets %s', async (_title, listener, given, failure, words) => {
  const visit = await answered(listener, given);
  expect(visit.failure).toMatchObject({ ...failure, detail: expect.stringMatching(words) });
  expect(visit.failure?.detail).not.toContain('token=secret');
  expect(visit.failure?.detail).not.toMatch(/\p{Cc}/u);
});

test.each([
  ['a header', (): void => undefined, 'request'],
  [
    'the rest of a page',
    (_request, response) => void response.writeHead(200, { 'content-length': '100' }).write('half'),
    'body',
  ],
] satisfies [string, RequestListener, string][])(
  'silence instead of %s ends with the time limit',
  async (_title, listener, phase) => {
    const visit = await answered(listener, {}, { check: { timeout: 200 } });
    expect(visit.failure).toMatchObject({ cause: 'timeout', phase, detail: expect.stringContaining('within 200 ms') });
  },
);

test.each([
  ['another protocol', '220 mail ESMTP\r\n', 'protocol'],
  ['a header of 100 kB', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, 'protocol'],
])('%s is no web page', async (_title, text, cause) => {
  const port = await listening(createTcpServer((socket) => void socket.write(text)));
  expect((await look(port)).failure).toMatchObject({ cause, phase: 'request' });
});
