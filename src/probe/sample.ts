import type { Instant, Ms } from '../lib/time.ts';
import type { CheckKind, RouteKind } from './probe.ts';
import type { Cause, Failure, PhaseTime } from './visit.ts';

/**
 * What a visit (with its second attempt) or a failed launch found at a target. A bad one lasts from the start of the
 * first attempt to the end of the second.
 */
export interface Sample {
  readonly system: string;
  readonly check: CheckKind | RouteKind;
  /** Name of the target: a mailbox of the configuration, an MX host, or the route's name. */
  readonly target: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly ok: boolean;
  /** Longest distance to the next sample for the state to go on in between, in ms. */
  readonly holdMs: Ms;
  readonly failure?: Failure;
  /** A first attempt that failed alone: counted and shown, no bad time. */
  readonly transient?: Failure;
  readonly phases: readonly PhaseTime[];
  readonly certificateExpiresAt?: Instant;
}

/** Consecutive equal samples of one target, stored as one row. */
export interface Run {
  readonly system: string;
  readonly check: CheckKind | RouteKind;
  readonly target: string;
  readonly ok: boolean;
  readonly from: Instant;
  readonly to: Instant;
  readonly samples: number;
  readonly transients: number;
  readonly holdMs: Ms;
  readonly cause?: Cause;
  readonly detail?: string;
}

/** Why the agent could not judge. All but `sink` cover every check of the vantage; `sink` covers outbound only. */
export type GapWhy = 'stopped' | 'own-line' | 'suspend' | 'clock' | 'overload' | 'sink';

export const GAP_WHYS: readonly GapWhy[] = ['stopped', 'own-line', 'suspend', 'clock', 'overload', 'sink'];

export interface Gap {
  readonly from: Instant;
  readonly to: Instant;
  readonly why: GapWhy;
}
