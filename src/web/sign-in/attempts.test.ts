import { expect, test } from 'vitest';
import { createHandClock } from '../../lib/hand-clock.ts';
import { HOUR, MINUTE, SECOND } from '../../lib/time.ts';
import { createAttempts } from './attempts.ts';

function bench() {
  const clock = createHandClock(0);
  const attempts = createAttempts(clock);
  const fail = (n: number, address: string, name: string): readonly number[] =>
    Array.from({ length: n }, () => attempts.begin(address, name));
  return { clock, attempts, fail };
}

test('five are free, then each further one doubles the wait', async () => {
  const { clock, fail } = bench();
  expect(fail(6, '192.0.2.7', 'li wei')).toEqual([0, 0, 0, 0, 0, SECOND]);
  for (const wait of [1, 2, 4, 8]) {
    await clock.advance(wait * SECOND);
    expect(fail(2, '192.0.2.7', 'li wei')).toEqual([0, 2 * wait * SECOND]);
  }
});

test('an address waits whatever name it tries next, and a name whatever address it is tried from', () => {
  const { fail } = bench();
  fail(5, '192.0.2.7', 'li wei');
  expect(fail(1, '192.0.2.7', 'chen jie')).toEqual([SECOND]);
  expect(fail(1, '192.0.2.8', 'li wei')).toEqual([SECOND]);
  expect(fail(1, '192.0.2.8', 'chen jie')).toEqual([0]);
});

test('a network of IPv6 is one address', () => {
  const { fail } = bench();
  for (const n of [1, 2, 3, 4, 5]) fail(1, `2001:db8:0:1::${n}`, `name ${n}`);
  expect(fail(1, '2001:0db8:0:1:ffff::9', 'another')).toEqual([SECOND]);
  expect(fail(1, '2001:db8:0:2::9', 'another')).toEqual([0]);
});

test('the wait of a name ends at a minute, so that nobody is locked out for long; that of an address at a quarter of an hour', async () => {
  const { clock, attempts } = bench();
  const longest = { from: 0, of: 0 };
  for (let n = 0; n < 60; n++) {
    const wait = attempts.begin(`192.0.2.${n}`, 'li wei');
    longest.of = Math.max(longest.of, wait);
    await clock.advance(wait);
  }
  expect(longest.of).toBe(MINUTE);
  for (let n = 0; n < 60; n++) {
    const wait = attempts.begin('198.51.100.1', `name ${n}`);
    longest.from = Math.max(longest.from, wait);
    await clock.advance(wait);
  }
  expect(longest.from).toBe(15 * MINUTE);
});

test('a good one forgets what failed for its name, and so does an hour', async () => {
  const { clock, attempts, fail } = bench();
  fail(4, '192.0.2.7', 'li wei');
  expect(attempts.begin('192.0.2.8', 'li wei')).toBe(0);
  attempts.good('192.0.2.8', 'li wei');
  expect(fail(6, '192.0.2.9', 'li wei')).toEqual([0, 0, 0, 0, 0, SECOND]);
  await clock.advance(HOUR);
  expect(fail(5, '192.0.2.9', 'li wei')).toEqual([0, 0, 0, 0, 0]);
});

test('who signs in well between guesses at the names of others waits like anybody', () => {
  const { attempts, fail } = bench();
  for (const name of ['chen jie', 'wang fang', 'zhao min', 'sun li', 'qian yi']) {
    expect(fail(1, '192.0.2.7', name)).toEqual([0]);
    if (name === 'qian yi') break;
    expect(fail(1, '192.0.2.7', 'li wei')).toEqual([0]);
    attempts.good('192.0.2.7', 'li wei');
  }
  expect(fail(1, '192.0.2.7', 'zhou bo')).toEqual([SECOND]);
});

test('however many sign in well from one address, nobody waits', () => {
  const { attempts } = bench();
  for (let n = 0; n < 50; n++) {
    expect(attempts.begin('192.0.2.7', `name ${n}`)).toBe(0);
    attempts.good('192.0.2.7', `name ${n}`);
  }
});
