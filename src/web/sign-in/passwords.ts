import { randomBytes } from 'node:crypto';
import { isPassword, parsePasswordHash, type PasswordHash } from '../../lib/password-hash.ts';
import { plainName } from '../../lib/plain-name.ts';
import type { User } from './roles.ts';

/** What became of a name and a password. */
export type Checked =
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'no' }
  | { readonly kind: 'busy' };

/** Those that wait; a hash takes a quarter of a second of a core, and there are measurements to make. */
const MOST_WAITING = 8;

/**
 * Checks one after the other: however many try, one core of the machine works on it at most. An unknown name costs the same
 * as a known one, so that the time tells nothing of who is known.
 */
export function createPasswords(users: readonly User[]): (name: string, password: string) => Promise<Checked> {
  const known = new Map(users.map((user) => [plainName(user.name), { user, hash: hashOf(user) }]));
  const [some] = known.values();
  const nobody: PasswordHash = {
    ...(some?.hash ?? { ln: 15, r: 8, p: 3 }),
    salt: randomBytes(16),
    key: randomBytes(32),
  };
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  return async (name, password) => {
    if (waiting >= MOST_WAITING) return { kind: 'busy' };
    waiting++;
    const found = known.get(plainName(name));
    const checked = last.then(() => isPassword(password, found?.hash ?? nobody));
    last = checked.catch(() => {});
    try {
      const good = await checked;
      return good && found !== undefined ? { kind: 'user', user: found.user } : { kind: 'no' };
    } finally {
      waiting--;
    }
  };
}

function hashOf({ name, password_hash }: User): PasswordHash {
  const hash = parsePasswordHash(password_hash.reveal());
  if (hash === undefined) throw new Error(`the configuration was taken with a password hash of ${name} that is none`);
  return hash;
}
