import { isIPv6, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../lib/clock.ts';
import type { Instant, Ms } from '../lib/time.ts';
import type { Failure } from '../probe/visit.ts';
import { connectTo } from './connect.ts';
import { createDeadline, type Deadline, untilWhen } from './deadline.ts';
import { DialogueError } from './dialogue-error.ts';
import { dialHints } from './hints.ts';
import type { Recorder } from './recorder.ts';
import type { Resolver } from './resolve.ts';
import { secure, type TlsTarget } from './secure.ts';

export interface DialOptions extends TlsTarget {
  readonly port: number;
  readonly tls: 'implicit' | 'plain';
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** Limit of resolving, connecting and the handshake together. */
  readonly timeoutMs: Ms;
  readonly signal: AbortSignal;
}

export interface Dialled {
  readonly socket: Socket | TLSSocket;
  /** `address:port` that answered, `[address]:port` for IPv6. */
  readonly peer: string;
  readonly certificateExpiresAt?: Instant;
}

/**
 * A connection to a host, in the phases dns, connect and (implicit) tls. All its addresses are tried in turn, each with
 * a share of the time that is left, so that an address family that is down costs time and no failure. The first that
 * accepts counts: a failing handshake is no reason to try the next. Throws DialogueError; leaves no socket behind.
 */
export async function dial(options: DialOptions): Promise<Dialled> {
  const { host, resolver, recorder, clock } = options;
  const deadline = createDeadline(clock, options.timeoutMs, options.signal);
  try {
    const addresses = await recorder.timed('dns', () => resolver.addresses(host, deadline.signal));
    const { socket, peer } = await recorder.timed('connect', () => firstThatAccepts(options, addresses, deadline));
    if (options.tls === 'plain') return { socket, peer };
    const secured = await recorder.timed('tls', () => secure(socket, options, recorder, deadline.signal));
    return { peer, ...secured };
  } finally {
    deadline.end();
  }
}

/** `address:port`, with brackets around IPv6. */
export function peerName(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

async function firstThatAccepts(
  options: DialOptions,
  addresses: readonly string[],
  deadline: Deadline,
): Promise<{ socket: Socket; peer: string }> {
  const { port, recorder, clock } = options;
  const failures: string[] = [];
  const errors: ConnectError[] = [];
  for (const [index, address] of addresses.entries()) {
    const peer = peerName(address, port);
    const share = createDeadline(clock, deadline.remainingMs() / (addresses.length - index), deadline.signal);
    try {
      const socket = await connectTo(address, port, share.signal);
      recorder.note(`connected to ${peer}`);
      return { socket, peer };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      const text = `${peer} ${connectWords({ address, code }, share.signal)}`;
      errors.push({ address, code });
      recorder.note(text);
      failures.push(text);
      if (deadline.signal.aborted) break;
    } finally {
      share.end();
    }
  }
  // Where an address is configured, what was asked for and what was tried are the same.
  const peerIsAll = addresses.length === 1 && addresses[0] === options.host;
  throw new DialogueError({
    cause: 'connect',
    phase: 'connect',
    detail: `${peerIsAll ? '' : `${options.host}:${port}: `}${failures.join('; ')}; check ${dialHints(options.key).address}`,
    ...lineOf(errors),
  });
}

/** How the system says that a connection failed; the code is empty where time ran out. */
interface ConnectError {
  readonly address: string;
  readonly code: string;
}

/** What the errors, one an address, tell of the line; exported for its table. */
export function lineOf(errors: readonly ConnectError[]): Pick<Failure, 'line'> {
  if (errors.length > 0 && errors.every(isForbiddenHere)) return { line: 'forbidden' };
  return errors.some(isRefused) ? { line: 'refused' } : {};
}

// Over IPv6 Linux says EACCES for an ICMPv6 "administratively prohibited" of any router, the provider's as well.
function isForbiddenHere({ address, code }: ConnectError): boolean {
  return code === 'EPERM' || (code === 'EACCES' && !isIPv6(address));
}

function isRefused({ address, code }: ConnectError): boolean {
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || (code === 'EACCES' && isIPv6(address));
}

function connectWords({ address, code }: ConnectError, signal: AbortSignal): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'refused the connection (nothing listens there)';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return `cannot be reached from here (${code})`;
    case 'ETIMEDOUT':
      return 'did not answer (ETIMEDOUT)';
    case 'ECONNRESET':
      return 'reset the connection at once';
    case 'EACCES':
    case 'EPERM':
      return `is forbidden by a firewall${isForbiddenHere({ address, code }) ? ' of this machine' : ''} (${code})`;
    case '':
      return `did not answer ${untilWhen(signal)}`;
    default:
      return `could not be connected to (${code})`;
  }
}
