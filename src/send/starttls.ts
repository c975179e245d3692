import type { Socket } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import type { Instant, Ms } from '../lib/time.ts';
import type { Deadline } from '../net/deadline.ts';
import type { Dialled } from '../net/dial.ts';
import { createLineReader, type LineReader } from '../net/line-reader.ts';
import type { Recorder } from '../net/recorder.ts';
import type { TlsTarget } from '../net/secure.ts';
import { upgrade } from '../net/upgrade.ts';
import type { Phase } from '../probe/visit.ts';
import { endingOfError, expiryOf, refusedEnding, type Failed } from './ending.ts';
import { readReply, type Reply } from './reply.ts';

export interface StartTlsOptions extends TlsTarget {
  readonly where: string;
  readonly name: string;
  /** With `opportunistic`, a server that does not offer STARTTLS (or refuses it) is spoken to in plain. */
  readonly tls: 'starttls' | 'opportunistic';
  readonly clock: Clock;
}

/** A socket on which the server waits for EHLO, or how it failed, with nothing left open. */
export type Upgraded =
  | { readonly kind: 'ready'; readonly socket: Dialled['socket']; readonly certificateExpiresAt?: Instant }
  | (Failed & { readonly certificateExpiresAt?: Instant; readonly endedAt?: Instant });

const GOODBYE_LIMIT: Ms = 2_000;

/**
 * Greeting, EHLO, STARTTLS and the handshake. nodemailer could do it, but it neither tells a refused certificate from a
 * failed handshake nor the dates of a certificate that it refuses. The handshake is the phase `tls`,
 * as with implicit TLS.
 */
export async function startTls(
  { socket, peer }: Dialled,
  options: StartTlsOptions,
  { recorder, deadline }: { readonly recorder: Recorder; readonly deadline: Deadline },
): Promise<Upgraded> {
  const { signal } = deadline;
  const reader = createLineReader({ socket, peer: options.where, recorder });
  const ask = (phase: Phase, command: string | null): Promise<Reply | null> =>
    recorder.timed(phase, async () => {
      if (command !== null) {
        recorder.client(command);
        socket.write(`${command}\r\n`);
      }
      return readReply(await replyText(reader, recorder, signal));
    });
  const giveUp = async (failed: Failed): Promise<Upgraded> => {
    const endedAt = options.clock.now();
    reader.release();
    await goodbye(socket, options.clock, Math.min(GOODBYE_LIMIT, deadline.remainingMs()));
    return { ...failed, endedAt };
  };
  const notGood = (reply: Reply | null, phase: Phase, command: string): Failed =>
    reply !== null && reply.code >= 400
      ? refusedEnding({ command, phase, reply }, { where: options.where, recorder })
      : nonsense(options.where, phase);

  try {
    const greeting = await ask('greeting', null);
    if (greeting?.code !== 220) return await giveUp(notGood(greeting, 'greeting', 'the connection'));
    const ehlo = await ask('ehlo', `EHLO ${options.name}`);
    const offered = ehlo?.code === 250 && /\b250[ -]STARTTLS\b/iu.test(ehlo.line);
    const plain = (): Upgraded =>
      reader.release().length === 0 ? { kind: 'ready', socket } : nonsense(options.where, 'ehlo');
    if (!offered) {
      if (options.tls === 'opportunistic') return plain();
      if (ehlo?.code !== 250) return await giveUp(notGood(ehlo, 'ehlo', 'EHLO'));
      return await giveUp(noTls(options, 'does not offer STARTTLS'));
    }
    const agreed = await ask('starttls', 'STARTTLS');
    if (agreed?.code !== 220) {
      if (options.tls === 'opportunistic') return plain();
      return await giveUp(noTls(options, `refused STARTTLS (${recorder.words(agreed?.line ?? '')})`, agreed?.code));
    }
    const verify = options.verify && options.tls === 'starttls';
    const secured = await upgrade({ ...options, verify, socket, reader, peer, recorder, signal });
    return { kind: 'ready', ...secured };
  } catch (error) {
    return { ...endingOfError(error), ...expiryOf(error) };
  }
}

/** QUIT, and the end of the connection within the limit. */
async function goodbye(socket: Socket, clock: Clock, limitMs: Ms): Promise<void> {
  if (socket.destroyed) return;
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  const limit = clock.after(limitMs, () => socket.destroy());
  socket.resume();
  socket.end('QUIT\r\n');
  await closed;
  limit.cancel();
}

/** A whole reply, its lines parted by LF (RFC 5321 section 4.2.1). */
async function replyText(reader: LineReader, recorder: Recorder, signal: AbortSignal): Promise<string> {
  const lines: string[] = [];
  for (;;) {
    const line = await reader.line(signal);
    recorder.server(line);
    lines.push(line);
    if (!/^\d{3}-/u.test(line)) return lines.join('\n');
  }
}

function noTls({ where }: StartTlsOptions, what: string, code?: number): Failed {
  const part = where.startsWith('mx ') ? 'mx.starttls' : 'submission.tls';
  const detail = `${where} ${what}, and ${part} asks for it`;
  return {
    kind: 'unreachable',
    failure: { cause: 'tls', phase: 'starttls', detail, ...(code === undefined ? {} : { code }) },
  };
}

function nonsense(where: string, phase: Phase): Failed {
  return {
    kind: 'unreachable',
    failure: { cause: 'protocol', phase, detail: `${where} sent what is no reply of SMTP` },
  };
}
