import { expect, test } from 'vitest';
import type { Role } from '../../config/schema-access.ts';
import { may, type Ability } from './roles.ts';

const rows: readonly (readonly [Role, Ability, boolean])[] = [
  ['viewer', 'look', true],
  ['viewer', 'enter', false],
  ['viewer', 'withdraw', false],
  ['viewer', 'approve', false],
  ['operator', 'look', true],
  ['operator', 'enter', true],
  ['operator', 'withdraw', true],
  ['operator', 'approve', false],
  ['customer', 'look', true],
  ['customer', 'enter', false],
  ['customer', 'withdraw', false],
  ['customer', 'approve', true],
];

test.each(rows)('%s, %s: %s', (role, ability, allowed) => {
  expect(may({ role, systems: 'all' }, ability, 'hq')).toBe(allowed);
  expect(may({ role, systems: ['web', 'hq'] }, ability, 'hq')).toBe(allowed);
  expect(may({ role, systems: ['web'] }, ability, 'hq')).toBe(false);
});
