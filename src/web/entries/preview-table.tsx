import { CATALOGUE } from '../../report/catalogue.ts';
import { limitText, NONE, rangeText, unitOf, withUnit } from '../../report/figure-text.ts';
import type { Language } from '../../report/language.ts';
import type { Preview, PreviewFigure, PreviewMonth, Shown } from '../../month/preview.ts';
import { WORDS } from './catalogue.ts';
import { wordsIn } from './frame.tsx';

/** What would become of each month's figures; `preview` null: it could not be computed. */
export function PreviewTables({
  lang,
  preview,
}: {
  readonly lang: Language;
  readonly preview: Extract<Preview, { kind: 'preview' }> | null;
}) {
  const t = wordsIn(lang);
  return (
    <section class="card" aria-labelledby="preview">
      <h2 id="preview">{t(WORDS.preview.title)}</h2>
      {preview === null ? (
        <p class="warn">{t(WORDS.preview.failed)}</p>
      ) : (
        <>
          <p class="dim">{t(WORDS.preview.nothingWritten)}</p>
          {preview.onceApproved && <p class="warn">{t(WORDS.preview.onceApproved)}</p>}
          {preview.months.map((month) => (
            <MonthTable lang={lang} month={month} />
          ))}
        </>
      )}
    </section>
  );
}

function MonthTable({ lang, month: { month, figures } }: { readonly lang: Language; readonly month: PreviewMonth }) {
  const t = wordsIn(lang);
  const { preview } = WORDS;
  if (figures === null || figures.length === 0)
    return (
      <p>
        <strong>{month}</strong>: {t(figures === null ? preview.none : preview.noChange)}
      </p>
    );
  return (
    <div class="wide" tabindex={0} role="group" aria-label={t(preview.month)(month)}>
      <table class="stacked">
        <caption>{t(preview.month)(month)}</caption>
        <thead>
          <tr>
            <th scope="col">{t(preview.clause)}</th>
            <th scope="col">{t(preview.before)}</th>
            <th scope="col">{t(preview.after)}</th>
            <th scope="col">{t(preview.verdict)}</th>
          </tr>
        </thead>
        <tbody>
          {figures.map((figure) => (
            <FigureRow lang={lang} figure={figure} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FigureRow({ lang, figure }: { readonly lang: Language; readonly figure: PreviewFigure }) {
  const t = wordsIn(lang);
  const { clause, title, before, after } = figure;
  const verdict = (shown: Shown): string => t(CATALOGUE.verdict.word[shown.verdict]);
  const changes = before.value !== after.value || before.verdict !== after.verdict;
  return (
    <tr class={changes ? 'changed' : ''}>
      <th scope="row">
        {clause} {title[lang]} <span class="dim">{metricName(lang, figure)}</span>
      </th>
      <td class="figure" data-label={t(WORDS.preview.before)}>
        {valueText(lang, figure, before)}
      </td>
      <td class="figure" data-label={t(WORDS.preview.after)}>
        {changes ? valueText(lang, figure, after) : t(WORDS.preview.same)}
      </td>
      <td data-label={t(WORDS.preview.verdict)}>
        {before.verdict === after.verdict ? verdict(after) : `${verdict(before)} → ${verdict(after)}`}
      </td>
    </tr>
  );
}

function valueText(lang: Language, { metric }: PreviewFigure, { value, bounds }: Shown): string {
  if (value === null) return NONE;
  const unit = unitOf(metric);
  const text = withUnit(lang, value, unit);
  return bounds === null ? text : CATALOGUE.units.beside[lang](text, rangeText(lang, bounds.low, bounds.high, unit));
}

function metricName(lang: Language, { metric, over_s }: PreviewFigure): string {
  const { names } = CATALOGUE;
  if (metric === 'exceedances' && over_s !== undefined)
    return names.exceedancesOver[lang](limitText(lang, over_s, 's'));
  return Object.hasOwn(names.metric, metric) ? names.metric[metric as keyof typeof names.metric][lang] : metric;
}
