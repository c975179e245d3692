import type { Ms } from '../lib/time.ts';

/** Longest wait between two attempts of an MTA, in ms. */
const LONGEST_MS: Ms = 15 * 60_000;

/**
 * How long the agent, as a foreign MTA, waits after its `attempt`-th temporary refusal (from 1): `firstMs`, then twice as
 * long each time, up to a quarter of an hour (RFC 5321 4.5.4.1 leaves the schedule to the sender). The last attempt
 * begins `reachWithinMs` after the first, for only then is it known that nothing was accepted by then. Null: that is over.
 */
export function retryDelay(attempt: number, sinceFirstMs: Ms, firstMs: Ms, reachWithinMs: Ms): Ms | null {
  const left = reachWithinMs - sinceFirstMs;
  if (left <= 0) return null;
  return Math.min(LONGEST_MS, firstMs * 2 ** (attempt - 1), left);
}
