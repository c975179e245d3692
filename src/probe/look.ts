import type { Instant } from '../lib/time.ts';

/** Until when a place was looked through: what is still waited for there was surely not there by then. */
export interface Look {
  readonly system: string;
  /** Name of the mailbox; '' is our sink. */
  readonly place: string;
  readonly until: Instant;
}
