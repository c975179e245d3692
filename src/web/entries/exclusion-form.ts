import type { Contract } from '../../config/contract.ts';
import { isOneLine } from '../../lib/one-line.ts';
import type { Instant } from '../../lib/time.ts';
import type { Language } from '../../report/language.ts';
import type { Deed } from '../../store/acts.ts';
import type { EntryProblem } from '../../store/entry.ts';
import type { StoredExclusion } from '../../store/exclusions.ts';
import { WORDS } from './catalogue.ts';
import { readTime, timeText } from './time-text.ts';

/** What stands in the fields, as it was typed. */
export type ExclusionFields = Readonly<Record<(typeof EXCLUSION_FIELDS)[number], string>>;

export const EXCLUSION_FIELDS = ['ground', 'from', 'to', 'announced_at', 'note', 'id', 'replaces'] as const;

/** By field; `''`: about the whole. */
export type FieldErrors = Readonly<Record<string, string>>;

export function exclusionFields(form: URLSearchParams): ExclusionFields {
  return Object.fromEntries(EXCLUSION_FIELDS.map((name) => [name, (form.get(name) ?? '').trim()])) as ExclusionFields;
}

/** Of a correction: as the window stands. */
export function fieldsOf({ fact }: StoredExclusion, zone: string): ExclusionFields {
  const { id, ground, from, to, announced_at, note } = fact;
  return {
    ground,
    from: timeText(from, zone),
    to: timeText(to, zone),
    announced_at: announced_at === undefined ? '' : timeText(announced_at, zone),
    note,
    id: '',
    replaces: id,
  };
}

interface Terms {
  readonly system: string;
  readonly contract: Pick<Contract, 'timezone' | 'grounds'>;
  readonly now: Instant;
  readonly lang: Language;
}

/** The window that the fields say, or all that is wrong with them. */
export function readExclusion(
  fields: ExclusionFields,
  { system, contract, now, lang }: Terms,
): { readonly deed: Extract<Deed, { kind: 'enter exclusion' }> } | { readonly errors: FieldErrors } {
  const errors: Record<string, string> = {};
  const time = (name: 'from' | 'to' | 'announced_at'): number => {
    const found = readTime(fields[name], contract.timezone, lang);
    if ('at' in found) return found.at;
    errors[name] = fields[name] === '' ? WORDS.missing[lang] : found.expected;
    return Number.NaN;
  };
  const grounds = Object.keys(contract.grounds);
  if (!grounds.includes(fields.ground)) errors['ground'] = WORDS.oneOf[lang];
  const [from, to] = [time('from'), time('to')];
  if (to <= from) errors['to'] = WORDS.time.order[lang];
  const announced_at = fields.announced_at === '' ? undefined : time('announced_at');
  if (announced_at !== undefined && announced_at > now) errors['announced_at'] = WORDS.time.future[lang];
  if (fields.note === '') errors['note'] = WORDS.missing[lang];
  else if (!isOneLine(fields.note.normalize('NFC'), 2_000)) errors['note'] = WORDS.exclusions.noteWrong[lang];
  if (Object.keys(errors).length > 0) return { errors };
  const { ground, note, id, replaces } = fields;
  const entry = {
    id: id === '' ? undefined : id,
    system,
    from,
    to,
    ground,
    announced_at,
    replaces: replaces === '' ? undefined : replaces,
    note,
  };
  return { deed: { kind: 'enter exclusion', entry, grounds } };
}

/** What the store refused, beside the fields. */
export function storeErrors(problems: readonly EntryProblem[], lang: Language): FieldErrors {
  return Object.fromEntries(
    problems.map(({ key, expected, got }) => {
      if (key === 'id' && expected.startsWith('an id of its own')) return [key, WORDS.entry.same[lang]];
      if (key === 'id') return [key, WORDS.entry.idWrong[lang]];
      if (key === 'replaces') return ['', WORDS.entry.replacesWrong[lang]];
      return [SHOWN.has(key) ? key : '', WORDS.problem[lang](expected, got ?? '')];
    }),
  );
}

const SHOWN: ReadonlySet<string> = new Set(EXCLUSION_FIELDS);
