import type { Ms } from '../lib/time.ts';

/** How long probes of a system are waited for. */
export interface Patience {
  readonly lostAfterMs: Ms;
  /** A wait longer than this is late, whatever comes after it. */
  readonly reachWithinMs: Ms;
  /** A lost probe is looked for so long all the same. */
  readonly watchMs: Ms;
}
