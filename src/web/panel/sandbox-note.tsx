import { inLanguage, type View } from '../pages/view.tsx';
import { PANEL_WORDS } from './panel-words.ts';

/** Leads from the front page to the sandbox's own. */
export function sandboxNote(view: View) {
  const t = inLanguage(view);
  return (
    <p class="card wide">
      {t(PANEL_WORDS.fromFront)}{' '}
      <a href={`${view.base}/sandbox`}>
        <strong>{t(PANEL_WORDS.toPanel)}</strong>
      </a>
    </p>
  );
}
