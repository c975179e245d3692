import type { Instant } from '../lib/time.ts';
import type { Login } from './auth-pacing.ts';
import type { AgentEvent } from './event.ts';
import type { LiveSink } from './live-state.ts';
import type { Look } from './look.ts';
import type { ProbeState } from './probe-state.ts';
import type { CheckKind, Probe } from './probe.ts';
import type { Letter, SendResult } from './send-result.ts';
import type { ForgeryKind, Sighting } from './sighting.ts';
import type { Question } from './verdict-of-visits.ts';
import type { Failure, Visit } from './visit.ts';

/** One attempt to hand a letter over on a route. What the mail system does is a value; it throws for bugs only. */
export interface SendPort {
  send(letter: Letter, options: { readonly fresh: boolean; readonly signal: AbortSignal }): Promise<SendResult>;
  /** QUITs idle connections. */
  close(): Promise<void>;
}

/** One kind of visit at one target. Never throws for what the mail system does. */
export interface CheckPort {
  readonly check: CheckKind;
  readonly target: string;
  /** Absent where nobody logs in. */
  readonly login?: Login;
  visit(signal: AbortSignal): Promise<Visit>;
  /** Where others of us go to the same place, one at a time: waits for a visit's turn, both attempts; returns its end. */
  turn?(signal: AbortSignal): Promise<() => void>;
  /**
   * Only where the target stands for a lookup (the MX records of a domain): the ports to visit in its place now, one a
   * host found; itself while none was ever found. Cheap enough to be called before each round. Never throws.
   */
  targets?(signal: AbortSignal): Promise<readonly CheckPort[]>;
}

/** Is it me? Asks hosts that are not the mail system. */
export interface WitnessPort {
  /**
   * `none`: no witness is configured, so nobody can be asked; `unnamed`: there are some, and none has a name to ask DNS
   * for. `connect`: as `network`, but only an accepted connection is an answer.
   */
  ask(what: Question, signal: AbortSignal): Promise<'answered' | 'silent' | 'none' | 'unnamed'>;
}

/** What a place of observation tells the agent. */
export interface Observer {
  sighted(sighting: Sighting): void;
  foreign(place: 'sink' | 'mailbox', what: ForgeryKind | 'stranger' | 'limit'): void;
  /** The watcher of a mailbox can look (`up`) or not (`down`, with why). Told once a change. */
  watching(mailbox: string, state: 'up' | 'down', failure?: Failure): void;
  /** Own mail was deleted, or stays because deleting failed. */
  upkeep(mailbox: string, deleted: number, left: number, words?: string): void;
  /**
   * What was told BEHIND_MS ago is not in the ledger yet, or is not known to be. A letter is the last proof of its probe then: it stays where it
   * is, in its mailbox or with the mail system.
   */
  ledgerIsBehind(): boolean;
  /** Resolves when all that was told so far would survive kill -9; where the ledger is behind, after two seconds. */
  written(): Promise<void>;
}

/** A mailbox under watch, one connection for any number of routes. */
export interface MailboxWatcher {
  start(): void;
  /** Look often from now on: this probe is under way. */
  expect(probe: Probe): void;
  /** It has ended; a copy that still comes is reported all the same. */
  forget(probeId: string): void;
  /** No way in worked until `at` through the system's fault: `unseenUntil` of open probes may move on to it. */
  unreachableUntil(at: Instant): void;
  /** Until when all its folders were looked through: what was not seen was not there by then. Null: not known. */
  lookedUntil(): Instant | null;
  stop(): Promise<void>;
}

export interface Sink {
  /** Resolves when it listens. Rejects with ConfigError when the address is not to be had. */
  start(): Promise<void>;
  readonly port: number;
  /** Whether it listens; where its listener failed it listens anew by itself as soon as it can. */
  readonly state: LiveSink;
  stop(): Promise<void>;
}

/** Where a mailbox watcher had read to, kept so that a restart looks at what came meanwhile and at nothing else. */
export interface Watermark {
  readonly uidValidity: string;
  /** All below was looked at. */
  readonly uidNext: number;
}

export interface Watermarks {
  /** This start has made the store and nothing was launched yet: no letter of ours can be anywhere. */
  readonly isBlank: boolean;
  get(system: string, mailbox: string, folder: string): Promise<Watermark | null>;
  /** `when` as with `Store.append`. */
  set(system: string, mailbox: string, folder: string, mark: Watermark, when?: 'now' | 'soon'): Promise<void>;
}

/** The ledger. Every promise resolves once the entry would survive kill -9. */
export interface Store extends Watermarks {
  /** Random name of this store, and the key with which its tokens are signed; made once, at creation. */
  readonly instance: string;
  readonly key: Buffer;
  /** It cannot be written, and there is no room in memory for more probes. */
  readonly isFull: boolean;
  /** `soon`: nobody waits for it, so that it may go with what comes within a fifth of a second. Default `now`. */
  append(event: AgentEvent, when?: 'now' | 'soon'): Promise<void>;
  /** Probes that have not ended, and those given up on (lost, uncertain) at `lostSince` or later: a late arrival is recorded. */
  openProbes(lostSince?: Instant): Promise<readonly ProbeState[]>;
  probe(id: string): Promise<ProbeState | null>;
  /** Of the probes that were launched last, at most so many. */
  newestIds(most: number): Promise<readonly string[]>;
  /**
   * Systems that our sink's absence may still keep away: of what they accepted at `since` or later something is marked by
   * it, and nothing has come to our sink after that.
   */
  shunning(since: Instant): Promise<readonly string[]>;
  /** Whether messages of a system that were accepted in [from, to] may have been purged. */
  purged(system: string, from: Instant, to: Instant): Promise<boolean>;
  /** The last instant at which this store was written to by a running agent; null in a new one. */
  lastAliveAt(): Promise<Instant | null>;
  /**
   * Called every few seconds: the open runs are checkpointed and `lastAliveAt` moves on. `looks`: of places where
   * something is waited for, on the wall's scale.
   */
  checkpoint(at: Instant, looks?: readonly Look[]): Promise<void>;
  backup(file: string): Promise<void>;
  /** Closes open runs. */
  close(at: Instant): Promise<void>;
}
