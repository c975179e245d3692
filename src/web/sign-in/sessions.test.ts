import { expect, test } from 'vitest';
import { createHandClock } from '../../lib/hand-clock.ts';
import { Secret } from '../../lib/secret.ts';
import { HOUR, MINUTE } from '../../lib/time.ts';
import { createSessions } from './sessions.ts';

const LI = { name: 'Li Wei', role: 'operator', systems: 'all', password_hash: new Secret('x') } as const;

function bench() {
  const clock = createHandClock(0);
  return { clock, sessions: createSessions(clock, { idleMs: 30 * MINUTE, limitMs: 2 * HOUR }) };
}

test('one is found by its id alone, which is 256 random bits', () => {
  const { sessions } = bench();
  const [one, other] = [sessions.open(LI), sessions.open(LI)];
  expect(one).toMatch(/^[\w-]{43}$/);
  expect(one).not.toBe(other);
  expect(sessions.find(one, true)).toMatchObject({ user: LI });
  expect(sessions.find(`${one.slice(0, -1)}_`, true)).toBeNull();
  expect(sessions.find('', true)).toBeNull();
});

test('it ends when nobody uses it for so long', async () => {
  const { clock, sessions } = bench();
  const id = sessions.open(LI);
  await clock.advance(29 * MINUTE);
  expect(sessions.find(id, true)).not.toBeNull();
  await clock.advance(29 * MINUTE);
  expect(sessions.find(id, true)).not.toBeNull();
  await clock.advance(30 * MINUTE);
  expect(sessions.find(id, true)).toBeNull();
});

test('a page that refreshes itself does not keep it open', async () => {
  const { clock, sessions } = bench();
  const id = sessions.open(LI);
  await clock.advance(20 * MINUTE);
  expect(sessions.find(id, false)).not.toBeNull();
  await clock.advance(10 * MINUTE);
  expect(sessions.find(id, false)).toBeNull();
});

test('it ends after its limit, however much it is used', async () => {
  const { clock, sessions } = bench();
  const id = sessions.open(LI);
  for (let n = 0; n < 11; n++) {
    await clock.advance(10 * MINUTE);
    expect(sessions.find(id, true)).not.toBeNull();
  }
  await clock.advance(10 * MINUTE);
  expect(sessions.find(id, true)).toBeNull();
});

test('closing ends it at once', () => {
  const { sessions } = bench();
  const id = sessions.open(LI);
  sessions.close(id);
  expect(sessions.find(id, true)).toBeNull();
});
