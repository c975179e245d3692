import type { Language } from '../../report/language.ts';
import { WORDS } from './catalogue.ts';
import { wordsIn } from './frame.tsx';

const { entry: words } = WORDS;

/** What may be done with a form that enters something. The first is what the enter key does. */
export function EntryButtons({ lang, back }: { readonly lang: Language; readonly back: string }) {
  const t = wordsIn(lang);
  return (
    <div class="buttons">
      <button class="first" name="do" value="preview">
        {t(words.preview)}
      </button>
      <button name="do" value="enter">
        {t(words.enter)}
      </button>
      <a href={back}>{t(WORDS.back)}</a>
    </div>
  );
}
