import { RECORD_KINDS, type RecordKind } from '../../facts/facts.ts';
import { RECORD_KEYS, type RecordKey } from '../../facts/record-keys.ts';
import { PAGE_LENGTH } from '../../month/entry-lists.ts';
import type { Preview } from '../../month/preview.ts';
import { CATALOGUE } from '../../report/catalogue.ts';
import { recordState, type StoredRecord } from '../../store/records.ts';
import type { Asked } from '../sign-in/door.ts';
import { may } from '../sign-in/roles.ts';
import { WORDS } from './catalogue.ts';
import { EntryButtons } from './entry-buttons.tsx';
import { storeErrors, type FieldErrors } from './exclusion-form.ts';
import { ChoiceField, TextField } from './field.tsx';
import { FormTicket, newTicket, pageNumber } from './form-ticket.tsx';
import { Notice, wordsIn, type Frame } from './frame.tsx';
import { PreviewTables } from './preview-table.tsx';
import { fieldsOfRecord, kindOf, readRecordForm, recordFields, type RecordFields } from './record-form.ts';
import { fieldName, RecordView, wordOf } from './record-view.tsx';
import type { Room, Site, Visitor } from './room.tsx';
import { Pages, SystemChoice } from './system-choice.tsx';

const { records: words, entry: entryWords } = WORDS;

/** `/records`: the list, entering and correcting. */
export function addRecordRoutes(site: Site, room: Room): void {
  const { base, entries } = room;

  site.get('/records', async (c) => {
    const visitor = await room.visitor(c, words.title);
    if (visitor instanceof Response) return visitor;
    const { system, systems, user } = visitor;
    const page = pageNumber(c.req.query('page'));
    const list = await room.read((signal) => entries.records({ system, id: null, page }, signal));
    if (list === null) return room.say(c, words.title, WORDS.listFailed, 503);
    const frame = room.frame(c);
    const { lang } = frame;
    const t = wordsIn(lang);
    const { timezone } = entries.contractOf(system);
    const done = c.req.query('done');
    const mayEnter = may(user, 'enter', system);
    const mayWithdraw = may(user, 'withdraw', system);
    const query = `?system=${encodeURIComponent(system)}`;
    return room.show(
      c,
      words.title,
      <>
        {done !== undefined && list.entries.some(({ fact }) => fact.id === done) && (
          <Notice>{t(WORDS.done)(done)}</Notice>
        )}
        <p class="dim">{t(words.about)}</p>
        <SystemChoice frame={frame} action={`${base}/records`} system={system} systems={systems} />
        {mayEnter && <KindForm frame={frame} system={system} />}
        <section class="card" aria-labelledby="list">
          <h2 id="list">{system}</h2>
          <p class="dim">{list.total === 0 ? t(words.none) : t(entryWords.total)(list.total)}</p>
          <ul class="entries">
            {list.entries.map((record) => (
              <li id={record.fact.id}>
                <RecordView lang={lang} record={record} zone={timezone} />
                {recordState(record) === 'counts' && (
                  <p class="acts">
                    {mayEnter && (
                      <a href={`${base}/records/new${query}&replaces=${encodeURIComponent(record.fact.id)}`}>
                        {t(entryWords.correct)} {record.fact.id}
                      </a>
                    )}
                    {mayWithdraw && (
                      <a href={`${base}/records/${record.fact.id}/withdraw${query}`}>
                        {t(words.withdraw)} {record.fact.id}
                      </a>
                    )}
                  </p>
                )}
              </li>
            ))}
          </ul>
          <Pages
            frame={frame}
            path={`${base}/records${query}`}
            page={page}
            pages={Math.ceil(list.total / PAGE_LENGTH)}
          />
        </section>
      </>,
    );
  });

  site.get('/records/new', async (c) => {
    const visitor = await room.visitor(c, words.add);
    if (visitor instanceof Response) return visitor;
    const { user, system } = visitor;
    if (!may(user, 'enter', system)) return room.say(c, words.add, WORDS.forbidden, 403);
    const replaces = c.req.query('replaces');
    if (replaces === undefined) {
      const kind = kindOf(c.req.query('kind'));
      if (kind !== undefined) return form(c, visitor, { kind, fields: {} });
      return room.show(c, words.add, <KindForm frame={room.frame(c)} system={system} />);
    }
    const list = await room.read((signal) => entries.records({ system, id: replaces, page: 1 }, signal));
    if (list === null) return room.say(c, words.add, WORDS.listFailed, 503);
    const found: StoredRecord | undefined = list.entries[0];
    if (found === undefined) return room.say(c, words.add, WORDS.notFound, 404);
    if (recordState(found) !== 'counts') return room.say(c, words.add, entryWords.replacesWrong, 409);
    const fields = fieldsOfRecord(found, entries.contractOf(system).timezone);
    return form(c, visitor, { kind: found.fact.kind, fields });
  });

  site.post('/records/new', room.formLimit, async (c) => {
    const visitor = await room.visitor(c, words.add);
    if (visitor instanceof Response) return visitor;
    const { user, session, system } = visitor;
    if (!may(user, 'enter', system)) return room.say(c, words.add, WORDS.forbidden, 403);
    const sent = await room.form(c);
    if (sent === undefined) return room.say(c, words.add, WORDS.signIn.stale, 403);
    const kind = kindOf(sent.get('kind'));
    if (kind === undefined) return room.show(c, words.add, <KindForm frame={room.frame(c)} system={system} />, 422);
    const fields = recordFields(sent, kind);
    const { lang } = room.frame(c);
    const found = readRecordForm(fields, { kind, zone: entries.contractOf(system).timezone, lang });
    if ('errors' in found) return form(c, visitor, { kind, fields, errors: found.errors });
    const deed = { kind: 'enter record', system, record: found.record } as const;
    if (sent.get('do') !== 'enter') {
      const asked = { system, deed, person: user.name, now: room.now() };
      const preview = await room.read((signal) => entries.preview(asked, signal));
      if (preview?.kind === 'refused')
        return form(c, visitor, { kind, fields, errors: storeErrors(preview.problems, lang) });
      return form(c, visitor, { kind, fields, preview });
    }
    const ticket = sent.get('ticket') ?? '';
    if (session.taken.has(ticket)) return toList(c, system, null);
    session.taken.add(ticket);
    const done = await room.act(c, user, deed);
    if (done?.kind === 'done') return toList(c, system, done.id);
    session.taken.delete(ticket);
    if (done === null) return room.say(c, words.add, WORDS.failed, 503);
    return form(c, visitor, { kind, fields, errors: storeErrors(done.problems, lang) });
  });

  function toList(c: Asked, system: string, id: string | null): Response {
    const done = id === null ? '' : `&done=${encodeURIComponent(id)}`;
    return c.redirect(`${base}/records?system=${encodeURIComponent(system)}${done}`, 303);
  }

  function form(
    c: Asked,
    { system }: Visitor,
    shown: {
      readonly kind: RecordKind;
      readonly fields: RecordFields;
      readonly errors?: FieldErrors;
      readonly preview?: Preview | null;
    },
  ): Response | Promise<Response> {
    const { kind, fields, errors = {}, preview } = shown;
    const frame = room.frame(c);
    const isWrong = Object.keys(errors).length > 0;
    const replaces = fields['replaces'] ?? '';
    const title = replaces === '' ? words.add : { zh: words.correct.zh(replaces), en: words.correct.en(replaces) };
    return room.show(
      c,
      title,
      <>
        {isWrong && <Notice bad>{errors[''] ?? wordsIn(frame.lang)(WORDS.errorsAbove)}</Notice>}
        {preview !== undefined && preview?.kind !== 'refused' && <PreviewTables lang={frame.lang} preview={preview} />}
        <RecordForm
          frame={frame}
          system={system}
          zone={entries.contractOf(system).timezone}
          kind={kind}
          fields={fields}
          errors={errors}
        />
      </>,
      isWrong ? 422 : 200,
    );
  }
}

