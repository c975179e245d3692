import { ACTS_PAGE_LENGTH } from '../../month/entry-lists.ts';
import { WORDS } from './catalogue.ts';
import { pageNumber } from './form-ticket.tsx';
import { wordsIn } from './frame.tsx';
import type { Room, Site } from './room.tsx';
import { Pages } from './system-choice.tsx';
import { toTheSecond } from './time-text.ts';

const { acts: words } = WORDS;

/** `/acts`: what people did on the pages, for those who signed in, each of their own systems. */
export function addActsRoutes(site: Site, room: Room): void {
  const { base, entries } = room;

  site.get('/acts', async (c) => {
    const visitor = await room.visitor(c, words.title);
    if (visitor instanceof Response) return visitor;
    const { user, system } = visitor;
    const page = pageNumber(c.req.query('page'));
    const list = await room.read((signal) => entries.acts({ systems: user.systems, page }, signal));
    if (list === null) return room.say(c, words.title, WORDS.listFailed, 503);
    const frame = room.frame(c);
    const t = wordsIn(frame.lang);
    const { timezone } = entries.contractOf(system);
    return room.show(
      c,
      words.title,
      <>
        <p class="dim">{t(words.about)}</p>
        {user.systems !== 'all' && <p class="dim">{t(words.ofSystems)}</p>}
        <section class="card" aria-labelledby="list">
          <h2 id="list">{list.total === 0 ? t(words.none) : t(WORDS.entry.total)(list.total)}</h2>
          {list.entries.length > 0 && (
            <div class="wide" tabindex={0} role="group" aria-labelledby="list">
              <table>
                <thead>
                  <tr>
                    <th scope="col">
                      {t(words.at)} <span class="dim">{timezone}</span>
                    </th>
                    {[words.person, words.what, words.entry, WORDS.nav.system, words.address].map((word) => (
                      <th scope="col">{t(word)}</th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {list.entries.map((one) => (
                    <tr>
                      <td class="figure">{toTheSecond(one.at, timezone)}</td>
                      <td>{one.person}</td>
                      <td>{words.of[one.act]?.[frame.lang] ?? one.act}</td>
                      <td>{one.entry}</td>
                      <td>{one.system}</td>
                      <td class="figure">{one.address}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          <Pages
            frame={frame}
            path={`${base}/acts?system=${encodeURIComponent(system)}`}
            page={page}
            pages={Math.ceil(list.total / ACTS_PAGE_LENGTH)}
          />
        </section>
      </>,
    );
  });
}
