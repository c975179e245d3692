import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, type Authority, type CertificateKind } from '../../test/lab/certificates.ts';
import type { SubmissionSettings } from '../config/settings.ts';
import { Secret } from '../lib/secret.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { createResolver } from '../net/resolve.ts';
import type { SendResult } from '../probe/send-result.ts';
import { createSubmitter } from './submitter.ts';
import { createWarmSessions } from './warm-sessions.ts';

const clock = createSystemClock();
const resolver = createResolver({ servers: [], family: 'ipv4-only' });
const letter = {
  from: 'p@corp.example',
  to: 'x@sink.example',
  messageId: '<1@x>',
  raw: Buffer.from('Subject: x\r\n\r\nbody\r\n'),
};

let authority: Authority;
beforeAll(async () => {
  authority = await createAuthority('mail.corp.example');
});

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startServer(
  secure: boolean,
  certificate: CertificateKind,
  hideStartTls = false,
): Promise<{ port: number; letters: string[] }> {
  const pem = await authority.issue(certificate);
  const letters: string[] = [];
  const server = new SMTPServer({
    secure,
    key: pem,
    cert: pem,
    logger: false,
    hideSTARTTLS: hideStartTls,
    disabledCommands: hideStartTls ? ['STARTTLS'] : [],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, done) =>
      username === 'probe' && password === 'right' ? done(null, { user: 'probe' }) : done(new Error('wrong')),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        letters.push(`${session.secure ? 'secure' : 'plain'}: ${Buffer.concat(chunks).toString()}`);
        done();
      });
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, letters };
}

async function send(port: number, settings: Partial<SubmissionSettings>): Promise<SendResult> {
  const sender = createSubmitter({
    settings: {
      host: 'localhost',
      port,
      tls: 'starttls',
      verify: true,
      ca: authority.pem,
      user: 'probe',
      password: new Secret('right'),
      mail_from: letter.from,
      ...settings,
    },
    sessions: createWarmSessions(clock),
    resolver,
    clock,
    timeoutMs: 5_000,
  });
  closers.push(() => sender.close());
  return sender.send(letter, { fresh: false, signal: new AbortController().signal });
}

describe('submission to smtp-server', () => {
  it.each(['starttls', 'implicit'] as const)(
    'with %s is accepted over TLS, and tells until when the certificate is valid',
    async (tls) => {
      const { port, letters } = await startServer(tls === 'implicit', 'valid');
      const result = await send(port, { tls });
      expect(result.kind).toBe('accepted');
      expect(letters).toEqual(['secure: Subject: x\r\n\r\nbody\r\n']);
      expect(result.certificateExpiresAt).toBeGreaterThan(Date.now());
      const order =
        tls === 'implicit'
          ? ['dns', 'connect', 'tls', 'greeting', 'ehlo', 'auth']
          : ['dns', 'connect', 'greeting', 'ehlo', 'starttls', 'tls', 'auth'];
      expect(result.phases.map(({ phase }) => phase)).toEqual([...order, 'mail', 'rcpt', 'data', 'accept']);
    },
  );

  const bad: readonly [string, 'starttls' | 'implicit', CertificateKind, Partial<SubmissionSettings>, string][] = [
    ['an expired certificate', 'starttls', 'expired', {}, 'certificate'],
    ['an expired certificate', 'implicit', 'expired', {}, 'certificate'],
    ['a certificate for another name', 'starttls', 'other-name', {}, 'certificate'],
    ['a certificate for another name', 'implicit', 'other-name', {}, 'certificate'],
    ['a certificate of nobody known', 'starttls', 'valid', { ca: undefined }, 'certificate'],
  ];
  it.each(bad)('with %s (%s) is not reached, and no password is said', async (_, tls, certificate, settings, cause) => {
    const { port, letters } = await startServer(tls === 'implicit', certificate);
    const result = await send(port, { tls, ...settings });
    expect(result).toMatchObject({
      kind: 'unreachable',
      failure: { cause, phase: 'tls' },
    });
    expect(result.certificateExpiresAt).toBeTypeOf('number');
    expect(result.transcript.some(({ text }) => text.startsWith('AUTH'))).toBe(false);
    expect(letters).toEqual([]);
  });

  it('without STARTTLS where it is asked for is not reached, and no password is said', async () => {
    const { port } = await startServer(false, 'valid', true);
    const result = await send(port, {});
    expect(result).toMatchObject({ kind: 'unreachable', failure: { cause: 'tls', phase: 'starttls' } });
    expect(result.transcript.some(({ text }) => text.startsWith('AUTH'))).toBe(false);
  });

  it('spoken to in plain where TLS is implicit is told so', async () => {
    const { port } = await startServer(false, 'valid');
    expect(await send(port, { tls: 'implicit' })).toMatchObject({
      kind: 'unreachable',
      failure: { cause: 'tls', phase: 'tls' },
    });
  });

  it('with a wrong password is refused for good', async () => {
    const { port } = await startServer(false, 'valid');
    const result = await send(port, { password: new Secret('wrong-one') });
    expect(result).toMatchObject({
      kind: 'refused',
      permanent: true,
      failure: { cause: 'auth', phase: 'auth', code: 535 },
    });
    expect(JSON.stringify(result)).not.toContain('wrong-one');
  });
});