/** First the kind: each has fields of its own. */
function KindForm({ frame: { lang, base }, system }: { readonly frame: Frame; readonly system: string }) {
  const t = wordsIn(lang);
  const options = RECORD_KINDS.map((kind) => [kind, t(CATALOGUE.names.kind[kind])] as const);
  return (
    <form class="card fields" method="get" action={`${base}/records/new`}>
      <input type="hidden" name="system" value={system} />
      <ChoiceField name="kind" label={t(words.kind)} options={options} empty={t(entryWords.choose)} required />
      <div class="buttons">
        <button>{t(words.add)}</button>
      </div>
    </form>
  );
}

function RecordForm({
  frame: { lang, base, token },
  system,
  zone,
  kind,
  fields,
  errors,
}: {
  readonly frame: Frame;
  readonly system: string;
  readonly zone: string;
  readonly kind: RecordKind;
  readonly fields: RecordFields;
  readonly errors: FieldErrors;
}) {
  const t = wordsIn(lang);
  const query = `?system=${encodeURIComponent(system)}`;
  const of = (name: string) => ({ name, value: fields[name], error: errors[name] });
  const optional = (label: string): string => `${label} ${t(entryWords.optional)}`;
  const own = ([key, wanted]: readonly [string, RecordKey]) => {
    const label = fieldName(key, lang);
    const props = { ...of(key), label: wanted.optional ? optional(label) : label, required: !wanted.optional };
    if (typeof wanted.value === 'string' && wanted.value !== 'flag')
      return <TextField {...props} hint={wanted.value === 'instant' ? t(WORDS.zone)(zone) : undefined} />;
    const values = wanted.value === 'flag' ? ['true', 'false'] : wanted.value;
    const options = values.map((value) => [value, wordOf(value, true, lang)] as const);
    return <ChoiceField {...props} options={options} empty={t(entryWords.choose)} />;
  };
  return (
    <form class="card fields" method="post" action={`${base}/records/new${query}`}>
      <h2>{t(CATALOGUE.names.kind[kind])}</h2>
      <input type="hidden" name="token" value={token} />
      <input type="hidden" name="kind" value={kind} />
      <input type="hidden" name="replaces" value={fields['replaces'] ?? ''} />
      <FormTicket ticket={newTicket()} />
      <TextField {...of('at')} label={t(words.at)} hint={`${t(words.atHint)}. ${t(WORDS.zone)(zone)}`} required />
      {Object.entries(RECORD_KEYS[kind]).map(own)}
      <TextField {...of('id')} label={optional(t(entryWords.id))} hint={t(entryWords.idHint)} />
      <EntryButtons lang={lang} back={`${base}/records${query}`} />
    </form>
  );
}
