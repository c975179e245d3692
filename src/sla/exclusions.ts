import type { Contract } from '../config/contract.ts';
import type { ExclusionFact } from '../facts/facts.ts';
import { union, type Interval, type Intervals } from './interval.ts';

/** The ground of maintenance: its announced windows are adjustment in clause 3. */
export const ADJUSTMENT_GROUND = 'a';

/** Why a window takes nothing out; undefined: it counts. */
export type NotCounted = 'withdrawn' | 'replaced' | 'unapproved';

/** What the contract makes of every exclusion of the facts. */
export interface Windows {
  /** Why one does not count. */
  notCounted(exclusion: ExclusionFact): NotCounted | undefined;
  /** The union of the counted windows of these grounds; `wouldBe` counts those that wait for approval, too. */
  taken(grounds: readonly string[], wouldBe?: boolean): Intervals;
  /** Maintenance: counted, and both announced and entered before it began. */
  adjustment(wouldBe?: boolean): Intervals;
  /** Whether a window of these grounds inside the span waits for approval; of maintenance, one that was announced. */
  waiting(grounds: readonly string[], span: Interval): boolean;
  adjustmentWaiting(span: Interval): boolean;
}

export function windowsOf(exclusions: readonly ExclusionFact[], contract: Contract): Windows {
  const replaced = new Set(exclusions.map(({ replaces }) => replaces));
  const notCounted = (exclusion: ExclusionFact): NotCounted | undefined => {
    if (exclusion.withdrawn_at !== undefined) return 'withdrawn';
    if (replaced.has(exclusion.id)) return 'replaced';
    const needsApproval = contract.grounds[exclusion.ground]?.needs_approval ?? true;
    return needsApproval && exclusion.approved_at === undefined ? 'unapproved' : undefined;
  };
  const counts = (exclusion: ExclusionFact, wouldBe: boolean): boolean => {
    const why = notCounted(exclusion);
    return why === undefined || (wouldBe && why === 'unapproved');
  };
  const waitsIn = (exclusion: ExclusionFact, span: Interval): boolean =>
    notCounted(exclusion) === 'unapproved' && exclusion.from < span.to && exclusion.to > span.from;
  return {
    notCounted,
    taken: (grounds, wouldBe = false) =>
      union(exclusions.filter((one) => grounds.includes(one.ground) && counts(one, wouldBe))),
    adjustment: (wouldBe = false) => union(exclusions.filter((one) => isAdjustment(one) && counts(one, wouldBe))),
    waiting: (grounds, span) => exclusions.some((one) => grounds.includes(one.ground) && waitsIn(one, span)),
    adjustmentWaiting: (span) => exclusions.some((one) => isAdjustment(one) && waitsIn(one, span)),
  };
}

function isAdjustment({ ground, announced_at, entered_at, from }: ExclusionFact): boolean {
  return ground === ADJUSTMENT_GROUND && announced_at !== undefined && announced_at < from && entered_at < from;
}
