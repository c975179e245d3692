import type { Contract, Measure } from '../config/contract.ts';
import { SECOND, type Ms } from '../lib/time.ts';

/** What is allowed of a delay; null: nothing is said of it. */
export interface DelayLimits {
  readonly meanMs: Ms | null;
  /** Of one message. */
  readonly maxMs: Ms | null;
}

export const NO_LIMITS: DelayLimits = { meanMs: null, maxMs: null };

interface Limited {
  readonly metric: string;
  /** In seconds, of a mean and of a maximum. */
  readonly limit: number;
  /** What an exceedance exceeds. */
  readonly over_s?: number;
}

/** By the objectives of a clause on delay; the strictest of each kind. */
export function delayLimits(objectives: readonly Limited[]): DelayLimits {
  const of = (metric: string): readonly number[] =>
    objectives.flatMap((one) => (one.metric === metric ? [one.over_s ?? one.limit] : []));
  const strictest = (seconds: readonly number[]): Ms | null =>
    seconds.length === 0 ? null : Math.min(...seconds) * SECOND;
  return { meanMs: strictest(of('mean_s')), maxMs: strictest([...of('max_s'), ...of('exceedances')]) };
}

/** The limits of a route as a contract has them. A letter inside is sent and received: it has those of both. */
export function limitsOfRoute(contract: Contract, kind: 'outbound' | 'inbound' | 'internal'): readonly Ms[] {
  const measures: readonly Measure[] =
    kind === 'outbound' ? ['send_delay'] : kind === 'inbound' ? ['receive_delay'] : ['send_delay', 'receive_delay'];
  return limitsInOrder(
    contract.clauses.flatMap((clause) => {
      if (clause.blank || !measures.includes(clause.measure)) return [];
      const objectives = clause.objectives.map(({ metric, limit, over_s }) => ({
        metric,
        limit: Number(limit.text),
        ...(over_s !== undefined && { over_s: Number(over_s.text) }),
      }));
      return [delayLimits(objectives)];
    }),
  );
}

/** Each once, the smallest first. */
export function limitsInOrder(limits: readonly DelayLimits[]): readonly Ms[] {
  const all = limits.flatMap(({ meanMs, maxMs }) => [meanMs, maxMs]).filter((ms) => ms !== null && ms > 0);
  return [...new Set(all as readonly Ms[])].sort((one, other) => one - other);
}
