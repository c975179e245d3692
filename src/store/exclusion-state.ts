import type { Contract } from '../config/contract.ts';
import type { StoredExclusion } from './exclusions.ts';

/** How a window stands. `strange`: the contract has not its ground (any more). */
export type ExclusionState = 'counts' | 'waiting' | 'withdrawn' | 'replaced' | 'strange';

/** Under a contract. */
export function stateOf(
  { fact, replaced_by }: StoredExclusion,
  { grounds }: Pick<Contract, 'grounds'>,
): ExclusionState {
  if (fact.withdrawn_at !== undefined) return 'withdrawn';
  if (replaced_by !== undefined) return 'replaced';
  const ground = Object.hasOwn(grounds, fact.ground) ? grounds[fact.ground] : undefined;
  if (ground === undefined) return 'strange';
  return ground.needs_approval && fact.approved_at === undefined ? 'waiting' : 'counts';
}
