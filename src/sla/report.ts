import type { ExclusionFact, RecordFact } from '../facts/facts.ts';

/** How a clause, or one objective of it, stands. */
export type Verdict = 'met' | 'missed' | 'open' | 'no data';

/** Why it is open: the month or the year still runs; the calendar does not reach so far; the samples lie too far apart;
 * messages are still on their way; too much time was not measured. */
export type OpenReason = 'running' | 'calendar unknown' | 'sampling' | 'pending' | 'coverage';

export interface ObjectiveReport {
  readonly metric: string;
  readonly over_s?: number;
  readonly op: '<' | '<=' | '>' | '>=';
  readonly limit: number;
  /** Null: there is nothing to compute it from. */
  readonly value: number | null;
  /** The best and the worst that the facts leave possible, in the metric's own unit; null: not bounded, or no data. */
  readonly best: number | null;
  readonly worst: number | null;
  readonly verdict: Verdict;
  readonly reason?: OpenReason;
  readonly governs: boolean;
}

/** A bad stretch of the clause's estimate, after exclusions. */
export interface OutageReport {
  readonly from: string;
  readonly to: string;
  /** Its share of the least and of the most that the facts leave possible. */
  readonly least_s: number;
  readonly most_s: number;
  /** All checks that were bad in it. */
  readonly checks: readonly string[];
  /** Of the earliest bad run in it. */
  readonly cause: string | null;
  readonly detail: string | null;
}

interface ClauseHead {
  readonly id: string;
  readonly title: { readonly zh: string; readonly en: string };
}

interface ClauseVerdict extends ClauseHead {
  readonly measure: string;
  readonly verdict: Verdict;
  readonly reason?: OpenReason;
  /** The estimate, unmeasured time taken as good, settled messages only. */
  readonly verdict_on_measured: Verdict;
  /** At least one governing objective met and one missed. */
  readonly disagreement: boolean;
  readonly objectives: readonly ObjectiveReport[];
}

/** `downtime`, `fault`, `adjustment`, `coverage`: minutes of the month. */
export interface TimeClause extends ClauseVerdict {
  readonly kind: 'time';
  readonly unit: 'min' | 'ratio';
  readonly value: number | null;
  readonly least: number | null;
  readonly most: number | null;
  /** Before exclusions. */
  readonly gross: number | null;
  /** Minutes, after exclusions. */
  readonly unmeasured: number | null;
  /** Minutes of the union of the counted windows inside the month. */
  readonly excluded: number;
  /** The value if windows that wait for approval counted; null: there are none in the month. */
  readonly would_be: number | null;
  readonly transients: number;
  readonly outages: readonly OutageReport[];
}

export interface DaysClause extends ClauseVerdict {
  readonly kind: 'days';
  readonly unit: 'days';
  /** Fault-free days so far. */
  readonly value: number | null;
  readonly least: number | null;
  readonly most: number | null;
  readonly fault_days: readonly string[];
  readonly unmeasured_days: readonly string[];
}

/** `send_delay`, `receive_delay`. */
export interface DelayClause extends ClauseVerdict {
  readonly kind: 'delay';
  readonly unit: 's';
  /** Messages that arrived and were not lost. */
  readonly n: number;
  readonly mean_s: number | null;
  readonly mean_least_s: number | null;
  readonly mean_most_s: number | null;
  readonly max_s: number | null;
  /** Of the smallest `over_s` of the clause's objectives, as are `over_ids` and `notable`; each objective counts by its own. */
  readonly exceedances: number;
  readonly exceedances_least: number;
  readonly exceedances_most: number;
  readonly lost: number;
  readonly lost_ids: readonly string[];
  readonly over_ids: readonly string[];
  readonly duplicates: number;
  readonly pending: number;
  readonly p50_s: number | null;
  readonly p95_s: number | null;
  readonly p99_s: number | null;
  /** Messages left out by exclusions. */
  readonly excluded: number;
  /** The mean if windows that wait for approval counted; null: there are none in the month. */
  readonly would_be: number | null;
  /** Before exclusions. These four are missing in reports that were closed before there were such. */
  readonly gross_mean_s?: number | null;
  readonly gross_exceedances?: number;
  /** As `would_be`. */
  readonly would_be_exceedances?: number | null;
  readonly would_be_verdict?: Verdict | null;
  /** How many delays lay up to each edge (s) and above the one before; the last has no edge. */
  readonly distribution: readonly { readonly up_to_s: number | null; readonly n: number }[];
  /** Each message above the maximum, and each lost one. */
  readonly notable: readonly NotableMessage[];
}

export interface NotableMessage {
  readonly id: string;
  readonly accepted_at: string;
  readonly delay_s: number | null;
  readonly why: 'over' | 'lost' | 'bounced' | 'late' | 'waiting';
}

/** Every other measure: one number from messages or records. */
export interface CountClause extends ClauseVerdict {
  readonly kind: 'count';
  readonly unit: string;
  readonly value: number | null;
  /** How many messages or records it was computed from. */
  readonly n: number;
}

export interface BlankClauseReport extends ClauseHead {
  readonly kind: 'blank';
  readonly blank: true;
  readonly verdict: null;
}

export type ClauseReport = TimeClause | DaysClause | DelayClause | CountClause | BlankClauseReport;

export interface RemedyReport {
  readonly kind: string;
  /** The missed clauses, in the contract's order. */
  readonly because: readonly string[];
}

/** A fact with its instants as text, in the contract's zone, without its `type`. */
export type Written<Fact> = Fact extends unknown
  ? {
      readonly [Key in keyof Fact as Exclude<Key, 'type'>]: Key extends 'from' | 'to' | 'at' | `${string}_at`
        ? AsText<Fact[Key]>
        : Fact[Key];
    }
  : never;
type AsText<Value> = Value extends number ? string : Value;

export type WrittenExclusion = Written<ExclusionFact> & {
  readonly counts: boolean;
  /** Why it takes nothing out. */
  readonly why?: 'withdrawn' | 'replaced' | 'unapproved';
};

/** A stretch in which `connected` was unmeasured in the estimate, clipped to the month, before exclusions. */
export interface UnmeasuredStretch {
  readonly from: string;
  readonly to: string;
  /** Of the earliest gap in it; `pending`: messages accepted in it are on their way; null: the samples lay too far apart, or are still to come. */
  readonly why: string | null;
}

/** A month of one system under one contract. */
export interface Report {
  readonly format: 'mailwitness-report';
  readonly version: 1;
  readonly revision: number;
  readonly contract: string;
  readonly month: string;
  readonly timezone: string;
  /** The month's edges. */
  readonly from: string;
  readonly to: string;
  /** The instant at which this was known. */
  readonly known_at: string;
  readonly system: string;
  readonly provisional: boolean;
  readonly pending: number;
  readonly coverage: number | null;
  readonly unmeasured_minutes: number;
  /** Where those minutes lie; missing where they were not listed. */
  readonly unmeasured_stretches: readonly UnmeasuredStretch[];
  readonly month_minutes: number;
  readonly clauses: readonly ClauseReport[];
  readonly exclusions: readonly WrittenExclusion[];
  readonly records: readonly Written<RecordFact>[];
  readonly remedy: readonly RemedyReport[];
}
