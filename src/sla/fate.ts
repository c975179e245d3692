import type { MessageFact, Millis } from '../facts/facts.ts';
import type { Ms } from '../lib/time.ts';

/**
 * How a message that the mail system accepted stands at the instant at which the facts were known. Delays are whole ms
 * since acceptance; one below 0 is 0.
 * arrived: `delay` is the figure and the worst, `atLeast` the best.
 * lost: bounced, given up, or out later than `lost_after`. One that was seen late may have been there in time, when nobody
 * could look: then `atLeast` is what it surely took; undefined, it is surely lost.
 * pending: it has surely waited `atLeast`.
 */
export type Fate =
  | { readonly kind: 'arrived'; readonly delay: Ms; readonly atLeast: Ms }
  | {
      readonly kind: 'lost';
      readonly why: 'bounced' | 'lost' | 'late';
      readonly delay: Ms | undefined;
      readonly atLeast: Ms | undefined;
    }
  | { readonly kind: 'pending'; readonly atLeast: Ms };

export interface FateTerms {
  readonly lost_after: Ms;
  /** The instant at which the facts were known. */
  readonly known: Millis;
}

/** An accepted message; nothing is said of those that were void or refused. */
export interface Accepted {
  readonly message: MessageFact;
  readonly acceptedAt: Millis;
}

/** Undefined: it does not count at all. */
export function acceptedOf(message: MessageFact): Accepted | undefined {
  const { accepted_at: acceptedAt, outcome } = message;
  return acceptedAt === undefined || outcome === 'void' || outcome === 'refused' ? undefined : { message, acceptedAt };
}

/** A message that counts, and what became of it. */
export interface Settling extends Accepted {
  readonly fate: Fate;
}

/** Undefined: it does not count at all. */
export function settlingOf(message: MessageFact, terms: FateTerms): Settling | undefined {
  const accepted = acceptedOf(message);
  if (accepted === undefined) return undefined;
  return { message, acceptedAt: accepted.acceptedAt, fate: fateOf(accepted, terms) };
}

export function fateOf({ message, acceptedAt }: Accepted, { lost_after, known }: FateTerms): Fate {
  const arrivedAt = arrivalOf(message);
  const delay = arrivedAt === undefined ? undefined : Math.max(0, arrivedAt - acceptedAt);
  if (message.outcome === 'bounced' || message.outcome === 'lost') return surelyLost(message.outcome, delay);
  if (delay !== undefined) {
    const atLeast = Math.min(delay, Math.max(0, (message.unseen_until ?? Number.POSITIVE_INFINITY) - acceptedAt));
    if (delay <= lost_after) return { kind: 'arrived', delay, atLeast };
    return atLeast > lost_after ? surelyLost('late', delay) : { kind: 'lost', why: 'late', delay, atLeast };
  }
  if (known - acceptedAt > lost_after) return surelyLost('lost', delay);
  return { kind: 'pending', atLeast: Math.max(0, (message.unseen_until ?? known) - acceptedAt) };
}

function surelyLost(why: 'bounced' | 'lost' | 'late', delay: Ms | undefined): Fate {
  return { kind: 'lost', why, delay, atLeast: undefined };
}

/** When it came out at the far end of its route. */
export function arrivalOf(message: MessageFact): Millis | undefined {
  return message.route === 'outbound' ? message.relayed_at : message.visible_at;
}

/**
 * What it says of its route: true, out within `reach_within` (inclusive); false, surely not; undefined, open.
 */
export function reached(fate: Fate, reachWithin: Ms): boolean | undefined {
  switch (fate.kind) {
    case 'arrived':
      return fate.delay <= reachWithin ? true : fate.atLeast > reachWithin ? false : undefined;
    case 'lost':
    case 'pending':
      return fate.atLeast === undefined || fate.atLeast > reachWithin ? false : undefined;
  }
}
