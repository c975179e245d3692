import type { Instant, Ms } from '../lib/time.ts';
import type { CheckKind } from './probe.ts';

/** The stages of a dialogue, in the order in which they may come. Every phase that was reached is timed. */
export type Phase =
  | 'dns'
  | 'connect'
  | 'tls'
  | 'greeting'
  | 'ehlo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'accept'
  | 'rset'
  | 'select'
  | 'fetch'
  | 'stat'
  | 'request'
  | 'body'
  | 'quit';

/** All phases of each check, for series that exist from the first scrape. */
export const PHASES_OF: Readonly<Record<CheckKind, readonly Phase[]>> = {
  submission: ['dns', 'connect', 'tls', 'greeting', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'rset', 'quit'],
  mx: ['dns', 'connect', 'tls', 'greeting', 'ehlo', 'starttls', 'mail', 'rcpt', 'rset', 'quit'],
  imap: ['dns', 'connect', 'tls', 'greeting', 'starttls', 'auth', 'select', 'fetch', 'quit'],
  pop3: ['dns', 'connect', 'tls', 'greeting', 'starttls', 'auth', 'stat', 'quit'],
  webmail: ['dns', 'connect', 'tls', 'request', 'body'],
};

/**
 * Why a dialogue failed.
 * dns: the name did not resolve · connect: refused, unreachable or no answer to SYN · closed: the other side cut the
 * connection · timeout: it fell silent · tls: the handshake failed or TLS is missing where required · certificate: not
 * trusted, expired or for another name · auth: the login was refused · refused: a 4xx/5xx, NO or -ERR to another command ·
 * protocol: it answered what is no answer of the protocol · status, text: the web page was not the expected one.
 */
export type Cause =
  | 'dns'
  | 'connect'
  | 'closed'
  | 'timeout'
  | 'tls'
  | 'certificate'
  | 'auth'
  | 'refused'
  | 'protocol'
  | 'status'
  | 'text';

export const CAUSES: readonly Cause[] = [
  'dns',
  'connect',
  'closed',
  'timeout',
  'tls',
  'certificate',
  'auth',
  'refused',
  'protocol',
  'status',
  'text',
];

export interface PhaseTime {
  readonly phase: Phase;
  readonly ms: Ms;
}

export interface Failure {
  readonly cause: Cause;
  readonly phase: Phase;
  /** One line for a person: what was tried, where, what came back, what to do. Holds no secret. */
  readonly detail: string;
  /** The server's own words, cleaned of control characters and cut at 500 characters. */
  readonly words?: string;
  /** What a refusal of SMTP answers, `RCPT TO:<...>`, without secrets (`AUTH PLAIN`); `DATA` stands for the letter, too. */
  readonly command?: string;
  /** SMTP reply code or HTTP status. */
  readonly code?: number;
  /** RFC 3463 enhanced status code, `4.7.1`. */
  readonly enhanced?: string;
  /**
   * What is told of the line besides. refused: a RST or, over IPv6, a prohibition came back for the connection, of the
   * host or of a firewall on the way · forbidden: this machine itself let nothing out · cut: the connection ended in the
   * middle of the TLS handshake · busy: no connection was made, for we have as many there as we allow ourselves.
   */
  readonly line?: 'refused' | 'forbidden' | 'cut' | 'busy';
}

/** One line of a dialogue, secrets masked already. `note` is ours: "TLSv1.3, certificate until ...". */
export interface TranscriptLine {
  readonly at: Instant;
  readonly who: 'client' | 'server' | 'note';
  readonly text: string;
}

/** What a single visit found: one call of a check at one target, without second attempts. */
export interface Visit {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly phases: readonly PhaseTime[];
  /** Absent when the visit was good. */
  readonly failure?: Failure;
  /** `notAfter` of the leaf certificate that the server showed. */
  readonly certificateExpiresAt?: Instant;
  /** The lookup that the target comes from names it no more: nothing was visited, and nothing is said of it. */
  readonly gone?: true;
  readonly transcript: readonly TranscriptLine[];
}
