import { describe, expect, test } from 'vitest';
import { hashPassword, isPassword, parsePasswordHash } from './password-hash.ts';

describe('a hash', () => {
  test('is of its password alone, and never the same twice', async () => {
    const [one, other] = [await hashPassword('correct horse'), await hashPassword('correct horse')];
    expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(other);
    const hash = parsePasswordHash(one);
    if (hash === undefined) throw new Error('no hash');
    expect(await isPassword('correct horse', hash)).toBe(true);
    expect(await isPassword('correct horse ', hash)).toBe(false);
    expect(await isPassword('', hash)).toBe(false);
  });

  test('takes a password whichever way its letters are composed', async () => {
    const hash = parsePasswordHash(await hashPassword('caf\u00e9'));
    if (hash === undefined) throw new Error('no hash');
    expect(await isPassword('cafe\u0301', hash)).toBe(true);
  });
});

const SALT = 'c2FsdHNhbHRzYWx0c2FsdA';
const KEY = 'a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U';

test.each([
  ['a hash', `$scrypt$ln=15,r=8,p=3$${SALT}$${KEY}`, true],
  ['one that costs more', `$scrypt$ln=17,r=8,p=1$${SALT}$${KEY}`, true],
  ['one that costs nothing', `$scrypt$ln=4,r=8,p=1$${SALT}$${KEY}`, false],
  ['one that would take all memory', `$scrypt$ln=30,r=8,p=1$${SALT}$${KEY}`, false],
  ['a salt that is too short', `$scrypt$ln=15,r=8,p=3$c2FsdA$${KEY}`, false],
  ['another kind', `$argon2id$v=19$m=65536,t=3,p=4$${SALT}$${KEY}`, false],
  ['a password', 'correct horse', false],
  ['nothing', '', false],
])('%s', (_, text, isOne) => {
  expect(parsePasswordHash(text) !== undefined).toBe(isOne);
});
