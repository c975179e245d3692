import type { Ms } from '../lib/time.ts';
import type { GapWhy } from './sample.ts';
import type { Cause, Failure } from './visit.ts';

/** One attempt as the decision sees it: how it failed, and how long our own event loop stood still meanwhile. */
export interface Attempt {
  readonly failure?: Failure;
  readonly lagMs: Ms;
  readonly timeoutMs: Ms;
  /** What the witnesses said right after it; asked only where there is a `questionOf` it. */
  readonly witness?: 'answered' | 'silent' | 'none' | 'unnamed';
}

export type VisitVerdict =
  | { readonly kind: 'good'; readonly transient?: Failure }
  | { readonly kind: 'bad'; readonly failure: Failure }
  /** alone: it says nothing of the other targets either, so that the time is no gap of the vantage. */
  | { readonly kind: 'void'; readonly why: GapWhy; readonly failure: Failure; readonly alone?: true };

// Failures that our own line, router or firewall can cause. Whoever speaks TLS, SMTP, IMAP or HTTP to us was reached.
const LINE_CAUSES: ReadonlySet<Cause> = new Set(['dns', 'connect', 'timeout', 'closed']);

/** What witnesses are asked: whether anything of them comes here, whether a connection is made, whether a name resolves. */
export type Question = 'network' | 'connect' | 'dns';

/**
 * A network failure is booked only after others were asked whether it is me; null: it can be none of my line's. Where a
 * RST came back, a firewall of mine may have sent it, and would send one in the name of each witness, too.
 */
export function questionOf({ cause, line }: Failure): Question | null {
  if (line === 'busy' || (!LINE_CAUSES.has(cause) && line !== 'cut')) return null;
  return cause === 'dns' ? 'dns' : line === 'refused' ? 'connect' : 'network';
}

/** A second attempt on a fresh connection follows at once, but for a refused login: repeating that gets us banned. */
export function needsSecond(first: Attempt): boolean {
  return first.failure !== undefined && first.failure.cause !== 'auth';
}

/**
 * What one visit with its second attempt says about the mail system. Void is neither good nor bad: our own lag ate more
 * than a tenth of a timeout, our own limit left it no connection, or nobody else answered us either after one of the failures.
 */
export function judgeVisits(first: Attempt, second?: Attempt): VisitVerdict {
  if (first.failure === undefined) return { kind: 'good' };
  if (second !== undefined && second.failure === undefined) {
    // A first failure of my own is no transient of the system's.
    return isOverload(first) || isOwnLine(first) ? { kind: 'good' } : { kind: 'good', transient: first.failure };
  }
  const last = second ?? first;
  const failure = last.failure ?? first.failure;
  const attempts = second === undefined ? [first] : [first, second];
  const alone = attempts.some(isOfAll) ? {} : ({ alone: true } as const);
  if (attempts.some(isOverload)) return { kind: 'void', why: 'overload', failure, ...alone };
  // A failure while nobody else answered either is my line's, and the other one alone is no outage: my line may have come
  // back between an attempt and the question after it.
  if (attempts.some(isOwnLine)) return { kind: 'void', why: 'own-line', failure, ...alone };
  return { kind: 'bad', failure };
}

// A firewall rule, a name and a pool of connections belong to one target: only who was asked and kept silent, and our
// own loop, tell of all of them.
function isOfAll(attempt: Attempt): boolean {
  return attempt.witness === 'silent' || isLag(attempt);
}

function isOverload(attempt: Attempt): boolean {
  return attempt.failure?.line === 'busy' || isLag(attempt);
}

function isLag({ failure, lagMs, timeoutMs }: Attempt): boolean {
  return failure?.cause === 'timeout' && failure.line !== 'busy' && lagMs > timeoutMs / 10;
}

// Where no witness has a name nobody can tell whether a name that did not resolve is my resolver's failure.
function isOwnLine({ failure, witness }: Attempt): boolean {
  return failure?.line === 'forbidden' || witness === 'silent' || witness === 'unnamed';
}

/**
 * Wait between the logins of one user at one server, in ms: after three refused ones in a row `waitMs`, then twice, then
 * three times as long. With the 5 minutes that it is unless told otherwise no ten minutes hold more than four of them:
 * fail2ban bans at the fifth, and a ban would look like an outage. Nothing else changes the spacing of visits (it would
 * bias short outages).
 */
export function paceAfterAuth(intervalMs: Ms, refusalsInRow: number, waitMs: Ms): Ms {
  if (refusalsInRow < 3) return intervalMs;
  return Math.max(intervalMs, waitMs * Math.min(3, refusalsInRow - 2));
}
