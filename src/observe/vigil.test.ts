import { expect, test } from 'vitest';
import { createHandClock } from '../lib/hand-clock.ts';
import { silentLog } from '../lib/log.ts';
import { createAuthPacing, loginAt } from '../probe/auth-pacing.ts';
import { createVigil } from './vigil.ts';

function vigil() {
  const clock = createHandClock(0);
  const observer = {
    sighted() {},
    foreign() {},
    watching() {},
    upkeep() {},
    ledgerIsBehind: () => false,
    written: async () => {},
  };
  const attempt = async (): Promise<void> => {};
  const options = {
    system: 'corp',
    mailbox: 'hq',
    clock,
    observer,
    logins: createAuthPacing(),
    login: loginAt({ host: 'mail', port: 993 }, 'hq', { refused_login_wait: 300_000 }),
    log: silentLog,
    random: () => 0.5,
    attempt,
  };
  return { clock, vigil: createVigil(options) };
}

test('a wait ends when its time is over', async () => {
  const { clock, vigil: it } = vigil();
  let endedAt = -1;
  const waiting = it.wait(10_000).then(() => (endedAt = clock.now()));
  await clock.advance(10_000);
  await waiting;
  expect(endedAt).toBe(10_000);
});

test('a wait ends when it is woken', async () => {
  const { clock, vigil: it } = vigil();
  const waiting = it.wait(10_000);
  it.wake();
  await waiting;
  expect(clock.now()).toBe(0);
});

test('what wakes while nobody waits is not lost: the next wait ends at once, the one after it does not', async () => {
  const { clock, vigil: it } = vigil();
  it.wake();
  await it.wait(10_000);
  expect(clock.now()).toBe(0);
  let over = false;
  const second = it.wait(10_000).then(() => (over = true));
  await clock.advance(9_999);
  expect(over).toBe(false);
  await clock.advance(1);
  await second;
  expect(over).toBe(true);
});
