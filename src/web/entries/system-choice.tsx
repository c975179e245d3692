import { WORDS } from './catalogue.ts';
import { wordsIn, type Frame } from './frame.tsx';

/** Of somebody with several systems: which one the page is about. */
export function SystemChoice({
  frame: { lang },
  action,
  system,
  systems,
}: {
  readonly frame: Frame;
  readonly action: string;
  readonly system: string;
  readonly systems: readonly string[];
}) {
  const t = wordsIn(lang);
  if (systems.length < 2) return null;
  return (
    <form class="card buttons" method="get" action={action}>
      <label for="field-system">{t(WORDS.nav.system)}</label>
      <select id="field-system" name="system">
        {systems.map((name) => (
          <option value={name} selected={name === system}>
            {name}
          </option>
        ))}
      </select>
      <button>{t(WORDS.nav.show)}</button>
    </form>
  );
}

/** Where the list goes on. */
export function Pages({
  frame: { lang },
  path,
  page,
  pages,
}: {
  readonly frame: Frame;
  /** With its query, to which `page` is added. */
  readonly path: string;
  readonly page: number;
  readonly pages: number;
}) {
  const t = wordsIn(lang);
  if (pages < 2) return null;
  return (
    <p class="acts">
      {page > 1 && <a href={`${path}&page=${page - 1}`}>{t(WORDS.entry.newer)}</a>}
      <span>
        {page} / {pages}
      </span>
      {page < pages && <a href={`${path}&page=${page + 1}`}>{t(WORDS.entry.older)}</a>}
    </p>
  );
}
