import type { Socket } from 'node:net';
import type { EndpointSettings, TlsSettings } from '../config/settings.ts';
import type { Ms } from '../lib/time.ts';
import type { Cause, Failure, Phase } from '../probe/visit.ts';
import { createDeadline } from '../net/deadline.ts';
import { dial } from '../net/dial.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import type { EndpointKey } from '../net/hints.ts';
import { createLineReader } from '../net/line-reader.ts';
import { upgrade } from '../net/upgrade.ts';
import type { Frame } from './visit.ts';

export interface Endpoint extends Omit<TlsSettings, 'tls'> {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'plain';
  readonly key: EndpointKey;
  /** Limit of resolving and connecting, in ms, where another host shall have its turn too; default all the time there is. */
  readonly dialMs?: Ms;
}

/** Time that a leave-taking may cost at most, in ms: a server that is silent at QUIT has done its work. */
const LEAVE_MS: Ms = 2_000;

/** A dialogue of lines with one server, within a visit. All that is said goes to the recorder. */
export interface Conversation {
  readonly frame: Frame;
  /** `host:port` as configured, for the words of an error. */
  readonly peer: string;
  readonly key: EndpointKey;
  readonly secured: boolean;
  /** Our end, for a server that asks who we are. */
  readonly localAddress: string;
  send(line: string): void;
  line(): Promise<string>;
  bytes(count: number): Promise<Buffer>;
  /** TLS from here on: what was learnt of the server before counts no more. */
  upgrade(): Promise<void>;
  /** An error in the phase under way; `detail` follows the peer's name. */
  failed(cause: Cause, detail: string, facts?: Pick<Failure, 'words' | 'command' | 'code' | 'enhanced'>): DialogueError;
  /** The same for what ends all talk: the connection is destroyed. */
  broken(detail: string): DialogueError;
  /**
   * Takes leave, if there still is a connection: a dialogue that is cut off half-way makes servers write to their
   * postmaster. How that ends says nothing about the service, so it is noted only.
   */
  leave(farewell: () => Promise<void>): Promise<void>;
}

/** Dials, and is ready for the greeting. Throws DialogueError. */
export async function converse(frame: Frame, endpoint: Endpoint): Promise<Conversation> {
  const { recorder, clock, resolver, deadline } = frame;
  const { host, port, key, ca, server_name, verify } = endpoint;
  const target = { host, ca, server_name, verify, key };
  const peer = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const dialled = await dial({
    ...target,
    port,
    tls: endpoint.tls,
    resolver,
    clock,
    recorder,
    timeoutMs: Math.min(deadline.remainingMs(), endpoint.dialMs ?? Infinity),
    signal: deadline.signal,
  });
  frame.certificate(dialled.certificateExpiresAt);
  let socket: Socket = dialled.socket;
  let secured = endpoint.tls === 'implicit';
  let reader = createLineReader({ socket, peer, recorder });
  let { signal } = deadline;

  const failed: Conversation['failed'] = (cause, detail, facts) =>
    new DialogueError({ cause, phase: recorder.phase, detail: `${peer} ${detail}`, ...facts });

  return {
    frame,
    peer,
    key,
    get secured() {
      return secured;
    },
    localAddress: dialled.socket.localAddress ?? '127.0.0.1',
    send(line) {
      // A login with a line break in it would be read as commands.
      if (/[\r\n\0]/.test(line)) throw failed('protocol', 'can not be sent a login with a line break in it');
      recorder.client(line);
      socket.write(`${line}\r\n`);
    },
    async line() {
      const line = await reader.line(signal);
      recorder.server(line);
      return line;
    },
    bytes: (count) => reader.bytes(count, signal),
    async upgrade() {
      const upgraded = await upgrade({ ...target, socket, reader, peer, recorder, signal });
      frame.certificate(upgraded.certificateExpiresAt);
      socket = upgraded.socket;
      reader = createLineReader({ socket, peer, recorder });
      secured = true;
    },
    failed,
    broken(detail) {
      socket.destroy();
      return failed('protocol', detail);
    },
    async leave(farewell) {
      if (socket.destroyed) return;
      const parting = createDeadline(clock, Math.min(LEAVE_MS, deadline.remainingMs()), deadline.signal);
      signal = parting.signal;
      try {
        await farewell();
      } catch (error) {
        if (!(error instanceof DialogueError)) throw error;
        recorder.note(`while taking leave: ${error.failure.detail}`);
      } finally {
        parting.end();
        // The last words are said, or nobody listens.
        socket.destroySoon();
      }
    },
  };
}

/** Where a client's protocol is spoken: implicit TLS, or plain at first. */
export function endpointOf(settings: EndpointSettings, key: EndpointKey): Endpoint {
  const { host, port, ca, server_name, verify } = settings;
  return { host, port, ca, server_name, verify, key, tls: settings.tls === 'implicit' ? 'implicit' : 'plain' };
}

/** The phase's work, timed by the conversation's recorder. */
export function phase<T>(conversation: Conversation, name: Phase, work: () => Promise<T>): Promise<T> {
  return conversation.frame.recorder.timed(name, work);
}
