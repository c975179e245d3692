import { afterEach, beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../../test/lab/certificates.ts';
import { startScriptedLines, type Act, type ScriptedLines } from '../../test/support/scripted-lines.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { dial } from './dial.ts';
import { createLineReader } from './line-reader.ts';
import { createRecorder } from './recorder.ts';
import { createResolver } from './resolve.ts';
import type { Secured } from './secure.ts';
import { upgrade } from './upgrade.ts';

const clock = createSystemClock();
const { signal } = new AbortController();
let ca: string;
let pem: string;
let server: ScriptedLines;

beforeAll(async () => {
  const authority = await createAuthority('mail.corp.example');
  ca = authority.pem;
  pem = await authority.issue('valid');
});
afterEach(() => server.close());

async function startTls(reply: Act): Promise<Secured & { phases: readonly string[] }> {
  server = await startScriptedLines({
    greeting: '220 hello',
    pem,
    rules: [
      [/^STARTTLS$/, reply],
      [/^NOOP$/, '250 secret'],
    ],
  });
  const recorder = createRecorder(clock);
  const target = { host: 'localhost', key: 'submission', ca, verify: true } as const;
  const resolver = createResolver({ servers: [], family: 'ipv4-only' });
  const { socket, peer } = await dial({
    ...target,
    port: server.port,
    tls: 'plain',
    resolver,
    clock,
    recorder,
    timeoutMs: 5_000,
    signal,
  });
  const reader = createLineReader({ socket, peer, recorder });
  await reader.line(signal);
  socket.write('STARTTLS\r\n');
  await reader.line(signal);
  const secured = await upgrade({ ...target, socket, reader, peer, recorder, signal });
  return { ...secured, phases: recorder.phases().map(({ phase }) => phase) };
}

test('the connection is encrypted, and lines are read under TLS', async () => {
  const { socket, certificateExpiresAt, phases } = await startTls({ tls: '220 go ahead' });
  const reader = createLineReader({ socket, peer: 'x', recorder: createRecorder(clock) });
  socket.write('NOOP\r\n');
  expect(await reader.line(signal)).toBe('250 secret');
  expect(certificateExpiresAt).toBeGreaterThan(clock.now());
  expect(phases).toContain('tls');
  socket.destroy();
});

test('an answer that was injected before the handshake is refused', async () => {
  await expect(startTls({ tls: '220 go ahead', inject: '250 injected\r\n' })).rejects.toMatchObject({
    failure: {
      cause: 'protocol',
      detail: expect.stringContaining(
        'sent 14 bytes in plain text between its reply to STARTTLS and the TLS handshake',
      ),
    },
  });
});

test('a server that talks on in plain text fails in the handshake', async () => {
  const late: Act = (socket) => {
    socket.once('data', () => socket.write('250 what?\r\n'));
    return '220 go ahead';
  };
  await expect(startTls(late)).rejects.toMatchObject({ failure: { cause: 'tls', phase: 'tls' } });
});
