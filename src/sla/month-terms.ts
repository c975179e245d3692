import type { Contract } from '../config/contract.ts';
import type { Millis } from '../facts/facts.ts';
import { HOUR, MINUTE } from '../lib/time.ts';
import type { Interval } from './interval.ts';
import { monthSpan } from './month.ts';
import { rational, rounded } from './rational.ts';

/** The month that is asked for, as the contract counts it. */
export interface MonthTerms extends Interval {
  readonly month: string;
  readonly timezone: string;
  /** T, in ms: the month's real length, or 30 days under `fixed-30d`. */
  readonly length: Millis;
  /** The instant at which the facts were known. */
  readonly known: Millis;
  /** It lies before the month's end: more may come. */
  readonly running: boolean;
  /** From when on the facts tell of the month: of what came before nothing may be missing, or much. */
  readonly since: Millis;
  /** They begin after the month does. */
  readonly partial: boolean;
}

const THIRTY_DAYS = 30 * 24 * HOUR;

/** The facts cover [since, known). */
export function monthTerms(
  month: string,
  contract: Contract,
  { since, known }: { since: Millis; known: Millis },
): MonthTerms {
  const { timezone } = contract;
  const { from, to } = monthSpan(month, timezone);
  const length = contract.month === 'fixed-30d' ? THIRTY_DAYS : to - from;
  return { month, timezone, from, to, length, known, running: known < to, since, partial: since > from };
}

/** Printed: six decimals. */
export function minutesOf(ms: Millis): number {
  return rounded(rational(ms, MINUTE));
}
