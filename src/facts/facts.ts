import type { RouteName } from '../lib/check-names.ts';

/**
 * What figures are computed from, one type a line of evidence. The keys are those of the file (docs/evidence.md), instants
 * are whole milliseconds since the Unix epoch, durations named `*_s` are seconds.
 */

/** Whole milliseconds since the Unix epoch. */
export type Millis = number;

/** How often a check is made, and how long one of its samples speaks for the time after it. */
export interface CheckPace {
  readonly interval_s: number;
  /** Default: three intervals. */
  readonly hold_s?: number;
}

export interface HeaderFact {
  readonly type: 'header';
  readonly format: 'mailwitness-evidence';
  readonly version: 1;
  readonly system: string;
  readonly timezone: string;
  /** The span covered is [from, to); `to` is also the instant at which this was known. */
  readonly from: Millis;
  readonly to: Millis;
  /** Checks and routes configured at any time in the span. */
  readonly checks: Readonly<Record<string, CheckPace>>;
  readonly product: string;
}

/** Consecutive samples with one result, from the start of the first visit to the end of the last. */
export interface RunFact {
  readonly type: 'run';
  readonly vantage: string;
  readonly check: string;
  readonly target?: string;
  readonly ok: boolean;
  readonly from: Millis;
  readonly to: Millis;
  readonly samples: number;
  /** Longest time between two samples of it, and how long its last speaks on. Default: the check's. */
  readonly hold_s?: number;
  /** First attempts that failed alone. */
  readonly transients?: number;
  readonly cause?: string;
  readonly detail?: string;
}

export const GAP_REASONS = ['stopped', 'own-line', 'suspend', 'clock', 'overload', 'sink'] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** Time in which the agent could not judge: `sink` covers `outbound` alone, every other reason all checks of its vantage. */
export interface GapFact {
  readonly type: 'gap';
  readonly vantage: string;
  readonly from: Millis;
  readonly to: Millis;
  readonly why: GapReason;
}

export const MESSAGE_OUTCOMES = ['pending', 'relayed', 'delivered', 'bounced', 'lost', 'refused', 'void'] as const;
export type MessageOutcome = (typeof MESSAGE_OUTCOMES)[number];

export const MESSAGE_KINDS = ['plain', 'attachment', 'spam', 'virus'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** A probe message that the mail system accepted; of spam and viruses, one that it refused, too. */
export interface MessageFact {
  readonly type: 'message';
  readonly vantage: string;
  readonly id: string;
  readonly route: RouteName;
  readonly target?: string;
  /** The 250 after DATA. Missing where `refused_at` stands instead. */
  readonly accepted_at?: Millis;
  readonly refused_at?: Millis;
  readonly relayed_at?: Millis;
  readonly visible_at?: Millis;
  /** It was surely not yet there then: bounds the delay from below. Missing where the delay is exact. */
  readonly unseen_until?: Millis;
  readonly outcome: MessageOutcome;
  /** Default: plain. */
  readonly kind?: MessageKind;
  /** Default: the inbox. */
  readonly folder?: string;
  /** Copies after the first. */
  readonly duplicates?: number;
  /** A virus message arrived with its attachment. */
  readonly attachment?: boolean;
}

/** A window that a party asks not to be counted, under a ground of the contract. */
export interface ExclusionFact {
  readonly type: 'exclusion';
  readonly id: string;
  readonly from: Millis;
  readonly to: Millis;
  readonly ground: string;
  readonly entered_by: string;
  readonly entered_at: Millis;
  readonly announced_at?: Millis;
  readonly approved_by?: string;
  readonly approved_at?: Millis;
  /** When the approval was entered, where it had been given before. */
  readonly approval_entered_at?: Millis;
  readonly withdrawn_by?: string;
  readonly withdrawn_at?: Millis;
  readonly replaces?: string;
  readonly note: string;
}

/** The kinds of record that people enter; `year-to-date` is written by an export. */
export const RECORD_KINDS = [
  'billing',
  'page-load',
  'opening',
  'spam-case',
  'complaint',
  'server-list',
  'blocklist',
  'service-contact',
  'definitions',
  'setting',
  'account-lock',
  'backup',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

interface RecordOf<Kind extends string> {
  readonly type: 'record';
  readonly id: string;
  readonly kind: Kind;
  readonly at: Millis;
  readonly replaces?: string;
}

export interface BillingRecord extends RecordOf<'billing'> {
  readonly customers: number;
  readonly wrong: number;
}
export interface PageLoadRecord extends RecordOf<'page-load'> {
  readonly profile: 'broadband' | 'narrowband';
  readonly seconds: number;
}
export interface OpeningRecord extends RecordOf<'opening'> {
  readonly domain: 'own' | 'new';
  readonly paid_at: Millis;
  readonly opened_at?: Millis;
  readonly told_at?: Millis;
}
/** Something that must be answered within a time. */
export interface CaseRecord extends RecordOf<'spam-case' | 'complaint' | 'server-list' | 'blocklist'> {
  readonly started_at: Millis;
  readonly done_at?: Millis;
  readonly what: string;
}
export interface ServiceContactRecord extends RecordOf<'service-contact'> {
  readonly channel: string;
  readonly answered: boolean;
}
export interface DefinitionsRecord extends RecordOf<'definitions'> {
  readonly updated_at: Millis;
}
export interface SettingRecord extends RecordOf<'setting'> {
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}
export interface AccountLockRecord extends RecordOf<'account-lock'> {
  readonly locked_at: Millis;
  readonly deleted_at?: Millis;
}
export interface BackupRecord extends RecordOf<'backup'> {
  readonly level: 'full' | 'incremental';
  readonly finished_at: Millis;
  readonly ok: boolean;
  readonly oldest_kept_at?: Millis;
  readonly restored_ok?: boolean;
}
/** The days of the year before the evidence begins; local dates `YYYY-MM-DD`. */
export interface YearToDateRecord extends RecordOf<'year-to-date'> {
  readonly from: Millis;
  readonly to: Millis;
  readonly fault_days: readonly string[];
  readonly unmeasured_days: readonly string[];
}

/** What no probe sees. */
export type EnteredRecord =
  | BillingRecord
  | PageLoadRecord
  | OpeningRecord
  | CaseRecord
  | ServiceContactRecord
  | DefinitionsRecord
  | SettingRecord
  | AccountLockRecord
  | BackupRecord;
export type RecordFact = EnteredRecord | YearToDateRecord;

export type Fact = HeaderFact | RunFact | GapFact | MessageFact | ExclusionFact | RecordFact;

/** The facts of one system over one span, as the arithmetic takes them. No order is asked of any list. */
export interface Facts {
  readonly header: HeaderFact;
  readonly runs: readonly RunFact[];
  readonly gaps: readonly GapFact[];
  readonly messages: readonly MessageFact[];
  readonly exclusions: readonly ExclusionFact[];
  readonly records: readonly RecordFact[];
}
