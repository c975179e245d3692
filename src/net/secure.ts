import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { messageOf } from '../lib/errors.ts';
import { type Instant, toIso } from '../lib/time.ts';
import { judgeCertificate } from './certificate.ts';
import { abortable, untilWhen } from './deadline.ts';
import { DialogueError } from './dialogue-error.ts';
import { dialHints, type EndpointKey } from './hints.ts';
import type { Recorder } from './recorder.ts';

/** Who is expected at the other end of a TLS connection. */
export interface TlsTarget {
  readonly host: string;
  /** PEM text; replaces the roots that Node.js brings. */
  readonly ca?: string | undefined;
  readonly server_name?: string | undefined;
  readonly verify: boolean;
  /** What `createTlsContext` made of this target, for whoever connects to it often; default: a new one. */
  readonly context?: SecureContext | undefined;
  /** Where the endpoint is configured, for the words of an error. */
  readonly key: EndpointKey;
}

export interface Secured {
  readonly socket: TLSSocket;
  /** `notAfter` of the leaf; absent when the server showed no readable one. */
  readonly certificateExpiresAt?: Instant;
}

/** A certificate was refused; it is told all the same until when it is valid. */
export class CertificateError extends DialogueError {
  readonly certificateExpiresAt: Instant | undefined;

  constructor(detail: string, certificateExpiresAt: Instant | undefined) {
    super({ cause: 'certificate', phase: 'tls', detail });
    this.certificateExpiresAt = certificateExpiresAt;
  }
}

/** Trust and versions (1.2 or later) for one target. Making it was 0.7 ms of an inbound probe, by a profile. */
export function createTlsContext({ ca }: Pick<TlsTarget, 'ca'>): SecureContext {
  return createSecureContext({ ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' });
}

/**
 * The TLS handshake on an open connection, with a context of this target's own: a shared one would keep the first
 * target's name. No session is resumed, so that each handshake shows the certificate that the server has now. The certificate is judged after the handshake, so that its dates are known even when it is
 * refused; nothing is said before. Throws DialogueError (tls, certificate, timeout) with the connection destroyed.
 */
export async function secure(
  plain: Socket,
  target: TlsTarget,
  recorder: Recorder,
  signal: AbortSignal,
): Promise<Secured> {
  const name = target.server_name ?? target.host;
  try {
    const socket = connect({
      socket: plain,
      secureContext: target.context ?? createTlsContext(target),
      // SNI carries names only (RFC 6066 section 3); an address is compared with the certificate all the same.
      ...(isIP(name) === 0 ? { servername: name } : { host: name, servername: '' }),
      rejectUnauthorized: false,
    });
    await abortable(handshake(socket, plain, target), signal, () => silent(target, signal));
    return judge(socket, target, name, recorder);
  } catch (error) {
    plain.destroy();
    if (error instanceof DialogueError) throw error;
    throw tlsError(`the TLS handshake could not begin (${messageOf(error)})`, target, error);
  }
}

function handshake(socket: TLSSocket, plain: Socket, target: TlsTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (what: string, cause?: unknown): void => reject(tlsError(what, target, cause));
    const closed = (): void => fail(CLOSED);
    socket.once('secureConnect', () => {
      socket.removeListener('close', closed);
      plain.removeListener('close', closed);
      resolve();
    });
    // Stays: an error after the handshake without a listener would end the program; the reader sees the close.
    socket.on('error', (error) => fail(handshakeWords(error), error));
    socket.once('close', closed);
    plain.once('close', closed);
  });
}

function judge(socket: TLSSocket, target: TlsTarget, name: string, recorder: Recorder): Secured {
  const { expiresAt, refusal, mend } = judgeCertificate(socket);
  const until = expiresAt === undefined ? 'no certificate' : `certificate until ${toIso(expiresAt)}`;
  recorder.note(
    `${socket.getProtocol() ?? 'TLS'}, ${until}${refusal === undefined ? '' : `, not trusted: ${refusal}`}`,
  );
  if (refusal !== undefined && target.verify) {
    const detail = `certificate of ${name} ${refusal}; ${mend ?? `check ${dialHints(target.key).certificate}`}`;
    throw new CertificateError(detail, expiresAt);
  }
  return { socket, ...(expiresAt === undefined ? {} : { certificateExpiresAt: expiresAt }) };
}

function handshakeWords(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ETIMEDOUT') return CLOSED;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return 'this port does not speak TLS from the first byte on';
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL' || code === 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
    return 'the server does not offer TLS 1.2 or later';
  return `the TLS handshake failed (${code === '' ? messageOf(error) : code})`;
}

function silent(target: TlsTarget, signal: AbortSignal): DialogueError {
  const detail = `${target.host}: the TLS handshake did not end ${untilWhen(signal)}; check ${dialHints(target.key).tls}`;
  return new DialogueError({ cause: 'timeout', phase: 'tls', detail });
}

const CLOSED = 'the connection was closed during the TLS handshake';

function tlsError(what: string, target: TlsTarget, cause?: unknown): DialogueError {
  const detail = `${target.host}: ${what}; check ${dialHints(target.key).tls}`;
  // A server that wants no TLS cuts it, and so does a line that breaks.
  const line = what === CLOSED ? ({ line: 'cut' } as const) : {};
  return new DialogueError({ cause: 'tls', phase: 'tls', detail, ...line }, { cause });
}
