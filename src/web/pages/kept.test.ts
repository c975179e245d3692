import { expect, test } from 'vitest';
import { createHandClock } from '../../lib/hand-clock.ts';
import { createKept } from './kept.ts';

test('what is asked for alike is made once in its time, and then anew', async () => {
  const clock = createHandClock(0);
  const kept = createKept<string>(clock, 1_000);
  const made: string[] = [];
  const ask = (...key: string[]): string =>
    kept(key, () => {
      made.push(key.join(' '));
      return `${key.join(' ')}, number ${made.length}`;
    });
  expect([ask('zh', 'hq'), ask('zh', 'hq'), ask('en', 'hq')]).toEqual([
    'zh hq, number 1',
    'zh hq, number 1',
    'en hq, number 2',
  ]);
  await clock.advance(999);
  expect(ask('zh', 'hq')).toBe('zh hq, number 1');
  await clock.advance(1);
  expect(ask('zh', 'hq')).toBe('zh hq, number 3');
});

test('what could not be made is tried again', () => {
  const kept = createKept<string>(createHandClock(0), 1_000);
  const fail = (): string => {
    throw new Error('not now');
  };
  expect(() => kept(['a'], fail)).toThrow('not now');
  expect(kept(['a'], () => 'now')).toBe('now');
});
