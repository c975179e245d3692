import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../lib/time.ts';
import { budgetWords } from './budget-words.ts';

const BUDGET = 43.2 * MINUTE;

function words(estimateMs: number, budgetMs: number | null = BUDGET, spread = 0) {
  const down = { leastMs: estimateMs - spread, estimateMs, mostMs: estimateMs + spread };
  return budgetWords('en', { down, budgetMs });
}

describe('what a reader adds up', () => {
  test.each([
    ['half a second each', 11 * MINUTE + 50.5 * SECOND, BUDGET, '11 min 51 s', '43 min 12 s', '31 min 21 s', null],
    ['a little below it', 11 * MINUTE + 50.499 * SECOND, BUDGET, '11 min 50 s', '43 min 12 s', '31 min 22 s', null],
    ['hours keep their seconds', 11 * MINUTE + 50 * SECOND, 7 * HOUR, '11 min 50 s', '7 h', '6 h 48 min 10 s', null],
    ['overspent', 50 * MINUTE, BUDGET, '50 min', '43 min 12 s', null, '6 min 48 s'],
    ['a moment too much is told', BUDGET + 20, BUDGET, '43 min 12.02 s', '43 min 12 s', null, '0.02 s'],
    ['a moment left, too', BUDGET - 400, BUDGET, '43 min 11.6 s', '43 min 12 s', '0.4 s', null],
    ['all spent', BUDGET, BUDGET, '43 min 12 s', '43 min 12 s', '0 s', null],
    ['a moment down is not nothing', 3, BUDGET, '0.003 s', '43 min 12 s', '43 min 11.997 s', null],
    ['nothing down', 0, BUDGET, '0 s', '43 min 12 s', '43 min 12 s', null],
  ])('%s', (_, estimateMs, budgetMs, down, allowed, left, overspent) => {
    expect(words(estimateMs, budgetMs)).toMatchObject({ down, allowed, left, overspent });
  });

  test('bounds are as fine as what they bound', () => {
    expect(words(11 * MINUTE + 50.6 * SECOND, BUDGET, 200)).toMatchObject({
      least: '11 min 50 s',
      down: '11 min 51 s',
      most: '11 min 51 s',
    });
  });

  test('without a limit nothing is left, without data there is nothing to say', () => {
    expect(words(MINUTE, null)).toMatchObject({ down: '1 min', allowed: null, left: null, overspent: null });
    expect(budgetWords('zh', { down: null, budgetMs: null })).toBeNull();
  });
});
