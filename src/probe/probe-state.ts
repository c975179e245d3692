import type { Instant } from '../lib/time.ts';
import type { Outcome, Probe } from './probe.ts';
import type { Deferral } from './send-result.ts';
import type { Failure } from './visit.ts';

/** All that is known of a probe; the store's row. It changes through `probe/correlate.ts` only, and never once settled. */
export interface ProbeState extends Probe {
  readonly outcome: Outcome;
  /** The 250 after DATA; where the send was uncertain, the instant of the final dot: the earliest it can have been. */
  readonly acceptedAt: Instant | null;
  /** The final dot went out and no reply came; such a probe counts only when it comes out. */
  readonly uncertain: boolean;
  /** First contact at our sink. */
  readonly relayedAt: Instant | null;
  /** First answer of the mailbox that showed it. */
  readonly visibleAt: Instant | null;
  /**
   * It was surely not there yet: told with its sighting, and while it waits, what an earlier run found. On outbound null unless our sink was away while it waited: then until when it surely
   * waited through no fault of ours, see sink-suspicion.ts.
   */
  readonly unseenUntil: Instant | null;
  readonly folder: string | null;
  /** Identity of the copy that was seen first in a mailbox: the same copy seen again, after a restart, is no duplicate. */
  readonly copyId: string | null;
  /** Found in the Junk folder: delivered and misfiled. */
  readonly misfiled: boolean;
  /** Contacts at the sink that carried it (later ones after a temporary refusal are attempts, not delays). */
  readonly contacts: number;
  /** Whole copies that came out; all beyond the first are duplicates. */
  readonly copies: number;
  readonly failure: Failure | null;
  readonly deferral: Deferral | null;
  readonly settledAt: Instant | null;
}
