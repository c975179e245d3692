import { ROUTE_NAMES } from '../lib/check-names.ts';
import {
  GAP_REASONS,
  MESSAGE_KINDS,
  MESSAGE_OUTCOMES,
  type AccountLockRecord,
  type BackupRecord,
  type BillingRecord,
  type CaseRecord,
  type DefinitionsRecord,
  type ExclusionFact,
  type GapFact,
  type HeaderFact,
  type MessageFact,
  type OpeningRecord,
  type PageLoadRecord,
  type RecordFact,
  type RunFact,
  type ServiceContactRecord,
  type SettingRecord,
  type YearToDateRecord,
} from '../facts/facts.ts';
import { needed, optional, shapeOf, type KeysOf, type Needed, type Optional, type Shape } from './shape.ts';
import {
  checks,
  days,
  duration,
  elapsed,
  flag,
  instant,
  name,
  oneOf,
  text,
  wholeFrom,
  zone,
  type Value,
} from './value.ts';

const version: Value<1> = { expected: '1', read: (raw) => (raw === 1 ? 1 : undefined), write: (value) => value };

const HEADER: KeysOf<HeaderFact> = {
  format: needed(oneOf('mailwitness-evidence')),
  version: needed(version),
  system: needed(name),
  timezone: needed(zone),
  from: needed(instant),
  to: needed(instant),
  checks: needed(checks),
  product: needed(text),
};

const RUN: KeysOf<RunFact> = {
  vantage: needed(name),
  check: needed(name),
  target: optional(name),
  ok: needed(flag),
  from: needed(instant),
  to: needed(instant),
  samples: needed(wholeFrom(1)),
  hold_s: optional(duration),
  transients: optional(wholeFrom(0)),
  cause: optional(text),
  detail: optional(text),
};

const GAP: KeysOf<GapFact> = {
  vantage: needed(name),
  from: needed(instant),
  to: needed(instant),
  why: needed(oneOf(...GAP_REASONS)),
};

const MESSAGE: KeysOf<MessageFact> = {
  vantage: needed(name),
  id: needed(name),
  route: needed(oneOf(...ROUTE_NAMES)),
  target: optional(name),
  accepted_at: optional(instant),
  refused_at: optional(instant),
  relayed_at: optional(instant),
  visible_at: optional(instant),
  unseen_until: optional(instant),
  outcome: needed(oneOf(...MESSAGE_OUTCOMES)),
  kind: optional(oneOf(...MESSAGE_KINDS)),
  folder: optional(text),
  duplicates: optional(wholeFrom(0)),
  attachment: optional(flag),
};

const EXCLUSION: KeysOf<ExclusionFact> = {
  id: needed(name),
  from: needed(instant),
  to: needed(instant),
  ground: needed(name),
  entered_by: needed(name),
  entered_at: needed(instant),
  announced_at: optional(instant),
  approved_by: optional(text),
  approved_at: optional(instant),
  approval_entered_at: optional(instant),
  withdrawn_by: optional(text),
  withdrawn_at: optional(instant),
  replaces: optional(name),
  note: needed(text),
};

const BILLING: KeysOf<BillingRecord> = {
  ...recordOf('billing'),
  customers: needed(wholeFrom(0)),
  wrong: needed(wholeFrom(0)),
};
const PAGE_LOAD: KeysOf<PageLoadRecord> = {
  ...recordOf('page-load'),
  profile: needed(oneOf('broadband', 'narrowband')),
  seconds: needed(elapsed),
};
const OPENING: KeysOf<OpeningRecord> = {
  ...recordOf('opening'),
  domain: needed(oneOf('own', 'new')),
  paid_at: needed(instant),
  opened_at: optional(instant),
  told_at: optional(instant),
};
const CASE: KeysOf<CaseRecord> = {
  ...recordOf('spam-case', 'complaint', 'server-list', 'blocklist'),
  started_at: needed(instant),
  done_at: optional(instant),
  what: needed(text),
};
const SERVICE_CONTACT: KeysOf<ServiceContactRecord> = {
  ...recordOf('service-contact'),
  channel: needed(text),
  answered: needed(flag),
};
const DEFINITIONS: KeysOf<DefinitionsRecord> = { ...recordOf('definitions'), updated_at: needed(instant) };
const SETTING: KeysOf<SettingRecord> = {
  ...recordOf('setting'),
  name: needed(text),
  expected: needed(text),
  found: needed(text),
};
const ACCOUNT_LOCK: KeysOf<AccountLockRecord> = {
  ...recordOf('account-lock'),
  locked_at: needed(instant),
  deleted_at: optional(instant),
};
const BACKUP: KeysOf<BackupRecord> = {
  ...recordOf('backup'),
  level: needed(oneOf('full', 'incremental')),
  finished_at: needed(instant),
  ok: needed(flag),
  oldest_kept_at: optional(instant),
  restored_ok: optional(flag),
};
const YEAR_TO_DATE: KeysOf<YearToDateRecord> = {
  ...recordOf('year-to-date'),
  from: needed(instant),
  to: needed(instant),
  fault_days: needed(days),
  unmeasured_days: needed(days),
};

/** Lines of every type but records, whose keys depend on their kind. Seals are no facts. */
export const SHAPES = {
  header: shapeOf(HEADER),
  run: shapeOf(RUN),
  gap: shapeOf(GAP),
  message: shapeOf(MESSAGE),
  exclusion: shapeOf(EXCLUSION),
} as const;

export const YEAR_SHAPE = shapeOf(YEAR_TO_DATE);

export const RECORD_SHAPES: Readonly<Record<RecordFact['kind'], Shape<RecordFact>>> = {
  billing: shapeOf(BILLING),
  'page-load': shapeOf(PAGE_LOAD),
  opening: shapeOf(OPENING),
  'spam-case': shapeOf(CASE),
  complaint: shapeOf(CASE),
  'server-list': shapeOf(CASE),
  blocklist: shapeOf(CASE),
  'service-contact': shapeOf(SERVICE_CONTACT),
  definitions: shapeOf(DEFINITIONS),
  setting: shapeOf(SETTING),
  'account-lock': shapeOf(ACCOUNT_LOCK),
  backup: shapeOf(BACKUP),
  'year-to-date': YEAR_SHAPE,
};

function recordOf<const Kind extends string>(
  ...kinds: readonly Kind[]
): { id: Needed<string>; kind: Needed<Kind>; at: Needed<number>; replaces: Optional<string> } {
  return { id: needed(name), kind: needed(oneOf(...kinds)), at: needed(instant), replaces: optional(name) };
}
