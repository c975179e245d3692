import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Clock, Timer } from '../lib/clock.ts';
import { ConfigError, messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { SECOND, type Instant, type Ms } from '../lib/time.ts';
import { peerName } from '../net/dial.ts';
import type { LiveSink } from '../probe/live-state.ts';

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly accept: (socket: Socket) => void;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Nobody could connect since that instant: told at each attempt to listen again, the last time by the one that succeeds.
   */
  readonly onAway: (since: Instant) => void;
}

/** The sink's listener. One that fails later on is replaced, on the same port, however long that takes. */
export interface Listener {
  readonly port: number;
  readonly state: LiveSink;
  /** Resolves when it listens. Rejects with ConfigError when the address is not to be had. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const FIRST_RETRY_MS: Ms = SECOND;
const LAST_RETRY_MS: Ms = 30 * SECOND;

export function createListener(options: ListenerOptions): Listener {
  const { host, accept, clock, log, onAway } = options;
  let { port } = options;
  let server: Server | null = null;
  let problem: string | null = 'it has not started';
  let stopped = false;
  let retry: Timer | undefined;

  async function listen(): Promise<void> {
    const made = createServer({ noDelay: true }, accept);
    await listening(made, host, port);
    if (stopped) return void made.close();
    ({ port } = made.address() as AddressInfo);
    server = made;
    problem = null;
    // Connections cannot be taken (no file descriptor is left), or something else ended it.
    made.on('error', (error) => failed(made, messageOf(error)));
    made.on('close', () => failed(made, 'its listener was closed'));
  }

  function failed(which: Server, words: string): void {
    if (stopped || which !== server) return;
    server = null;
    problem = words;
    log.error({ place: 'sink', error: words }, 'the sink cannot take connections; it will listen anew');
    which.close();
    again(clock.now(), FIRST_RETRY_MS);
  }

  function again(since: Instant, pauseMs: Ms): void {
    retry = clock.after(pauseMs, () => void tryAgain(since, pauseMs));
  }

  async function tryAgain(since: Instant, pauseMs: Ms): Promise<void> {
    try {
      await listen();
      log.info({ place: 'sink' }, 'the sink listens again');
    } catch (error) {
      problem = messageOf(error);
      if (!stopped) again(since, Math.min(LAST_RETRY_MS, pauseMs * 2));
    }
    if (!stopped) onAway(since);
  }

  return {
    get port() {
      return port;
    },
    get state() {
      return problem === null ? { listening: true } : { listening: false, problem };
    },
    start: listen,
    async stop() {
      stopped = true;
      retry?.cancel();
      problem = 'it was stopped';
      await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
    },
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => reject(refusal(error, peerName(host, port)));
    server.once('error', refused);
    server.listen({ host, port }, () => {
      server.removeListener('error', refused);
      resolve();
    });
  });
}

/** The operator's to mend where the address is not to be had; else a failure of ours. */
function refusal(error: NodeJS.ErrnoException, address: string): Error {
  const expected = REFUSALS[error.code ?? ''];
  if (expected === undefined)
    return new Error(`agent.sink.listen: cannot listen on ${address} (${messageOf(error)})`, { cause: error });
  return new ConfigError([{ file: 'agent.sink.listen', path: '', expected, got: address }]);
}

const REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'a free port; another program listens there',
  EACCES: 'a port that this user may listen on (25 needs a privilege: take a higher one and forward port 25 to it)',
  EADDRNOTAVAIL: 'an address of this machine',
  ENOTFOUND: 'an address of this machine; there is no such name',
};
