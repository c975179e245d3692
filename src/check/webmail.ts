import type { WebmailSettings } from '../config/settings.ts';
import { dial } from '../net/dial.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { cleanWords } from '../net/words.ts';
import type { CheckPort } from '../probe/ports.ts';
import type { Failure } from '../probe/visit.ts';
import type { CheckContext } from './check-context.ts';
import { httpGet, type Page } from './http-get.ts';
import { makeVisit, type Frame } from './visit.ts';

const MAX_REDIRECTS = 5;
/** Characters of an address that are shown. */
const MAX_SHOWN = 300;

/** The web page as a browser's first request gets it: status and text; scripts and pictures are not loaded. */
export function webmailChecks({ system, settings, tools }: CheckContext): CheckPort[] {
  const { webmail } = system;
  if (webmail === undefined) return [];
  return [
    {
      check: 'webmail',
      target: new URL(webmail.url).hostname,
      visit: (signal) =>
        makeVisit({ ...tools, timeoutMs: settings.timeout, signal }, (frame) => webmailDialogue(frame, webmail)),
    },
  ];
}

async function webmailDialogue(frame: Frame, webmail: WebmailSettings): Promise<void> {
  const { url, page } = await follow(frame, webmail);
  const failed = (cause: 'status' | 'text', phase: 'request' | 'body', detail: string): DialogueError => {
    const failure: Failure = { cause, phase, detail, code: page.status };
    return new DialogueError(failure);
  };
  if (page.status !== webmail.status) {
    const words = frame.recorder.words(page.statusText);
    throw failed(
      'status',
      'request',
      `${shown(url)} answered ${page.status} ${words}, expected ${webmail.status}; check the web server, or webmail.status`,
    );
  }
  if (webmail.text !== undefined && !page.text.includes(webmail.text)) {
    const where = page.cut ? `the first ${Buffer.byteLength(page.text)} bytes of its page do` : 'its page does';
    throw failed(
      'text',
      'body',
      `${shown(url)} answered ${page.status}, but ${where} not hold "${webmail.text}"; check the page, or webmail.text`,
    );
  }
}

/** Follows redirects as long as they stay at the host, unless a redirect is the answer that is expected. */
async function follow(frame: Frame, webmail: WebmailSettings): Promise<{ readonly url: URL; readonly page: Page }> {
  const cookies = new Map<string, string>();
  let url = new URL(webmail.url);
  for (let redirects = 0; ; redirects += 1) {
    const page = await get(frame, webmail, url, cookies);
    if (page.location === undefined || page.status === webmail.status) return { url, page };
    const next = URL.canParse(page.location, url.href) ? new URL(page.location, url) : null;
    const reason = redirects === MAX_REDIRECTS ? `it is the ${MAX_REDIRECTS + 1}th redirect` : whyNot(url, next);
    if (next === null || reason !== null) {
      const to = next === null ? frame.recorder.words(page.location.slice(0, 200)) : shown(next);
      const detail = `${shown(url)} answered ${page.status} and sends to ${to}, which is not followed: ${reason}; check webmail.url`;
      throw new DialogueError({ cause: 'status', phase: 'request', detail, code: page.status });
    }
    url = next;
  }
}

/** Why a redirect is not followed; null: it is. Another host is not the one under watch. */
function whyNot(from: URL, to: URL | null): string | null {
  if (to === null) return 'it is no address';
  if (to.hostname !== from.hostname) return 'it is another host';
  const upgraded = from.protocol === 'http:' && to.protocol === 'https:';
  if (to.protocol !== from.protocol && !upgraded) return 'it gives up https';
  return to.port === from.port || upgraded ? null : 'it is another port';
}

async function get(frame: Frame, webmail: WebmailSettings, url: URL, cookies: Map<string, string>): Promise<Page> {
  const { recorder, clock, resolver, deadline } = frame;
  const { ca, server_name, verify } = webmail;
  const { socket, certificateExpiresAt } = await dial({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    tls: url.protocol === 'https:' ? 'implicit' : 'plain',
    ca,
    server_name,
    verify,
    key: 'webmail',
    resolver,
    clock,
    recorder,
    timeoutMs: deadline.remainingMs(),
    signal: deadline.signal,
  });
  frame.certificate(certificateExpiresAt);
  try {
    return await httpGet({ socket, url, cookies, recorder, signal: deadline.signal });
  } finally {
    socket.destroy();
  }
}

/** Without query, which may hold a token, and cut: a redirect may be kilobytes long. */
function shown(url: URL): string {
  return cleanWords(`${url.protocol}//${url.host}${url.pathname}`, MAX_SHOWN);
}
