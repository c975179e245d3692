import type { ExclusionFact, HeaderFact, MessageFact, RunFact, YearToDateRecord } from '../facts/facts.ts';
import { formatUtc } from '../lib/rfc3339.ts';
import type { Fault } from './refusal.ts';

/** What the keys of one line say of each other, and of the header and the contract. Undefined: nothing is wrong. */

/** An interval is half-open, and may be empty: what began may not have ended before it. */
export function interval(fact: { readonly from: number; readonly to: number }): Fault | undefined {
  if (fact.to >= fact.from) return undefined;
  return {
    path: 'to',
    expected: `an instant that is not before from (${formatUtc(fact.from)})`,
    got: formatUtc(fact.to),
  };
}

export function runOf(run: RunFact, header: HeaderFact): Fault | undefined {
  if (Object.hasOwn(header.checks, run.check)) return undefined;
  const named = Object.keys(header.checks);
  const expected =
    named.length === 0 ? 'no run: the header names no check' : `a check of the header (${named.join(', ')})`;
  return { path: 'check', expected, got: run.check };
}

export function groundOf(exclusion: ExclusionFact, grounds: readonly string[] | undefined): Fault | undefined {
  if (grounds === undefined || grounds.includes(exclusion.ground)) return undefined;
  const expected =
    grounds.length === 0
      ? 'no exclusion: the contract has no grounds'
      : `a ground of the contract (${grounds.join(', ')})`;
  return { path: 'ground', expected, got: exclusion.ground };
}

/**
 * A message was accepted, or refused because it was spam or a virus; what came through says when. Of spam and viruses
 * only the outcome matters. An arrival may lie before the acceptance: a delay below 0 is 0.
 */
export function messageOf(message: MessageFact): Fault | undefined {
  const { outcome, route, kind = 'plain' } = message;
  const isUnwanted = kind === 'spam' || kind === 'virus';
  if (message.refused_at !== undefined) {
    if (!isUnwanted)
      return { path: 'refused_at', expected: 'accepted_at instead, for only spam and viruses may be refused' };
    if (outcome !== 'refused')
      return { path: 'outcome', expected: '"refused", for the message has a refused_at', got: outcome };
    if (message.accepted_at !== undefined)
      return { path: 'refused_at', expected: 'either accepted_at or refused_at, and not both' };
    return undefined;
  }
  if (outcome === 'refused')
    return isUnwanted
      ? { path: 'refused_at', expected: 'the instant at which it was refused; the key is missing' }
      : { path: 'outcome', expected: 'another outcome, for only spam and viruses may be refused', got: outcome };
  if (message.accepted_at === undefined)
    return { path: 'accepted_at', expected: 'the instant at which it was accepted; the key is missing' };

  const key = route === 'outbound' ? 'relayed_at' : 'visible_at';
  if (!isUnwanted && (outcome === 'relayed' || outcome === 'delivered') && message[key] === undefined)
    return { path: key, expected: `the instant at which it was ${outcome}; the key is missing` };
  return undefined;
}

/** The days of the year so far lead up to the evidence, without a hole between. */
export function yearToDate(record: YearToDateRecord, header: HeaderFact): Fault | undefined {
  if (record.to === header.from) return interval(record);
  return { path: 'to', expected: `the header's from (${formatUtc(header.from)})`, got: formatUtc(record.to) };
}
