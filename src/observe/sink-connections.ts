import type { Socket } from 'node:net';
import type { Clock, Timer } from '../lib/clock.ts';
import type { Instant, Ms } from '../lib/time.ts';
import { peerName } from '../net/dial.ts';
import { addressGroup } from './address-group.ts';

/** What is known of one connection to the sink. */
export interface SinkConnection {
  readonly acceptedAt: Instant;
  /** `address:port` of the other side. */
  readonly peer: string;
  /** MAIL commands that were taken so far. */
  mails: number;
  /** Instant at which transmission of the letter under way began. */
  beganAt: Instant;
  /** Probe of the letter under way; null while there is none. */
  probeId: string | null;
  /** Recipients that were refused. */
  refused: number;
  /** Replies since the last whole letter. */
  replies: number;
}

export interface SinkLimits {
  readonly max_connections: number;
  readonly max_connections_per_address: number;
  /** One that has not even asked for an address of ours is cut after so long. */
  readonly timeout: Ms;
  /** A connection that has brought no whole letter of ours for so long is cut, however busy it looks. */
  readonly letterMs: Ms;
}

/**
 * The connections of the sink, by their session's id, counted by address. An entry goes when its connection closes; its
 * deadline is the safety net, so that nothing is left of a close that no event told.
 */
export interface SinkConnections {
  readonly size: number;
  /** Null when one of the limits is reached. */
  admit(id: string, socket: Socket): SinkConnection | null;
  get(id: string): SinkConnection | undefined;
  /** The connection goes on over this socket (TLS on top of the first one). */
  replace(id: string, socket: Socket): void;
  /** It asked for an address of ours: the first time it gets the time of a letter. */
  wanted(id: string): void;
  /** A whole letter came: the deadline begins anew. */
  prolong(id: string): void;
  drop(id: string): void;
  /** Cuts the connection without a word. */
  cut(id: string): void;
  cutAll(): void;
}

interface Entry {
  readonly connection: SinkConnection;
  readonly address: string;
  socket: Socket;
  deadline: Timer;
  stranger: boolean;
}

export function createSinkConnections(clock: Clock, limits: SinkLimits): SinkConnections {
  const entries = new Map<string, Entry>();
  const perAddress = new Map<string, number>();

  function count(address: string, by: 1 | -1): void {
    const next = (perAddress.get(address) ?? 0) + by;
    if (next > 0) perAddress.set(address, next);
    else perAddress.delete(address);
  }

  function drop(id: string): void {
    const entry = entries.get(id);
    if (entry === undefined) return;
    entries.delete(id);
    entry.deadline.cancel();
    count(entry.address, -1);
  }

  function cut(id: string): void {
    // Of TLS on top of a socket the upper one: it takes the lower one along.
    entries.get(id)?.socket.destroy();
    drop(id);
  }

  function giveTime(id: string, entry: Entry): void {
    entry.stranger = false;
    entry.deadline.cancel();
    entry.deadline = clock.after(limits.letterMs, () => cut(id));
  }

  return {
    get size() {
      return entries.size;
    },
    admit(id, socket) {
      // Closed already: there is no address any more.
      const remote = socket.remoteAddress;
      if (remote === undefined || entries.size >= limits.max_connections) return null;
      const address = addressGroup(remote);
      if ((perAddress.get(address) ?? 0) >= limits.max_connections_per_address) return null;
      const acceptedAt = clock.now();
      const connection: SinkConnection = {
        acceptedAt,
        peer: peerName(remote.replace(/^::ffff:/i, ''), socket.remotePort ?? 0),
        mails: 0,
        beganAt: acceptedAt,
        probeId: null,
        refused: 0,
        replies: 0,
      };
      entries.set(id, {
        connection,
        address,
        socket,
        stranger: true,
        deadline: clock.after(limits.timeout, () => cut(id)),
      });
      count(address, 1);
      return connection;
    },
    get: (id) => entries.get(id)?.connection,
    replace(id, socket) {
      const entry = entries.get(id);
      if (entry === undefined) socket.destroy();
      else entry.socket = socket;
    },
    wanted(id) {
      const entry = entries.get(id);
      if (entry?.stranger === true) giveTime(id, entry);
    },
    prolong(id) {
      const entry = entries.get(id);
      if (entry === undefined) return;
      entry.connection.replies = 0;
      giveTime(id, entry);
    },
    drop,
    cut,
    cutAll() {
      for (const id of entries.keys()) cut(id);
    },
  };
}
