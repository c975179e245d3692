import type { MonthGlance } from '../../month/glance.ts';
import { CATALOGUE } from '../../report/catalogue.ts';
import type { Verdict } from '../../sla/report.ts';
import { inLanguage, type View } from './view.tsx';
import { WORDS } from './words.ts';

const VERDICTS: readonly Verdict[] = ['missed', 'open', 'met', 'no data'];
const TONE: Readonly<Record<Verdict, string>> = { missed: 'bad', open: 'unmeasured', met: 'good', 'no data': 'dim' };

/** How many clauses are met, missed or open; opened, each of them. */
export function Verdicts({ view, glance }: { readonly view: View; readonly glance: MonthGlance }) {
  const t = inLanguage(view);
  const { word, reason: reasons } = CATALOGUE.verdict;
  const named = VERDICTS.map((verdict) => ({
    verdict,
    clauses: glance.clauses.filter((one) => one.verdict === verdict),
  }));
  return (
    <details>
      <summary>
        {t(WORDS.verdicts)}:{' '}
        {named
          .filter(({ clauses }) => clauses.length > 0)
          .map(({ verdict, clauses }, index) => (
            <>
              {index > 0 && ' · '}
              <span class={TONE[verdict]}>
                {t(word[verdict])} {clauses.length}
              </span>
            </>
          ))}
      </summary>
      <ul>
        {named.flatMap(({ verdict, clauses }) =>
          clauses.map(({ id, title, reason }) => (
            <li>
              {t(WORDS.clause)(id)} {title[view.lang]}: <span class={TONE[verdict]}>{t(word[verdict])}</span>
              {reason !== undefined && <span class="dim"> ({t(reasons[reason])})</span>}
            </li>
          )),
        )}
      </ul>
    </details>
  );
}
