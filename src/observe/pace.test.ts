import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../lib/time.ts';
import { backOff } from './back-off.ts';
import { askGap, junkAge } from './pace.ts';

describe('the gap to the next question', () => {
  test.each([
    ['of a probe that was just accepted is 3 ms', 0, 0, 3],
    ["is a quarter of a young one's age", 60, 0, 15],
    ['stays at 50 ms', 1_000, 0, 50],
    ["is 3 % of an old one's age", 100 * SECOND, 0, 3_000],
    ['is never more than 10 s', HOUR, 0, 10_000],
    ['is never less than the mailbox allows', 0, 1_000, 1_000],
  ])('%s', (_name, age, floor, gap) => {
    expect(askGap(age, floor)).toBe(gap);
  });

  test('a probe that takes an hour costs some hundred questions', () => {
    let questions = 0;
    for (let age = 0; age < HOUR; age += askGap(age, 0)) questions += 1;
    expect(questions).toBeLessThan(700);
  });
});

test('Junk is looked into at 0.3 s first, then each time the probe is a quarter older, at least once a minute', () => {
  expect(junkAge(0)).toBe(300);
  expect(junkAge(300)).toBe(375);
  expect(junkAge(HOUR)).toBe(HOUR + MINUTE);
});

describe('the wait before the next attempt to connect', () => {
  test.each([
    ['begins at half a second', 1, 'closed', 0, 500],
    ['doubles', 4, 'timeout', 0, 4_000],
    ['ends at a minute', 1_000, 'connect', 0, MINUTE],
    ['is shortened by chance', 1, 'closed', 0.5, 375],
    ['is a minute at least after a refused login', 1, 'auth', 0.999_999, MINUTE],
    ['grows to a quarter of an hour there', 50, 'auth', 0, 15 * MINUTE],
  ] as const)('%s', (_name, failures, cause, random, wait) => {
    expect(backOff(failures, cause, 5 * MINUTE, () => random)).toBeCloseTo(wait, -1);
  });
});
