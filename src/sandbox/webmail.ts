import { createServer } from 'node:http';
import { MINUTE } from '../lib/time.ts';
import type { SandboxFaults } from './faults.ts';
import { createListener, type Listener } from './listener.ts';

/** Text that the page of a healthy webmail holds. */
export const WEBMAIL_TEXT = 'Sign in to sandbox mail';

/** A page over plain HTTP that stands for a webmail: nobody can log in to it. */
export function createWebmail(parts: {
  readonly host: string;
  readonly port: number;
  readonly faults: SandboxFaults;
}): Listener {
  const { faults } = parts;
  const web = createServer((request, response) => {
    request.resume();
    const status = faults.get('webmail-503') ? 503 : request.url === '/' ? 200 : 404;
    const text = { 200: faults.get('webmail-text') || WEBMAIL_TEXT, 404: 'No such page', 503: 'Service unavailable' }[
      status
    ];
    response.writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'",
      'cache-control': 'no-store',
    });
    response.end(`<!doctype html>\n<html lang="en"><title>Sandbox mail</title><h1>${escaped(text)}</h1></html>\n`);
  });
  return createListener({
    name: 'webmail',
    host: parts.host,
    port: parts.port,
    idleMs: MINUTE,
    serve: (socket) => void web.emit('connection', socket),
  });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
