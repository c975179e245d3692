import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import type { Undo } from '../lab/faults.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { writeFaults, type FaultLine } from './faults-page.ts';
import { proveOutage, type Outage } from './mail-system-outage.ts';

const TEXT = 'Log in to your mail';
const PAGE = `<!doctype html><title>Webmail</title><h1>${TEXT}</h1>`;

type Answer = (request: IncomingMessage, response: ServerResponse, socket: Socket) => void;

interface Row extends Pick<Outage, 'bad' | 'down' | 'patienceMs'> {
  readonly what: string;
  /** null: nobody listens. */
  readonly answer: Answer | null;
  /** IMAP is a way to read mail beside it. */
  readonly withImap?: boolean;
}

const unavailable: Answer = (_request, response) => {
  response.statusCode = 503;
  response.end('come again');
};

const rows: readonly Row[] = [
  {
    what: 'refuses',
    answer: null,
    bad: { webmail: { cause: 'connect', phase: 'connect', detail: /refused the connection.*check webmail\.url/u } },
  },
  {
    what: 'answers 503',
    answer: unavailable,
    bad: { webmail: { cause: 'status', phase: 'request', code: 503, detail: /answered 503 .*expected 200/u } },
  },
  {
    what: 'answers 503 where IMAP is well',
    answer: unavailable,
    withImap: true,
    down: false,
    bad: { webmail: { cause: 'status', phase: 'request', code: 503 } },
  },
  {
    what: 'answers 200 with another page',
    answer: (_request, response) => void response.end('<h1>Out of order</h1>'),
    bad: { webmail: { cause: 'text', phase: 'body', code: 200, detail: /its page does not hold/u } },
  },
  {
    what: 'redirects to another host',
    answer: (_request, response) => {
      response.writeHead(302, { location: 'https://elsewhere.example/login?token=secret' });
      response.end();
    },
    bad: {
      webmail: {
        cause: 'status',
        phase: 'request',
        code: 302,
        // Without the query, which may hold a token.
        detail: /sends to https:\/\/elsewhere\.example\/login, which is not followed: it is another host/u,
      },
    },
  },
  {
    what: 'sends a page without end',
    answer: (_request, response) => {
      const chunk = Buffer.alloc(65_536, 'x');
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    },
    bad: {
      webmail: { cause: 'text', phase: 'body', code: 200, detail: /the first 1048576 bytes of its page do not/u },
    },
  },
  {
    what: 'sends a page without end that holds the text',
    answer: (_request, response) => {
      response.write(PAGE);
      const chunk = Buffer.alloc(65_536, 'x');
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    },
    bad: {},
    down: false,
  },
  {
    what: 'sends a header without end',
    answer: (_request, _response, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const chunk = 'x-more: of the same\r\n'.repeat(1_000);
      const more = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', more);
      more();
    },
    bad: { webmail: { cause: 'protocol', phase: 'request' } },
  },
  {
    what: 'answers what is no HTTP',
    answer: (_request, _response, socket) => void socket.write('220 mail.corp.example ESMTP\r\n'),
    bad: { webmail: { cause: 'protocol', phase: 'request', detail: /no HTTP/u } },
  },
  {
    what: 'sends a byte a second of its page',
    answer: (_request, response) => {
      let at = 0;
      const timer = setInterval(() => response.write(PAGE.charAt(at++ % PAGE.length)), 1_000);
      response.once('close', () => clearInterval(timer));
    },
    patienceMs: 4_000,
    bad: { webmail: { cause: 'timeout', phase: 'body' } },
  },
];

describeLab('a webmail', () => {
  let lab: Lab;
  const lines: FaultLine[] = [];
  const closers: (() => void)[] = [];
  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });
  afterAll(async () => {
    await lab?.stop();
    writeFaults('Webmail', lines);
  });

  test.each(rows.map((row) => [row.what, row] as const))(
    'that %s',
    async (what, { answer, withImap = false, bad, down, patienceMs }) => {
      const webmail = await openWebmail(lab);
      closers.push(() => webmail.close());
      const pace = { interval: '1s', timeout: '2s' };
      const ways = ['submission', 'mx', ...(withImap ? ['imap'] : []), 'webmail'];
      const rssBefore = process.memoryUsage().rss;
      let askedBefore = 0;
      lines.push(
        await proveOutage(lab, {
          name: `a webmail that ${what}`,
          injected: `a web server with the lab's certificate; the system has ${withImap ? 'IMAP beside it' : 'no other way to read mail'}`,
          stage: {
            system: {
              pop3: undefined,
              webmail: { url: `https://127.0.0.1:${webmail.port}/login`, text: TEXT, ca_file: lab.caFile },
              checks: ways.map((kind) => ({ kind, ...pace, ...(kind === 'imap' && { mailboxes: ['alice'] }) })),
            },
          },
          inject: () => {
            askedBefore = webmail.asked();
            return answer === null ? webmail.shut() : webmail.answerSo(answer);
          },
          forMs: 3_000,
          bad,
          ...(down !== undefined && { down }),
          ...(patienceMs !== undefined && { patienceMs }),
          also({ stage }) {
            // The two attempts of a visit that fails; where nobody listens only the visit after the fault is met.
            expect(webmail.asked() - askedBefore).toBeGreaterThanOrEqual(answer === null ? 1 : 2);
            expect(JSON.stringify(stage.events)).not.toContain('token=secret');
            expect(process.memoryUsage().rss - rssBefore).toBeLessThan(200 * 2 ** 20);
          },
        }),
      );
      expect(lines.at(-1)?.recorded).not.toBe('');
    },
    60_000,
  );
});

interface Webmail {
  readonly port: number;
  asked(): number;
  answerSo(answer: Answer): Promise<Undo>;
  /** Nobody listens there, until the Undo. */
  shut(): Promise<Undo>;
  close(): void;
}

/** A web server whose page is the one expected, until it is told otherwise. */
async function openWebmail(lab: Lab): Promise<Webmail> {
  const pem = readFileSync(path.join(lab.dir, 'server.pem'));
  let asked = 0;
  let answer: Answer = good;
  let port = 0;
  let server = await open();

  async function open(): Promise<Server> {
    const opened = createServer({ key: pem, cert: pem }, (request, response) => {
      asked++;
      answer(request, response, request.socket);
    });
    opened.on('tlsClientError', () => undefined);
    opened.on('secureConnection', (socket: Socket) => socket.on('error', () => socket.destroy()));
    opened.listen(port, '127.0.0.1');
    await once(opened, 'listening');
    port = (opened.address() as AddressInfo).port;
    return opened;
  }

  async function shut(): Promise<void> {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  return {
    port,
    asked: () => asked,
    async answerSo(next) {
      answer = next;
      return async () => {
        answer = good;
        server.closeAllConnections();
      };
    },
    async shut() {
      await shut();
      return async () => void (server = await open());
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function good(_request: IncomingMessage, response: ServerResponse): void {
  response.end(PAGE);
}
