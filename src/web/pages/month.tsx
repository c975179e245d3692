import { raw } from 'hono/html';
import type { MonthGlance } from '../../month/glance.ts';
import { budgetWords } from './budget-words.ts';
import { budgetBar } from './charts.ts';
import { inLanguage, length, type View } from './view.tsx';
import { WORDS } from './words.ts';

/** Down time of the running month against what is allowed, as a sentence and as a bar. */
export function Month({
  view,
  id,
  glance,
}: {
  readonly view: View;
  readonly id: string;
  readonly glance: MonthGlance;
}) {
  const t = inLanguage(view);
  const { budgetLeftMs, unmeasuredMs, excludedMs, knownAt, month } = glance;
  const budget = budgetWords(view.lang, glance);
  const words =
    budget === null
      ? t(WORDS.noDownData)
      : [
          `${t(WORDS.down)} ${budget.allowed === null ? budget.down : t(WORDS.ofBudget)(budget.down, budget.allowed)}`,
          ...(budget.least === budget.most ? [] : [t(WORDS.between)(budget.least, budget.most)]),
          ...(budget.left === null ? [] : [t(WORDS.left)(budget.left)]),
          ...(budget.overspent === null ? [] : [t(WORDS.overspent)(budget.overspent)]),
        ].join(' · ');
  const aside = [
    ...(unmeasuredMs > 0 ? [t(WORDS.notMeasured)(length(view, unmeasuredMs))] : []),
    ...(excludedMs > 0 ? [t(WORDS.takenOut)(length(view, excludedMs))] : []),
    t(WORDS.computedAt)(length(view, view.now - knownAt)),
  ].join(' · ');
  return (
    <>
      <h3>{t(WORDS.thisMonth)(month)}</h3>
      <p class={budgetLeftMs !== null && budgetLeftMs < 0 ? 'bad figure' : 'figure'}>{words}</p>
      {raw(budgetBar(view, `${id}-budget`, glance, words))}
      <p class="dim">{aside}</p>
    </>
  );
}
