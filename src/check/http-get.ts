import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { abortable, untilWhen } from '../net/deadline.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import type { Recorder } from '../net/recorder.ts';
import type { Cause } from '../probe/visit.ts';

/** Bytes of a page that are read. */
const MAX_BODY = 1_048_576;

export interface Page {
  readonly status: number;
  readonly statusText: string;
  /** Where a 3xx sends to. */
  readonly location?: string;
  readonly text: string;
  /** The page was longer than what is read. */
  readonly cut: boolean;
}

export interface HttpGetOptions {
  /** Connected, and encrypted where the URL says https; the caller destroys it. */
  readonly socket: Socket;
  readonly url: URL;
  /** Sent, and kept for the next request: login pages set one and redirect. */
  readonly cookies: Map<string, string>;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

/** GET on an open connection, in the phases request (to the end of the header) and body. Throws DialogueError. */
export async function httpGet({ socket, url, cookies, recorder, signal }: HttpGetOptions): Promise<Page> {
  const failed = (cause: Cause, detail: string, origin?: unknown): DialogueError =>
    new DialogueError({ cause, phase: recorder.phase, detail: `${url.host} ${detail}` }, { cause: origin });
  const silent = (): DialogueError =>
    failed('timeout', `did not finish its answer ${untilWhen(signal)}; check the web server`);

  async function guarded<T>(work: Promise<T>): Promise<T> {
    try {
      return await abortable(work, signal, silent);
    } catch (error) {
      if (error instanceof DialogueError) throw error;
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (code.startsWith('HPE_'))
        throw failed('protocol', `answered what is no HTTP (${code}); check webmail.url`, error);
      throw failed(
        'closed',
        `closed the connection before its answer was whole (${code}); check the web server`,
        error,
      );
    }
  }

  const response = await recorder.timed('request', () => guarded(head(socket, url, cookies, recorder)));
  const status = response.statusCode ?? 0;
  recorder.server(`HTTP/${response.httpVersion} ${status} ${response.statusMessage ?? ''}`);
  for (const cookie of response.headers['set-cookie'] ?? []) keep(cookies, cookie);
  const { body, cut } = await recorder.timed('body', () => guarded(bodyOf(response)));
  recorder.note(`${body.length} bytes${cut ? ' read of a longer page' : ''}`);
  const { location } = response.headers;
  return {
    status,
    statusText: response.statusMessage ?? '',
    text: decode(body, response.headers['content-type'] ?? ''),
    cut,
    ...(status >= 300 && status < 400 && location !== undefined ? { location } : {}),
  };
}

async function head(
  socket: Socket,
  url: URL,
  cookies: ReadonlyMap<string, string>,
  recorder: Recorder,
): Promise<IncomingMessage> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const ask = request({
    createConnection: () => socket,
    host: url.hostname,
    path: `${url.pathname}${url.search}`,
    headers: {
      host: url.host,
      'user-agent': 'mailwitness',
      accept: 'text/html, */*;q=0.5',
      'accept-encoding': 'identity',
      connection: 'close',
      ...(cookie === '' ? {} : { cookie }),
    },
  });
  recorder.client(`GET ${url.pathname}`);
  // Stays: it may still fail after the answer, and an error that nobody hears ends the program.
  ask.on('error', () => undefined);
  const answered = once(ask, 'response');
  ask.end();
  const [response] = (await answered) as [IncomingMessage];
  return response;
}

async function bodyOf(response: IncomingMessage): Promise<{ readonly body: Buffer; readonly cut: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY) return { body: Buffer.concat(chunks).subarray(0, MAX_BODY), cut: true };
  }
  return { body: Buffer.concat(chunks), cut: false };
}

/** The page in the character set that it names, in its header or at its beginning; many Chinese ones are GBK. */
function decode(body: Buffer, contentType: string): string {
  const charset = /charset=["']?([\w-]+)/i;
  const name =
    charset.exec(contentType)?.[1] ?? charset.exec(body.subarray(0, 2_048).toString('latin1'))?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(name).decode(body);
  } catch {
    // A name that nobody knows.
    return body.toString('utf8');
  }
}

function keep(cookies: Map<string, string>, header: string): void {
  const [, name, value] = /^\s*([^=;\s]+)=([^;]*)/.exec(header) ?? [];
  if (name !== undefined && value !== undefined && cookies.size < 20) cookies.set(name, value.trim());
}
