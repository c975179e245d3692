import type { CheckName } from '../lib/check-names.ts';
import type { Ms } from '../lib/time.ts';

/** A text that people read, in both languages. */
export interface Title {
  readonly zh: string;
  readonly en: string;
}

/** An exact decimal: `numerator / 10 ** scale`. Limits are compared as they were written, never as floats. */
export interface Decimal {
  readonly numerator: bigint;
  readonly scale: number;
  /** As it was written. */
  readonly text: string;
}

/** How long something may take: elapsed time, or PRC working days. */
export type Within =
  | { readonly kind: 'elapsed'; readonly ms: Ms }
  | { readonly kind: 'workdays'; readonly days: number };

/** How many of a number must be so: a count, or a share of them in per cent. */
export type HowMany =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'share'; readonly percent: Decimal };

/** Three-valued: `all` is bad where any part is, `any` is good where any part is; parts that are not configured drop out. */
export type Connected =
  | { readonly kind: 'check'; readonly check: CheckName }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Connected[] };

export type Op = '<' | '<=' | '>' | '>=';

export interface Objective {
  readonly metric: string;
  readonly op: Op;
  readonly limit: Decimal;
  /** Of `exceedances`: a delay strictly above it is one. */
  readonly over_s?: Decimal;
  /** False: computed and shown only. */
  readonly governs: boolean;
}

/** Metrics of each measure; the first is the one that a clause shows as its value. */
export const MEASURES = {
  downtime: ['down_minutes', 'availability'],
  fault: ['down_minutes', 'availability'],
  adjustment: ['minutes'],
  fault_days: ['fault_free_days'],
  coverage: ['coverage'],
  send_delay: ['mean_s', 'max_s', 'exceedances'],
  receive_delay: ['mean_s', 'max_s', 'exceedances'],
  attachment_delay: ['added_mean_s'],
  spam_caught: ['missed', 'tried'],
  virus_caught: ['missed', 'tried'],
  billing: ['error_rate'],
  page_load: ['mean_s'],
  opening: ['late'],
  'spam-case': ['late'],
  complaint: ['late'],
  'server-list': ['late'],
  blocklist: ['late'],
  'service-contact': ['unanswered'],
  definitions: ['max_gap_days'],
  setting: ['mismatches'],
  'account-lock': ['min_kept_days'],
  backup: ['max_gap_hours', 'max_full_gap_days', 'min_kept_days', 'restore_failures'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type Measure = keyof typeof MEASURES;

export interface MeasuredClause {
  readonly id: string;
  readonly blank: false;
  readonly title: Title;
  readonly measure: Measure;
  /** Grounds whose exclusions take time or messages out of this clause. */
  readonly exclude: readonly string[];
  /** Which records it looks at: `domain` of opening, `profile` of page_load, `channel` of service-contact. */
  readonly where: Readonly<Record<string, string>>;
  /** Of the measures that count what is late. */
  readonly within: Within | undefined;
  /** What a miss earns: a word of the contract, or tiers by the value. */
  readonly remedy: string | undefined;
  /** Credit tiers; see RemedyTier. Empty: a miss earns `remedy` and that is all. */
  readonly tiers: readonly RemedyTier[];
  readonly objectives: readonly Objective[];
}

/** What is owed once the metric lies below a limit: the lowest tier that holds. */
export interface RemedyTier {
  readonly metric: string;
  readonly below: Decimal;
  readonly remedy: string;
}

/** A clause that the contract leaves blank: printed as such, without a verdict. */
export interface BlankClause {
  readonly id: string;
  readonly blank: true;
  readonly title: Title;
}

export type Clause = MeasuredClause | BlankClause;

export interface Ground {
  readonly title: Title;
  /** Its windows take nothing out before the customer approved them. */
  readonly needs_approval: boolean;
}

/** What the parties agreed, as a contract file says it. */
export interface Contract {
  readonly contract: string;
  readonly title: Title;
  readonly version: number;
  /** IANA time zone. */
  readonly timezone: string;
  readonly month: 'calendar' | 'fixed-30d';
  readonly reach_within: Ms;
  readonly lost_after: Ms;
  readonly min_outage: Ms;
  readonly bad_when: { readonly targets: HowMany };
  readonly vantage: { readonly need: HowMany };
  readonly connected: Connected;
  readonly grounds: Readonly<Record<string, Ground>>;
  /** What a remedy's word means. */
  readonly remedies: Readonly<Record<string, Title>>;
  readonly clauses: readonly Clause[];
}
