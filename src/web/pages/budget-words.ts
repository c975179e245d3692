import type { Ms } from '../../lib/time.ts';
import type { MonthGlance } from '../../month/glance.ts';
import { wholeLength } from '../../report/instant-text.ts';
import type { Language } from '../../report/language.ts';

/** Lengths that a reader can add up: down and left make what is allowed, to the last digit shown. */
export interface BudgetWords {
  readonly least: string;
  readonly down: string;
  readonly most: string;
  /** Null: nothing limits it. */
  readonly allowed: string | null;
  /** Null: there is no limit, or it is overspent. */
  readonly left: string | null;
  readonly overspent: string | null;
}

const GRAINS: readonly Ms[] = [1_000, 100, 10, 1];

/** Null: no data. To the second; finer where a second would hide that something was down, or on which side of the limit. */
export function budgetWords(lang: Language, glance: Pick<MonthGlance, 'down' | 'budgetMs'>): BudgetWords | null {
  const { down, budgetMs } = glance;
  if (down === null) return null;
  const isTold = (grain: Ms): boolean => {
    const shown = rounded(down.estimateMs, grain);
    if (shown === 0 && down.estimateMs !== 0) return false;
    return budgetMs === null || Math.sign(rounded(budgetMs, grain) - shown) === Math.sign(budgetMs - down.estimateMs);
  };
  const grain = GRAINS.find(isTold) ?? 1;
  const words = (ms: Ms): string => wholeLength(lang, ms);
  const leftMs = budgetMs === null ? null : rounded(budgetMs, grain) - rounded(down.estimateMs, grain);
  return {
    least: words(rounded(down.leastMs, grain)),
    down: words(rounded(down.estimateMs, grain)),
    most: words(rounded(down.mostMs, grain)),
    allowed: budgetMs === null ? null : words(rounded(budgetMs, grain)),
    left: leftMs === null || leftMs < 0 ? null : words(leftMs),
    overspent: leftMs === null || leftMs >= 0 ? null : words(-leftMs),
  };
}

function rounded(ms: Ms, grain: Ms): Ms {
  return Math.round(ms / grain) * grain;
}
