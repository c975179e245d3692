import type { Contract } from '../../config/contract.ts';
import { WORDS } from './catalogue.ts';
import { EntryButtons } from './entry-buttons.tsx';
import type { ExclusionFields, FieldErrors } from './exclusion-form.ts';
import { ChoiceField, TextField } from './field.tsx';
import { FormTicket, newTicket } from './form-ticket.tsx';
import { wordsIn, type Frame } from './frame.tsx';

const { exclusions: words, entry: entryWords } = WORDS;

/** The fields of a window, with what is wrong beside each. */
export function ExclusionForm({
  frame: { lang, base, token },
  system,
  contract: { timezone, grounds },
  fields,
  errors,
}: {
  readonly frame: Frame;
  readonly system: string;
  readonly contract: Pick<Contract, 'timezone' | 'grounds'>;
  readonly fields: ExclusionFields;
  readonly errors: FieldErrors;
}) {
  const t = wordsIn(lang);
  const query = `?system=${encodeURIComponent(system)}`;
  const of = (name: keyof ExclusionFields) => ({ name, value: fields[name], error: errors[name] });
  const options = Object.entries(grounds).map(
    ([id, { title, needs_approval }]) =>
      [id, `${id} ${title[lang]}${needs_approval ? t(words.groundNeeds) : ''}`] as const,
  );
  const optional = (label: string): string => `${label} ${t(entryWords.optional)}`;
  return (
    <form class="card fields" method="post" action={`${base}/exclusions/new${query}`}>
      <input type="hidden" name="token" value={token} />
      <input type="hidden" name="replaces" value={fields.replaces} />
      <FormTicket ticket={newTicket()} />
      <ChoiceField {...of('ground')} label={t(words.ground)} options={options} empty={t(entryWords.choose)} required />
      <TextField {...of('from')} label={t(words.from)} hint={t(WORDS.zone)(timezone)} required />
      <TextField {...of('to')} label={t(words.to)} hint={t(WORDS.zone)(timezone)} required />
      <TextField {...of('announced_at')} label={optional(t(words.announced))} hint={t(words.announcedHint)} />
      <TextField {...of('note')} label={t(words.note)} hint={t(words.noteHint)} required />
      <TextField {...of('id')} label={optional(t(entryWords.id))} hint={t(entryWords.idHint)} />
      <EntryButtons lang={lang} back={`${base}/exclusions${query}`} />
    </form>
  );
}
