import type { Socket } from 'node:net';
import type { Clock, Timer } from '../lib/clock.ts';
import { SECOND, type Instant, type Ms } from '../lib/time.ts';
import { peerName } from '../net/dial.ts';
import { addressGroup } from './address-group.ts';

/** What is known of one connection to the sink. */
export interface SinkConnection {
  readonly acceptedAt: Instant;
  /** `address:port` of the other side. */
  readonly peer: string;
  /** From this address nobody had asked for an address of ours before. */
  readonly isNew: boolean;
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
 * taken: there is a place for it. full: there is none. `mayBeMail`: by what is known it may be a mail system that brings
 * us a probe and now puts it off: `known`, one that did so before; `unknown`, anybody; `no`, it is not, or it has places
 * enough and uses them.
 */
export type Admission =
  | { readonly kind: 'taken'; readonly connection: SinkConnection }
  | { readonly kind: 'full'; readonly mayBeMail: 'known' | 'unknown' | 'no' };

/**
 * The connections of the sink, by their session's id, counted by address. An entry goes when its connection closes; its
 * deadline is the safety net, so that nothing is left of a close that no event told. Whoever asked for an address of
 * ours before is known, and a quarter of the places is kept for them: strangers cannot turn a mail system away. One that
 * has connected and asked for nothing gives its place up to whoever comes when all are taken.
 */
export interface SinkConnections {
  admit(id: string, socket: Socket): Admission;
  get(id: string): SinkConnection | undefined;
  /** The connection goes on over this socket (TLS on top of the first one). */
  replace(id: string, socket: Socket): void;
  /** It asked for an address of ours: the first time it gets the time of a letter, and its address is known from now on. */
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

/** A mail system has asked for its recipient by then; after that its place is another's. */
const ASKS_WITHIN_MS: Ms = 10 * SECOND;
/** Addresses that are remembered, the latest ones. */
const MOST_KNOWN = 1_000;

export function createSinkConnections(clock: Clock, limits: SinkLimits): SinkConnections {
  const entries = new Map<string, Entry>();
  const perAddress = new Map<string, number>();
  const known = new Set<string>();
  const kept = Math.floor(limits.max_connections / 4);

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

  function know(address: string): void {
    known.delete(address);
    known.add(address);
    const [oldest] = known;
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  }

  /** Whether one that came first of these, and has asked for nothing for so long, had to go. */
  function madeRoom(among: (entry: Entry) => boolean, forMs: Ms): boolean {
    const before = clock.now() - forMs;
    for (const [id, entry] of entries) {
      if (!entry.stranger || entry.connection.acceptedAt > before || !among(entry)) continue;
      cut(id);
      return true;
    }
    return false;
  }

  function isFullFor(address: string): Admission | null {
    const isKnown = known.has(address);
    if ((perAddress.get(address) ?? 0) >= limits.max_connections_per_address) {
      const its = (entry: Entry): boolean => entry.address === address;
      if (!madeRoom(its, ASKS_WITHIN_MS)) {
        // Strangers may share its address; where all of them bring letters, it has more connections than it needs.
        const isShared = [...entries.values()].some((entry) => its(entry) && entry.stranger);
        return { kind: 'full', mayBeMail: isKnown && isShared ? 'known' : 'no' };
      }
    }
    const foreign = [...entries.values()].filter((entry) => !known.has(entry.address)).length;
    const isKept = !isKnown && known.size > 0 && foreign >= limits.max_connections - kept;
    if (entries.size < limits.max_connections && !isKept) return null;
    if (madeRoom((entry) => !known.has(entry.address), isKnown ? 0 : ASKS_WITHIN_MS)) return null;
    return { kind: 'full', mayBeMail: isKnown ? 'known' : 'unknown' };
  }

  return {
    admit(id, socket) {
      // Closed already: there is no address any more.
      const remote = socket.remoteAddress;
      if (remote === undefined) return { kind: 'full', mayBeMail: 'no' };
      const address = addressGroup(remote);
      const full = isFullFor(address);
      if (full !== null) return full;
      const acceptedAt = clock.now();
      const connection: SinkConnection = {
        acceptedAt,
        peer: peerName(remote.replace(/^::ffff:/i, ''), socket.remotePort ?? 0),
        mails: 0,
        beganAt: acceptedAt,
        isNew: !known.has(address),
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
      return { kind: 'taken', connection };
    },
    get: (id) => entries.get(id)?.connection,
    replace(id, socket) {
      const entry = entries.get(id);
      if (entry === undefined) socket.destroy();
      else entry.socket = socket;
    },
    wanted(id) {
      const entry = entries.get(id);
      if (entry === undefined) return;
      know(entry.address);
      if (entry.stranger) giveTime(id, entry);
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
