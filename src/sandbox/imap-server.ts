import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { MINUTE, type Ms } from '../lib/time.ts';
import type { SandboxFaults } from './faults.ts';
import { createEntrance } from './imap-engine.ts';
import { createListener, type Listener } from './listener.ts';
import type { Mailbox } from './mailbox.ts';

export interface ImapServerParts {
  readonly host: string;
  readonly port: number;
  readonly mailboxes: readonly Mailbox[];
  readonly secureContext: () => SecureContext;
  readonly faults: SandboxFaults;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ImapService {
  readonly listener: Listener;
  /** Freezes or wakes up, as the switch stands now. */
  obey(): void;
}

/** IMAP with TLS from the first byte, one port for all mailboxes; closes its port, freezes and dawdles when told to. */
export function createImapServer(parts: ImapServerParts): ImapService {
  const { faults, clock, log } = parts;
  const entrance = createEntrance(parts.mailboxes);
  const sessions = new Set<Socket>();
  let waiting: (() => void)[] = [];
  let frozen = false;

  entrance.connectionHandlers.push((connection) => {
    const { socket } = connection;
    if (socket === null) return;
    // Takes the place of hoodiecrow's own listener, which answers at once and lets its parser's errors out.
    socket.removeAllListeners('data');
    let turn = Promise.resolve();
    socket.on('data', (chunk: Buffer) => {
      const slowMs = faults.get('imap-slow');
      turn = turn
        .then(() => pause(slowMs))
        .then(() => {
          if (!socket.destroyed) connection.onData(chunk);
        })
        .catch((error: unknown) => {
          log.debug({ error: messageOf(error) }, 'sandbox: hoodiecrow-imap failed on what a client sent');
          socket.destroy();
        });
    });
  });

  const listener = createListener({
    name: 'imap',
    host: parts.host,
    port: parts.port,
    secureContext: parts.secureContext,
    // RFC 3501 section 5.4: an inactivity timer is at least 30 minutes.
    idleMs: 31 * MINUTE,
    admit: async () => {
      if (frozen) await new Promise<void>((resolve) => waiting.push(resolve));
      await pause(faults.get('imap-slow'));
    },
    serve(socket) {
      sessions.add(socket);
      socket.once('close', () => sessions.delete(socket));
      entrance.createClient(socket);
    },
  });

  function pause(ms: Ms): Promise<void> {
    return ms <= 0 ? Promise.resolve() : new Promise((resolve) => void clock.after(ms, resolve));
  }

  // Like a stopped process: what is open stays open, nothing is read and nothing is written.
  function freeze(): void {
    frozen = true;
    for (const socket of sessions) {
      socket.pause();
      socket.cork();
    }
  }

  function thaw(): void {
    frozen = false;
    for (const go of waiting) go();
    waiting = [];
    for (const socket of sessions) {
      socket.uncork();
      socket.resume();
    }
  }

  return {
    listener,
    obey() {
      if (faults.get('imap-frozen') === frozen) return;
      if (frozen) thaw();
      else freeze();
    },
  };
}
