import type { Millis } from '../facts/facts.ts';
import type { StoredRecord } from '../store/records.ts';
import { recordState } from '../store/records.ts';

/** Half-open. */
interface Span {
  readonly from: Millis;
  readonly to: Millis;
}

/** A record as far as it says when something happened. */
export interface Dated {
  readonly kind: string;
  readonly at: Millis;
  /** The kind's own keys. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Where the figures lie that a record bears on besides the month of its `at`, by the key that tells when it happened. */
const OWN_INSTANT: Readonly<Record<string, { readonly key: string; readonly lasts: boolean }>> = {
  // From an update, or a backup, the time is counted that passes until the next.
  definitions: { key: 'updated_at', lasts: true },
  backup: { key: 'finished_at', lasts: true },
  'account-lock': { key: 'deleted_at', lasts: false },
};

/** The time whose months' figures hang on a record; `others` are all of its system, `known` is how far the store tells. */
export function spansOfRecord(record: Dated, others: readonly StoredRecord[], known: Millis): readonly Span[] {
  const spans = [{ from: record.at, to: record.at + 1 }];
  const own = OWN_INSTANT[record.kind];
  const happened = own === undefined ? undefined : record.body[own.key];
  if (own === undefined || typeof happened !== 'number') return spans;
  if (!own.lasts) return [...spans, { from: happened, to: happened + 1 }];
  const later = others
    .filter((one) => one.fact.kind === record.kind && recordState(one) === 'counts')
    .map(({ fact }) => fact as unknown as Readonly<Record<string, unknown>>)
    // The time between full backups goes on over those that are none.
    .filter((fact) => fact['ok'] !== false && fact['level'] === record.body['level'])
    .map((fact) => Number(fact[own.key]))
    .filter((at) => at > happened);
  return [...spans, { from: happened, to: Math.max(happened + 1, Math.min(known, ...later)) }];
}
