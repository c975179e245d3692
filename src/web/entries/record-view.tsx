import { RECORD_KEYS } from '../../facts/record-keys.ts';
import { CATALOGUE } from '../../report/catalogue.ts';
import { COMMA, type Language } from '../../report/language.ts';
import { formatInZone } from '../../sla/zoned-text.ts';
import { recordState, type StoredRecord } from '../../store/records.ts';
import { WORDS } from './catalogue.ts';
import { wordsIn } from './frame.tsx';
import { timeText, toTheSecond } from './time-text.ts';

const { kind: kinds, field: fields, value: values } = CATALOGUE.names;

/** One record: what it says, whether it counts, and who entered it. */
export function RecordView({
  lang,
  record,
  zone,
  heading: Heading = 'h3',
}: {
  readonly lang: Language;
  readonly record: StoredRecord;
  readonly zone: string;
  readonly heading?: 'h2' | 'h3';
}) {
  const t = wordsIn(lang);
  const { fact, entered_by, entered_at, replaced_by, withdrawn_by, withdrawn_at } = record;
  const state = recordState(record);
  const said = new Map<string, number | string | boolean>(Object.entries(fact));
  const own = Object.entries(RECORD_KEYS[fact.kind]).flatMap(([key, { value }]) => {
    const is = said.get(key);
    if (is === undefined) return [];
    const shown = value === 'instant' ? timeText(Number(is), zone) : wordOf(String(is), value !== 'text', lang);
    return [`${fieldName(key, lang)} ${shown}`];
  });
  const acts = [
    t(WORDS.entry.enteredBy)(entered_by, toTheSecond(entered_at, zone)),
    ...(fact.replaces === undefined ? [] : [t(WORDS.entry.replaces)(fact.replaces)]),
    ...(replaced_by === undefined ? [] : [t(WORDS.entry.replacedBy)(replaced_by)]),
    ...(withdrawn_by === undefined || withdrawn_at === undefined
      ? []
      : [t(WORDS.entry.withdrawnBy)(withdrawn_by, toTheSecond(withdrawn_at, zone))]),
  ];
  return (
    <>
      <Heading>
        {fact.id} {t(kinds[fact.kind])}{' '}
        <span class={`state ${state === 'counts' ? 'good' : 'dim'}`}>{t(WORDS.records.state[state])}</span>
      </Heading>
      <p class="figure">
        <time datetime={formatInZone(fact.at, zone)}>{timeText(fact.at, zone)}</time> <span class="dim">{zone}</span>
      </p>
      <p>{own.join(t(COMMA))}</p>
      <p class="dim">{acts.join(t(COMMA))}</p>
    </>
  );
}

export function fieldName(key: string, lang: Language): string {
  return Object.hasOwn(fields, key) ? (fields[key]?.[lang] ?? key) : key;
}

/** A word of the format in people's words; free text as it stands. */
export function wordOf(word: string, isWord: boolean, lang: Language): string {
  return isWord && Object.hasOwn(values, word) ? (values[word]?.[lang] ?? word) : word;
}
