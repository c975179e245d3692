import type { Role } from '../../config/schema-access.ts';
import type { AgentSettings } from '../../config/settings.ts';

export type User = AgentSettings['users'][number];

export type Ability = 'look' | 'enter' | 'withdraw' | 'approve';

const ABILITIES: Readonly<Record<Role, readonly Ability[]>> = {
  viewer: ['look'],
  operator: ['look', 'enter', 'withdraw'],
  // Of the other party: whoever could do both could approve through a second account what the first one entered.
  customer: ['look', 'approve'],
};

/** Whether a user may do such a thing in a system. That nobody approves a window which they entered holds beside it. */
export function may({ role, systems }: Pick<User, 'role' | 'systems'>, ability: Ability, system: string): boolean {
  return ABILITIES[role].includes(ability) && isFor({ systems }, system);
}

export function isFor({ systems }: Pick<User, 'systems'>, system: string): boolean {
  return systems === 'all' || systems.includes(system);
}
