import { recordState, type StoredRecord } from '../../store/records.ts';
import type { Asked } from '../sign-in/door.ts';
import { may } from '../sign-in/roles.ts';
import { WORDS } from './catalogue.ts';
import { wordsIn } from './frame.tsx';
import { PreviewTables } from './preview-table.tsx';
import { RecordView } from './record-view.tsx';
import type { Room, Site, Visitor } from './room.tsx';

const { records: words } = WORDS;

interface Ready {
  readonly visitor: Visitor;
  readonly record: StoredRecord;
}

/** `/records/ID/withdraw`: what would become of the figures, and doing it. */
export function addRecordWithdrawal(site: Site, room: Room): void {
  const { base, entries } = room;

  site.get('/records/:id/withdraw', async (c) => {
    const ready = await readyFor(c);
    if (ready instanceof Response) return ready;
    const { visitor, record } = ready;
    const { system, user } = visitor;
    const { id } = record.fact;
    const deed = { kind: 'withdraw record', system, id } as const;
    const preview = await room.read((signal) =>
      entries.preview({ system, deed, person: user.name, now: room.now() }, signal),
    );
    if (preview?.kind === 'refused') return room.say(c, words.withdraw, words.cannot, 409);
    const { lang, token } = room.frame(c);
    const t = wordsIn(lang);
    const query = `?system=${encodeURIComponent(system)}`;
    return room.show(
      c,
      { zh: words.withdrawTitle.zh(id), en: words.withdrawTitle.en(id) },
      <>
        <section class="card" aria-label={id}>
          <RecordView lang={lang} record={record} zone={entries.contractOf(system).timezone} heading="h2" />
        </section>
        <PreviewTables lang={lang} preview={preview} />
        <p>{t(words.withdrawFinal)}</p>
        <form class="buttons" method="post" action={`${base}/records/${id}/withdraw${query}`}>
          <input type="hidden" name="token" value={token} />
          <button class="first">{t(words.withdraw)}</button>
          <a href={`${base}/records${query}`}>{t(WORDS.back)}</a>
        </form>
      </>,
    );
  });

  site.post('/records/:id/withdraw', room.formLimit, async (c) => {
    const ready = await readyFor(c);
    if (ready instanceof Response) return ready;
    const { user, system } = ready.visitor;
    if ((await room.form(c)) === undefined) return room.say(c, words.withdraw, WORDS.signIn.stale, 403);
    const { id } = ready.record.fact;
    const done = await room.act(c, user, { kind: 'withdraw record', system, id });
    if (done === null) return room.say(c, words.withdraw, WORDS.failed, 503);
    // Somebody else was faster: what stands in the store decides.
    if (done.kind === 'refused') return room.say(c, words.withdraw, words.cannot, 409);
    return c.redirect(`${base}/records?system=${encodeURIComponent(system)}&done=${encodeURIComponent(id)}`, 303);
  });

  /** That it can be done by whoever asks; else why not. */
  async function readyFor(c: Asked): Promise<Ready | Response> {
    const visitor = await room.visitor(c, words.withdraw);
    if (visitor instanceof Response) return visitor;
    const { user, system } = visitor;
    if (!may(user, 'withdraw', system)) return room.say(c, words.withdraw, WORDS.forbidden, 403);
    const id = c.req.param('id') ?? '';
    const list = await room.read((signal) => entries.records({ system, id, page: 1 }, signal));
    if (list === null) return room.say(c, words.withdraw, WORDS.listFailed, 503);
    const [record] = list.entries;
    if (record === undefined) return room.say(c, words.withdraw, WORDS.notFound, 404);
    if (recordState(record) !== 'counts') return room.say(c, words.withdraw, words.cannot, 409);
    return { visitor, record };
  }
}
