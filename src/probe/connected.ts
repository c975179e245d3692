import type { CheckKind, RouteKind } from './probe.ts';
import type { Reachability } from './live-state.ts';

/** A three-valued expression over checks and routes, as a contract writes it. */
export type Expression =
  | CheckKind
  | RouteKind
  | { readonly all: readonly Expression[] }
  | { readonly any: readonly Expression[] };

/** Reading 4 of the contract: send and receive, internal and external, by any one of the ways in. */
export const DEFAULT_CONNECTED: Expression = {
  all: ['submission', 'mx', 'outbound', 'inbound', 'internal', { any: ['imap', 'pop3', 'webmail'] }],
};

/**
 * Value of the expression over the checks that are configured; what is not configured drops out, and an empty
 * expression is null. all: bad where any part is bad, else unmeasured where any is · any: good where any part is good,
 * else unmeasured where any is.
 */
export function evaluate(
  expression: Expression,
  stateOf: (check: CheckKind | RouteKind) => Reachability | null,
): Reachability | null {
  if (typeof expression === 'string') return stateOf(expression);
  const parts = ('all' in expression ? expression.all : expression.any)
    .map((part) => evaluate(part, stateOf))
    .filter((state) => state !== null);
  if (parts.length === 0) return null;
  const decisive = 'all' in expression ? 'bad' : 'good';
  if (parts.includes(decisive)) return decisive;
  if (parts.includes('unmeasured')) return 'unmeasured';
  return decisive === 'bad' ? 'good' : 'bad';
}

/** State of a check over its targets: bad where at least `bad` of them are, good where bad and unmeasured are fewer. */
export function ofTargets(states: readonly Reachability[], bad = 1): Reachability | null {
  if (states.length === 0) return null;
  const needed = Math.min(bad, states.length);
  const badOnes = states.filter((state) => state === 'bad').length;
  const unknown = states.filter((state) => state === 'unmeasured').length;
  if (badOnes >= needed) return 'bad';
  return badOnes + unknown < needed ? 'good' : 'unmeasured';
}
