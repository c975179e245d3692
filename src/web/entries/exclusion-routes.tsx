import { PAGE_LENGTH, type ListedExclusion } from '../../month/entry-lists.ts';
import type { Preview } from '../../month/preview.ts';
import { isSamePerson } from '../../store/entry.ts';
import type { Asked } from '../sign-in/door.ts';
import { may } from '../sign-in/roles.ts';
import { WORDS } from './catalogue.ts';
import {
  exclusionFields,
  fieldsOf,
  readExclusion,
  storeErrors,
  type ExclusionFields,
  type FieldErrors,
} from './exclusion-form.ts';
import { ExclusionActs, stands } from './exclusion-acts.tsx';
import { ExclusionForm } from './exclusion-fields.tsx';
import { ExclusionView } from './exclusion-view.tsx';
import { pageNumber } from './form-ticket.tsx';
import { Notice, wordsIn } from './frame.tsx';
import { PreviewTables } from './preview-table.tsx';
import type { Room, Site, Visitor } from './room.tsx';
import { Pages, SystemChoice } from './system-choice.tsx';

const { exclusions: words, entry: entryWords } = WORDS;
type Answer = Response | Promise<Response>;

/** `/exclusions`: the list, entering and correcting, approving and withdrawing. */
export function addExclusionRoutes(site: Site, room: Room): void {
  const { base, entries } = room;

  site.get('/exclusions', async (c) => {
    const visitor = await room.visitor(c, words.title);
    if (visitor instanceof Response) return visitor;
    const { system, systems, user } = visitor;
    const page = pageNumber(c.req.query('page'));
    const list = await room.read((signal) => entries.exclusions({ system, id: null, page }, signal));
    if (list === null) return room.say(c, words.title, WORDS.listFailed, 503);
    const frame = room.frame(c);
    const t = wordsIn(frame.lang);
    const contract = entries.contractOf(system);
    const done = c.req.query('done');
    const query = `?system=${encodeURIComponent(system)}`;
    return room.show(
      c,
      words.title,
      <>
        {done !== undefined && list.entries.some(({ fact }) => fact.id === done) && (
          <Notice>{t(WORDS.done)(done)}</Notice>
        )}
        <p class="dim">{t(words.about)}</p>
        <SystemChoice frame={frame} action={`${base}/exclusions`} system={system} systems={systems} />
        {may(user, 'enter', system) && (
          <p>
            <a href={`${base}/exclusions/new${query}`}>{t(words.add)}</a>
          </p>
        )}
        <section class="card" aria-labelledby="list">
          <h2 id="list">{system}</h2>
          <p class="dim">{list.total === 0 ? t(words.none) : t(entryWords.total)(list.total)}</p>
          <ul class="entries">
            {list.entries.map((exclusion) => (
              <li id={exclusion.fact.id}>
                <ExclusionView lang={frame.lang} exclusion={exclusion} contract={contract} />
                <ExclusionActs frame={frame} visitor={visitor} exclusion={exclusion} />
              </li>
            ))}
          </ul>
          <Pages
            frame={frame}
            path={`${base}/exclusions${query}`}
            page={page}
            pages={Math.ceil(list.total / PAGE_LENGTH)}
          />
        </section>
      </>,
    );
  });

  site.get('/exclusions/new', async (c) => {
    const visitor = await room.visitor(c, words.add);
    if (visitor instanceof Response) return visitor;
    const { user, system } = visitor;
    if (!may(user, 'enter', system)) return room.say(c, words.add, WORDS.forbidden, 403);
    const replaces = c.req.query('replaces');
    if (replaces === undefined) return form(c, visitor, { fields: exclusionFields(new URLSearchParams()) });
    const found = await find(system, replaces);
    if (found === null) return room.say(c, words.add, WORDS.listFailed, 503);
    if (found === 'none') return room.say(c, words.add, WORDS.notFound, 404);
    if (!stands(found)) return room.say(c, words.add, words.cannot, 409);
    return form(c, visitor, { fields: fieldsOf(found, entries.contractOf(system).timezone) });
  });

  site.post('/exclusions/new', room.formLimit, async (c) => {
    const visitor = await room.visitor(c, words.add);
    if (visitor instanceof Response) return visitor;
    const { user, session, system } = visitor;
    if (!may(user, 'enter', system)) return room.say(c, words.add, WORDS.forbidden, 403);
    const sent = await room.form(c);
    if (sent === undefined) return room.say(c, words.add, WORDS.signIn.stale, 403);
    const fields = exclusionFields(sent);
    const { lang } = room.frame(c);
    const now = room.now();
    const found = readExclusion(fields, { system, contract: entries.contractOf(system), now, lang });
    if ('errors' in found) return form(c, visitor, { fields, errors: found.errors });
    const { deed } = found;
    if (sent.get('do') !== 'enter') {
      const preview = await room.read((signal) => entries.preview({ system, deed, person: user.name, now }, signal));
      if (preview?.kind === 'refused') return form(c, visitor, { fields, errors: storeErrors(preview.problems, lang) });
      return form(c, visitor, { fields, preview });
    }
    const ticket = sent.get('ticket') ?? '';
    if (session.taken.has(ticket)) return toList(c, system, null);
    session.taken.add(ticket);
    const done = await room.act(c, user, deed);
    if (done?.kind === 'done') return toList(c, system, done.id);
    session.taken.delete(ticket);
    if (done === null) return room.say(c, words.add, WORDS.failed, 503);
    return form(c, visitor, { fields, errors: storeErrors(done.problems, lang) });
  });

  for (const act of ['approve', 'withdraw'] as const) {
    site.get(`/exclusions/:id/${act}`, async (c) => {
      const ready = await readyFor(c, act);
      return ready instanceof Response ? ready : confirm(c, act, ready);
    });
    site.post(`/exclusions/:id/${act}`, room.formLimit, async (c) => {
      const ready = await readyFor(c, act);
      if (ready instanceof Response) return ready;
      const { user, system } = ready.visitor;
      if ((await room.form(c)) === undefined) return room.say(c, words[act], WORDS.signIn.stale, 403);
      const { id } = ready.exclusion.fact;
      const done = await room.act(c, user, { kind: `${act} exclusion`, system, id });
      if (done === null) return room.say(c, words[act], WORDS.failed, 503);
      // Somebody else was faster: what stands in the store decides.
      return done.kind === 'done' ? toList(c, system, id) : room.say(c, words[act], words.cannot, 409);
    });
  }

  interface Ready {
    readonly visitor: Visitor;
    readonly exclusion: ListedExclusion;
  }

  /** That the act can be done by whoever asks; else why not. */
  async function readyFor(c: Asked, act: 'approve' | 'withdraw'): Promise<Ready | Response> {
    const visitor = await room.visitor(c, words[act]);
    if (visitor instanceof Response) return visitor;
    const { user, system } = visitor;
    if (!may(user, act, system)) return room.say(c, words[act], WORDS.forbidden, 403);
    const exclusion = await find(system, c.req.param('id') ?? '');
    if (exclusion === null) return room.say(c, words[act], WORDS.listFailed, 503);
    if (exclusion === 'none') return room.say(c, words[act], WORDS.notFound, 404);
    if (act === 'approve' && isSamePerson(user.name, exclusion.fact.entered_by))
      return room.say(c, words[act], words.own, 403);
    if (act === 'approve' ? exclusion.state !== 'waiting' : !stands(exclusion))
      return room.say(c, words[act], words.cannot, 409);
    return { visitor, exclusion };
  }

  async function confirm(c: Asked, act: 'approve' | 'withdraw', { visitor, exclusion }: Ready): Promise<Response> {
    const { system, user } = visitor;
    const { id } = exclusion.fact;
    const deed = { kind: `${act} exclusion`, system, id } as const;
    const preview = await room.read((signal) =>
      entries.preview({ system, deed, person: user.name, now: room.now() }, signal),
    );
    if (preview?.kind === 'refused') return room.say(c, words[act], words.cannot, 409);
    const { lang, token } = room.frame(c);
    const t = wordsIn(lang);
    const title = act === 'approve' ? words.approveTitle : words.withdrawTitle;
    const query = `?system=${encodeURIComponent(system)}`;
    return room.show(
      c,
      { zh: title.zh(id), en: title.en(id) },
      <>
        <section class="card" aria-label={id}>
          <ExclusionView lang={lang} exclusion={exclusion} contract={entries.contractOf(system)} heading="h2" />
        </section>
        <PreviewTables lang={lang} preview={preview} />
        {act === 'approve' && <p>{t(words.approveFinal)}</p>}
        <form class="buttons" method="post" action={`${base}/exclusions/${id}/${act}${query}`}>
          <input type="hidden" name="token" value={token} />
          <button class="first">{t(words[act])}</button>
          <a href={`${base}/exclusions${query}`}>{t(WORDS.back)}</a>
        </form>
      </>,
    );
  }

  /** Null: the list could not be read. */
  async function find(system: string, id: string): Promise<ListedExclusion | 'none' | null> {
    const list = await room.read((signal) => entries.exclusions({ system, id, page: 1 }, signal));
    return list === null ? null : (list.entries[0] ?? 'none');
  }

  function toList(c: Asked, system: string, id: string | null): Response {
    const done = id === null ? '' : `&done=${encodeURIComponent(id)}`;
    return c.redirect(`${base}/exclusions?system=${encodeURIComponent(system)}${done}`, 303);
  }

  function form(
    c: Asked,
    { system }: Visitor,
    shown: {
      readonly fields: ExclusionFields;
      readonly errors?: FieldErrors;
      readonly preview?: Preview | null;
    },
  ): Answer {
    const { fields, errors = {}, preview } = shown;
    const frame = room.frame(c);
    const isWrong = Object.keys(errors).length > 0;
    const title = fields.replaces === '' ? words.add : titled(words.correct, fields.replaces);
    return room.show(
      c,
      title,
      <>
        {isWrong && <Notice bad>{errors[''] ?? wordsIn(frame.lang)(WORDS.errorsAbove)}</Notice>}
        {preview !== undefined && preview?.kind !== 'refused' && <PreviewTables lang={frame.lang} preview={preview} />}
        <ExclusionForm
          frame={frame}
          system={system}
          contract={entries.contractOf(system)}
          fields={fields}
          errors={errors}
        />
      </>,
      isWrong ? 422 : 200,
    );
  }
}

function titled(title: typeof words.correct, id: string): { readonly zh: string; readonly en: string } {
  return { zh: title.zh(id), en: title.en(id) };
}
