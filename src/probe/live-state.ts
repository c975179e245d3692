import type { Instant, Ms } from '../lib/time.ts';
import type { CheckKind, RouteKind } from './probe.ts';
import type { GapWhy, Sample } from './sample.ts';
import type { Failure, PhaseTime } from './visit.ts';

/** What is known of a target or a system now. Never `good` by memory alone: too old a sample is `unmeasured`. */
export type Reachability = 'good' | 'bad' | 'unmeasured';

export const REACHABILITIES: readonly Reachability[] = ['good', 'bad', 'unmeasured'];

/**
 * How things stand at `at`, pulled by the metrics and the pages when somebody asks. It is what events cannot tell:
 * states that change because time passes, what is open, and whether the agent itself goes on. Cheap to make: no I/O.
 */
export interface LiveState {
  readonly at: Instant;
  /** When the agent had started: the schedule runs. Null while it is starting or after it stopped. */
  readonly startedAt: Instant | null;
  /** Last turn of the schedule (the comparison of clocks, every second), whether or not anything was due. */
  readonly lastTickAt: Instant | null;
  /** Gaps that are open now, at most one a reason; each is told as a `gap` event when it ends. */
  readonly gaps: readonly OpenGap[];
  readonly systems: readonly LiveSystem[];
  /** Absent where no sink is configured. */
  readonly sink?: LiveSink;
  readonly store: LiveStore;
}

export interface OpenGap {
  readonly from: Instant;
  readonly why: GapWhy;
}

export interface LiveSystem {
  readonly name: string;
  /** All of its ways together, by the contract's `connected` (clause 1). */
  readonly connected: Reachability;
  /** Since when `connected` is what it is; null: never judged since the agent started. */
  readonly since: Instant | null;
  /** Last visit or attempt to send that came to an end, voided ones too: work was done. */
  readonly lastWorkAt: Instant | null;
  /** One entry a check and target; MX hosts found by lookup come and go, all others are here from the start. */
  readonly checks: readonly LiveCheck[];
  readonly routes: readonly LiveRoute[];
  readonly mailboxes: readonly LiveMailbox[];
}

export interface LiveCheck {
  readonly check: CheckKind;
  readonly target: string;
  /** See `reachabilityAt`. */
  readonly state: Reachability;
  readonly since: Instant | null;
  readonly lastSample: Sample | null;
}

export interface LiveRoute {
  readonly name: string;
  readonly kind: RouteKind;
  readonly state: Reachability;
  readonly since: Instant | null;
  /** Probes that have not ended. */
  readonly open: number;
  /** Launch of the oldest of them; null when none is open. */
  readonly oldestOpenAt: Instant | null;
  /** Of the last probe that came out, with the least that it can have been; null: none since the agent started. */
  readonly lastDelay: { readonly ms: Ms; readonly leastMs: Ms; readonly at: Instant } | null;
  /** The last attempt to send; null: none since the agent started. */
  readonly lastSend: LiveSend | null;
  /** How long the last that is known of it may be held, in ms: longer while refused logins slow it down. Null before it. */
  readonly holdMs: Ms | null;
  /** Why the last probe did not come out, or could not be sent; null once a later one came out. */
  readonly failure: Failure | null;
}

export interface LiveSend {
  readonly from: Instant;
  readonly to: Instant;
  readonly phases: readonly PhaseTime[];
}

export interface LiveMailbox {
  readonly name: string;
  /** starting: no attempt to look has ended yet. */
  readonly watching: 'starting' | 'up' | 'down';
  readonly since: Instant | null;
  /** Why it is down. */
  readonly failure?: Failure;
}

export interface LiveSink {
  readonly listening: boolean;
  /** Why it does not listen, one line. */
  readonly problem?: string;
}

export interface LiveStore {
  readonly open: boolean;
  /** Entries waiting for their commit. */
  readonly queue: number;
  /** Null before the first commit. */
  readonly lastCommitMs: Ms | null;
  /** Longest since the agent started. */
  readonly maxCommitMs: Ms | null;
  /** Why it cannot be written now, and what that means, one line; null while it can. */
  readonly trouble: string | null;
  /** What was dropped, since the agent started, for want of room to hold it: dialogues, samples (unmeasured time), records of probes. */
  readonly dropped: { readonly dialogues: number; readonly samples: number; readonly records: number };
}

/**
 * State of a target at `now`: the last sample's, as long as that may be held; unmeasured before the first one, past
 * its `holdMs`, and while a gap that covers it is open. A bad one holds on while the visit after it has no answer yet
 * (`visitSince`: when that began): against a black hole with long timeouts, samples are further apart than their hold.
 */
export function reachabilityAt(
  now: Instant,
  last: Sample | null,
  gaps: readonly OpenGap[],
  visitSince: Instant | null = null,
): Reachability {
  if (last === null) return 'unmeasured';
  const until = !last.ok && visitSince !== null ? visitSince : now;
  if (until - last.to > last.holdMs) return 'unmeasured';
  if (gaps.some((gap) => gap.why !== 'sink' || last.check === 'outbound')) return 'unmeasured';
  return last.ok ? 'good' : 'bad';
}
