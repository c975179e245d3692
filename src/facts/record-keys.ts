import type { EnteredRecord, RecordKind } from './facts.ts';

/** What a key of a record says: a number from 0, yes or no, an instant, a line of text, or one of a few words. */
export type RecordValue = 'whole' | 'seconds' | 'flag' | 'instant' | 'text' | readonly string[];

export interface RecordKey {
  readonly value: RecordValue;
  readonly optional: boolean;
  /** A key of the same record that is not later. */
  readonly notBefore?: string;
}

type KeysOf<Fact> = {
  readonly [K in Exclude<keyof Fact, 'type' | 'id' | 'kind' | 'at' | 'replaces'>]-?: RecordKey;
};
type FactOf<Kind extends RecordKind> = Extract<EnteredRecord, { readonly kind: Kind }>;

const CASE: KeysOf<FactOf<'complaint'>> = {
  started_at: needed('instant'),
  done_at: { ...optional('instant'), notBefore: 'started_at' },
  what: needed('text'),
};

/** The keys of each kind of record besides those that all have, in the order in which people fill them in. */
export const RECORD_KEYS: Readonly<Record<RecordKind, Readonly<Record<string, RecordKey>>>> = {
  billing: { customers: needed('whole'), wrong: needed('whole') } satisfies KeysOf<FactOf<'billing'>>,
  'page-load': {
    profile: needed(['broadband', 'narrowband']),
    seconds: needed('seconds'),
  } satisfies KeysOf<FactOf<'page-load'>>,
  opening: {
    domain: needed(['own', 'new']),
    paid_at: needed('instant'),
    opened_at: optional('instant'),
    told_at: optional('instant'),
  } satisfies KeysOf<FactOf<'opening'>>,
  'spam-case': CASE,
  complaint: CASE,
  'server-list': CASE,
  blocklist: CASE,
  'service-contact': { channel: needed('text'), answered: needed('flag') } satisfies KeysOf<FactOf<'service-contact'>>,
  definitions: { updated_at: needed('instant') } satisfies KeysOf<FactOf<'definitions'>>,
  setting: {
    name: needed('text'),
    expected: needed('text'),
    found: needed('text'),
  } satisfies KeysOf<FactOf<'setting'>>,
  'account-lock': {
    locked_at: needed('instant'),
    deleted_at: { ...optional('instant'), notBefore: 'locked_at' },
  } satisfies KeysOf<FactOf<'account-lock'>>,
  backup: {
    level: needed(['full', 'incremental']),
    finished_at: needed('instant'),
    ok: needed('flag'),
    oldest_kept_at: optional('instant'),
    restored_ok: optional('flag'),
  } satisfies KeysOf<FactOf<'backup'>>,
};

function needed(value: RecordValue): RecordKey {
  return { value, optional: false };
}

function optional(value: RecordValue): RecordKey {
  return { value, optional: true };
}
