import { MINUTE, type Ms } from '../lib/time.ts';
import type { Cause } from '../probe/visit.ts';

/**
 * Wait before the next attempt to connect, after `failures` in a row: doubling from 0.5 s to 60 s, each shortened by up to
 * a half so that many mailboxes do not come back at the same instant. A refused login is repeated after a share of
 * `refusedWaitMs` (two fifths: 2 minutes of 5), growing to three times that wait, or the account (or our address) gets itself
 * banned. `random` is in [0, 1).
 */
export function backOff(failures: number, cause: Cause, refusedWaitMs: Ms, random: () => number): Ms {
  const [first, most] = cause === 'auth' ? [0.4 * refusedWaitMs, 3 * refusedWaitMs] : [500, MINUTE];
  // 2 ** 30 is beyond both limits; a larger exponent would only lose its meaning.
  return Math.min(most, first * 2 ** Math.min(30, Math.max(0, failures - 1))) * (1 - random() / 2);
}
