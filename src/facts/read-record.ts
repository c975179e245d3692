import { isOneLine } from '../lib/one-line.ts';
import { RECORD_KINDS, type Millis, type RecordKind } from './facts.ts';
import { RECORD_KEYS, type RecordKey } from './record-keys.ts';

/** A record that a person wrote, its values checked against its kind. */
export interface WrittenRecord {
  readonly id?: string;
  readonly kind: RecordKind;
  readonly at: Millis;
  readonly replaces?: string;
  /** The kind's own keys. */
  readonly body: Readonly<Record<string, number | string | boolean>>;
}

/** A key whose value is wrong, or that is missing or strange. */
export interface RecordFault {
  readonly key: string;
  readonly expected: string;
  /** What stood there; absent where nothing did. */
  readonly got?: unknown;
}

/** What a text says as an instant, or what was expected. */
export type ReadInstant = (text: string) => { readonly at: Millis } | { readonly expected: string };

/** Keys that records of all kinds have. */
export const COMMON_KEYS = ['id', 'kind', 'at', 'replaces'] as const;

/**
 * A record from its keys and values, as a form, a table or JSON gives them: text says everything, numbers and true and
 * false may be themselves; empty text and null are the same as absent. Tells every fault. Texts come trimmed.
 */
export function readRecord(
  given: Readonly<Record<string, unknown>>,
  readInstant: ReadInstant,
): { readonly record: WrittenRecord } | { readonly faults: readonly RecordFault[] } {
  const said = new Map(Object.entries(given).filter(([, value]) => !isNothing(value)));
  // The contract's measure is page_load; who writes that means this kind.
  const kind = RECORD_KINDS.find((word) => word === text(said.get('kind'))?.replace('page_load', 'page-load'));
  if (kind === undefined) return { faults: [fault('kind', `one of ${RECORD_KINDS.join(', ')}`, said.get('kind'))] };
  const keys = RECORD_KEYS[kind];
  const faults: RecordFault[] = [];

  function read(key: string, wanted: RecordKey): number | string | boolean | undefined {
    const value = said.get(key);
    if (value === undefined && wanted.optional) return undefined;
    const found = value === undefined ? { expected: phraseOf(wanted) } : readValue(value, wanted, readInstant);
    if (typeof found !== 'object') return found;
    faults.push(fault(key, found.expected, value));
    return undefined;
  }

  const head = {
    id: read('id', { value: 'text', optional: true }) as string | undefined,
    at: read('at', { value: 'instant', optional: false }) as number,
    replaces: read('replaces', { value: 'text', optional: true }) as string | undefined,
  };
  const body: Record<string, number | string | boolean> = {};
  for (const [key, wanted] of Object.entries(keys)) {
    const value = read(key, wanted);
    if (value !== undefined) body[key] = value;
  }
  for (const key of said.keys())
    if (!Object.hasOwn(keys, key) && !(COMMON_KEYS as readonly string[]).includes(key))
      faults.push(
        fault(key, `one of the keys ${Object.keys(keys).join(', ')}, for it is a ${kind} record`, said.get(key)),
      );
  if (faults.length === 0) faults.push(...faultsAcross(body, keys, said));
  if (faults.length > 0) return { faults };
  const { id, at, replaces } = head;
  return { record: { ...(id !== undefined && { id }), kind, at, ...(replaces !== undefined && { replaces }), body } };
}

/** In words, for a help text and for whoever wrote something else. */
export function phraseOf({ value }: RecordKey): string {
  if (typeof value !== 'string') return `one of ${value.join(', ')}`;
  return {
    whole: 'a whole number from 0',
    seconds: 'a number of seconds from 0 such as 2.5',
    flag: 'true or false',
    instant: 'a time such as 2026-10-05 02:00',
    text: `a line of at most ${LONGEST} characters`,
  }[value];
}

const LONGEST = 1_000;

function readValue(
  value: unknown,
  wanted: RecordKey,
  readInstant: ReadInstant,
): number | string | boolean | { readonly expected: string } {
  const wrong = { expected: phraseOf(wanted) };
  const words = text(value);
  if (typeof wanted.value !== 'string') return words !== undefined && wanted.value.includes(words) ? words : wrong;
  switch (wanted.value) {
    case 'whole': {
      const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
      return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number + 0 : wrong;
    }
    case 'seconds': {
      const number = typeof value === 'string' && /^\d{1,9}(\.\d{1,9})?$/.test(value.trim()) ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number + 0 : wrong;
    }
    case 'flag': {
      const flags: Readonly<Record<string, boolean>> = { true: true, false: false };
      return typeof value === 'boolean' ? value : (flags[words?.toLowerCase() ?? ''] ?? wrong);
    }
    case 'instant': {
      if (words === undefined) return wrong;
      const found = readInstant(words);
      return 'at' in found ? found.at : found;
    }
    case 'text':
      return words !== undefined && isOneLine(words, LONGEST) ? words : wrong;
  }
}

function faultsAcross(
  body: Readonly<Record<string, unknown>>,
  keys: Readonly<Record<string, RecordKey>>,
  said: ReadonlyMap<string, unknown>,
): RecordFault[] {
  const faults: RecordFault[] = [];
  for (const [key, { notBefore }] of Object.entries(keys)) {
    if (notBefore === undefined || body[key] === undefined) continue;
    if (Number(body[key]) < Number(body[notBefore]))
      faults.push(fault(key, `a time that is not before ${notBefore}`, said.get(key)));
  }
  if (Number(body['wrong'] ?? 0) > Number(body['customers'] ?? Infinity))
    faults.push(fault('wrong', 'at most as many as customers', said.get('wrong')));
  return faults;
}

function fault(key: string, expected: string, got: unknown): RecordFault {
  return got === undefined ? { key, expected: `${expected}; it is missing` } : { key, expected, got };
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.normalize('NFC').trim() : undefined;
}
