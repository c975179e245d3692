import type { Socket } from 'node:net';
import type { EndpointSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ms } from '../lib/time.ts';
import { createDeadline } from '../net/deadline.ts';
import { dial } from '../net/dial.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { createLineReader } from '../net/line-reader.ts';
import { createRecorder, type Recorder } from '../net/recorder.ts';
import type { Resolver } from '../net/resolve.ts';
import { upgrade } from '../net/upgrade.ts';

export interface ImapSocketOptions {
  readonly imap: EndpointSettings;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly limitMs: Ms;
  readonly signal: AbortSignal;
}

/**
 * A connection on which the server's greeting is the next thing to be read, under TLS where that is configured, the
 * certificate verified. With STARTTLS the greeting came before it, in plain text, where nothing may be believed: a bare
 * one of our own is put in its place, and the capabilities are asked for under TLS. Throws DialogueError.
 */
export async function openImapSocket({ imap, resolver, clock, limitMs, signal }: ImapSocketOptions): Promise<Socket> {
  const recorder = createRecorder(clock);
  const deadline = createDeadline(clock, limitMs, signal);
  const target = { ...imap, key: 'imap' } as const;
  try {
    const { socket, peer } = await dial({
      ...target,
      tls: imap.tls === 'implicit' ? 'implicit' : 'plain',
      resolver,
      clock,
      recorder,
      timeoutMs: limitMs,
      signal: deadline.signal,
    });
    if (imap.tls !== 'starttls') return socket;
    const reader = createLineReader({ socket, peer, recorder });
    await greeted(() => reader.line(deadline.signal), socket, peer, recorder);
    recorder.begin('starttls');
    socket.write('s STARTTLS\r\n');
    const answer = await tagged(() => reader.line(deadline.signal));
    if (!/^s OK\b/i.test(answer)) {
      throw refused(socket, recorder, 'tls', `${peer} refused STARTTLS (${recorder.words(answer)}); check imap.tls`);
    }
    const secured = await upgrade({ ...target, socket, reader, peer, recorder, signal: deadline.signal });
    secured.socket.unshift(Buffer.from('* OK secured\r\n'));
    return secured.socket;
  } finally {
    deadline.end();
  }
}

async function greeted(line: () => Promise<string>, socket: Socket, peer: string, recorder: Recorder): Promise<void> {
  recorder.begin('greeting');
  const greeting = await line();
  if (/^\* OK\b/i.test(greeting)) return;
  const words = recorder.words(greeting);
  if (/^\* BYE\b/i.test(greeting)) throw refused(socket, recorder, 'refused', `${peer} sent us away (${words})`);
  // PREAUTH too: TLS could not begin any more (RFC 3501 section 6.2.1), and somebody between may have said it for that.
  throw refused(
    socket,
    recorder,
    'protocol',
    `${peer} did not greet as an IMAP server does that offers STARTTLS (${words})`,
  );
}

/** Lines before the tagged one are passed over; the reader bounds them. */
async function tagged(line: () => Promise<string>): Promise<string> {
  for (;;) {
    const text = await line();
    if (!text.startsWith('* ')) return text;
  }
}

function refused(
  socket: Socket,
  recorder: Recorder,
  cause: 'refused' | 'tls' | 'protocol',
  detail: string,
): DialogueError {
  socket.destroy();
  return new DialogueError({ cause, phase: recorder.phase, detail });
}
