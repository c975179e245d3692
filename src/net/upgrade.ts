import type { Socket } from 'node:net';
import { DialogueError } from './dialogue-error.ts';
import type { LineReader } from './line-reader.ts';
import type { Recorder } from './recorder.ts';
import { secure, type Secured, type TlsTarget } from './secure.ts';

export interface UpgradeOptions extends TlsTarget {
  readonly socket: Socket;
  /** The reader of the plain connection, released here; absent where another library read from it. */
  readonly reader?: LineReader;
  readonly peer: string;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

/**
 * TLS on a connection whose server has just agreed to STARTTLS or STLS. What it (or somebody between) sent in plain after
 * that reply would be taken as said under TLS (CVE-2011-0411 and its kin): it is refused. The handshake is
 * the phase `tls`, as with implicit TLS; `starttls` is the command and its reply.
 */
export async function upgrade({ socket, reader, peer, recorder, signal, ...target }: UpgradeOptions): Promise<Secured> {
  const injected = (reader?.release().length ?? 0) + socket.readableLength;
  if (injected > 0) {
    socket.destroy();
    throw new DialogueError({
      cause: 'protocol',
      phase: recorder.phase,
      detail: `${peer} sent ${injected} bytes in plain text between its reply to STARTTLS and the TLS handshake: somebody may be injecting answers`,
    });
  }
  return recorder.timed('tls', () => secure(socket, target, recorder, signal));
}
