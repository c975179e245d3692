import { RECORD_KINDS, type RecordKind } from '../../facts/facts.ts';
import { readRecord, type RecordFault, type WrittenRecord } from '../../facts/read-record.ts';
import { RECORD_KEYS } from '../../facts/record-keys.ts';
import type { Language } from '../../report/language.ts';
import type { StoredRecord } from '../../store/records.ts';
import { WORDS } from './catalogue.ts';
import type { FieldErrors } from './exclusion-form.ts';
import { readTime, timeText } from './time-text.ts';

/** What stands in the fields, by key. */
export type RecordFields = Readonly<Record<string, string>>;

export function kindOf(text: string | null | undefined): RecordKind | undefined {
  return RECORD_KINDS.find((kind) => kind === text);
}

/** The keys of a kind, and those of all. */
export function recordFields(form: URLSearchParams, kind: RecordKind): RecordFields {
  const keys = ['at', ...Object.keys(RECORD_KEYS[kind]), 'id', 'replaces'];
  return Object.fromEntries(keys.map((key) => [key, (form.get(key) ?? '').trim()]));
}

/** Of a correction: as the record stands. */
export function fieldsOfRecord({ fact }: StoredRecord, zone: string): RecordFields {
  const own = Object.entries(RECORD_KEYS[fact.kind]).map(([key, { value }]) => {
    const said = fact[key as keyof typeof fact] as number | string | boolean | undefined;
    const text = said === undefined ? '' : value === 'instant' ? timeText(Number(said), zone) : String(said);
    return [key, text] as const;
  });
  return { at: timeText(fact.at, zone), ...Object.fromEntries(own), id: '', replaces: fact.id };
}

export function readRecordForm(
  fields: RecordFields,
  { kind, zone, lang }: { readonly kind: RecordKind; readonly zone: string; readonly lang: Language },
): { readonly record: WrittenRecord } | { readonly errors: FieldErrors } {
  const found = readRecord({ ...fields, kind }, (text) => readTime(text, zone, lang));
  if ('record' in found) return found;
  return { errors: Object.fromEntries(found.faults.map((fault) => [fault.key, faultText(fault, kind, lang)])) };
}

function faultText({ key, expected, got }: RecordFault, kind: RecordKind, lang: Language): string {
  if (got === undefined) return WORDS.missing[lang];
  if (key === 'at') return expected;
  const wanted = RECORD_KEYS[kind][key];
  if (key === 'wrong' && expected.includes('customers')) return WORDS.records.atMost[lang];
  if (wanted?.notBefore !== undefined && expected.endsWith(wanted.notBefore)) return WORDS.records.notBefore[lang];
  if (wanted === undefined) return WORDS.problem[lang](expected, '');
  // What is wrong with a time is told in the page's language already.
  if (wanted.value === 'instant') return expected;
  return typeof wanted.value === 'string' ? WORDS.records.valueExpected[wanted.value][lang] : WORDS.oneOf[lang];
}
