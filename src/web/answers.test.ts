import { beforeEach, describe, expect, test } from 'vitest';
import { createHandClock, type HandClock } from '../lib/hand-clock.ts';
import { SECOND } from '../lib/time.ts';
import { createAnswers, NoAnswerError, type Answers } from './answers.ts';

let clock: HandClock;
let answers: Answers<string>;
let failures: string[];
let made: string[];
let running: number;
let most: number;

beforeEach(() => {
  clock = createHandClock(0);
  failures = [];
  made = [];
  [running, most] = [0, 0];
  const failed = (key: string, error: unknown): void => void failures.push(`${key}: ${String(error)}`);
  answers = createAnswers({ clock, keepMs: 5 * SECOND, limitMs: 20 * SECOND, maxWaiting: 3, failed });
});

/** Takes so long by the hand clock. */
function taking(ms: number, key: string): () => Promise<string> {
  return async () => {
    most = Math.max(most, ++running);
    made.push(key);
    await new Promise<void>((resolve) => void clock.after(ms, resolve));
    running--;
    return `${key} ${made.length}`;
  };
}

const ask = (key: string, ms = SECOND): Promise<string> => answers.ask(key, taking(ms, key));

describe('however many ask', () => {
  test('the same question at once is answered once', async () => {
    const all = Promise.all(Array.from({ length: 50 }, () => ask('a')));
    await clock.advance(SECOND);
    expect(new Set(await all)).toEqual(new Set(['a 1']));
    expect(made).toEqual(['a']);
  });

  test('an answer is good for a while and no longer', async () => {
    const first = ask('a');
    await clock.advance(SECOND);
    await clock.advance(5 * SECOND - 1);
    expect(await ask('a')).toBe(await first);
    await clock.advance(1);
    const later = ask('a');
    await clock.advance(SECOND);
    expect(await later).toBe('a 2');
  });

  test('different questions are answered one after the other', async () => {
    const all = Promise.all([ask('a'), ask('b'), ask('c')]);
    await clock.advance(3 * SECOND);
    expect(await all).toEqual(['a 1', 'b 2', 'c 3']);
    expect(most).toBe(1);
  });

  test('more than may wait are sent away, and the answers that are being made are still to be had', async () => {
    const all = Promise.all([ask('a'), ask('b'), ask('c')]);
    const why = { zh: '前面还有 3 个请求', en: '3 other requests are before it' };
    await expect(ask('d')).rejects.toEqual(new NoAnswerError(why));
    const again = ask('c');
    await clock.advance(3 * SECOND);
    expect((await all)[2]).toBe(await again);
    const later = ask('d');
    await clock.advance(SECOND);
    expect(await later).toBe('d 4');
  });
});

describe('what fails', () => {
  test('is told to all who asked and once to whoever keeps the log, and is tried anew by the next', async () => {
    const broken = () => answers.ask('a', () => Promise.reject(new Error('the thread died')));
    const all = await Promise.allSettled([broken(), broken(), broken()]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(failures).toEqual(['a: Error: the thread died']);
    const next = ask('a');
    await clock.advance(SECOND);
    expect(await next).toBe('a 1');
  });

  test('what throws before it promises anything is the same', async () => {
    await expect(
      answers.ask('a', () => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
  });

  test('one that takes too long is given up and told so, and the next question has its turn', async () => {
    let aborted = false;
    const endless = answers.ask('a', (signal) => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise<string>(() => {});
    });
    const outcome = Promise.allSettled([endless]);
    const next = ask('b');
    await clock.advance(20 * SECOND);
    const why = { zh: '20.0 秒内未能算出', en: 'it was not computed within 20.0 s' };
    expect(await outcome).toEqual([{ status: 'rejected', reason: new NoAnswerError(why) }]);
    expect(aborted).toBe(true);
    await clock.advance(SECOND);
    expect(await next).toBe('b 1');
  });

  test('the time that it waited for others is not counted against it', async () => {
    const all = Promise.all([ask('a', 15 * SECOND), ask('b', 15 * SECOND)]);
    await clock.advance(30 * SECOND);
    expect(await all).toEqual(['a 1', 'b 2']);
  });
});
