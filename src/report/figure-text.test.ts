import { describe, expect, test } from 'vitest';
import type { ObjectiveReport } from '../sla/report.ts';
import { boundText, figure, limitText, marginOf, marginText, NONE, rangeText, withUnit } from './figure-text.ts';

describe('a figure', () => {
  test.each([
    ['has two decimals', 12.5, 'min', [44], '12.50'],
    ['is not rounded up to its limit', 43.999, 'min', [44], '43.999'],
    ['is not rounded down to its limit', 44.0001, 'min', [44], '44.0001'],
    ['is told from the limit by as little as a millisecond', 99.999983, 'min', [100], '99.99998'],
    ['stands at its limit', 44, 'min', [44], '44.00'],
    ['of a share shows all that was computed', 0.999899, 'ratio', [0.9999], '99.9899'],
    ['of a share is not rounded across the limit', 0.99989996, 'ratio', [0.9999], '99.989996'],
    ['of a share just under all is not all', 0.99999999, 'ratio', [], '99.999999'],
    ['of a share that is all is 100', 1, 'ratio', [0.999], '100'],
    ['just above nothing is not nothing', 0.0001, 'min', [], '0.0001'],
    ['that is nothing is 0', 0, 'min', [44], '0'],
    ['of a count has no decimals', 2, 'count', [2], '2'],
    ['sets thousands apart', 44640, 'count', [], '44,640'],
    ['of whole days has no decimals', 365, 'days', [360], '365'],
    ['of parts of a day has', 6.5, 'days', [7], '6.50'],
    ['below zero has a true minus', -1234.5, 'min', [], '−1,234.50'],
  ] as const)('%s: %d as %s', (_, value, unit, guards, text) => {
    expect(figure(value, unit, guards)).toBe(text);
  });
});

test.each([
  ['zh', 12.5, 'min', '12.50 分钟'],
  ['en', 12.5, 'min', '12.50 min'],
  ['zh', 0.999, 'ratio', '99.9000%'],
  ['en', 0.000007, 'points', '0.0007 % points'],
  ['en', 3, 'count', '3'],
  ['en', 1, 'days', '1 day'],
] as const)('in %s %d %s is "%s"', (lang, value, unit, text) => {
  expect(withUnit(lang, value, unit)).toBe(text);
});

test.each([
  [0.999, 'ratio', '99.9 %'],
  [0.9999, 'ratio', '99.99 %'],
  [3e-5, 'ratio', '0.003 %'],
  [44, 'min', '44 min'],
  [3600, 's', '3,600 s'],
] as const)('a limit of %d (%s) is printed as it was agreed: %s', (limit, unit, text) => {
  expect(limitText('en', limit, unit)).toBe(text);
});

test('a range says its unit once', () => {
  expect(rangeText('en', 11.9, 53, 'min')).toBe('11.90 – 53.00 min');
  expect(rangeText('en', 53, 53, 'min')).toBe('53.00 min');
});

describe('the margin', () => {
  const objective = (more: Partial<ObjectiveReport>): ObjectiveReport => ({
    metric: 'down_minutes',
    op: '<',
    limit: 44,
    value: 12.5,
    best: 12.5,
    worst: 12.5,
    verdict: 'met',
    governs: true,
    ...more,
  });
  test.each([
    ['is what is left below a limit', {}, 31.5],
    ['is below zero beyond it', { value: 44.3 }, -0.3],
    ['is what lies above a limit that must be reached', { op: '>=', limit: 0.999, value: 0.999719 }, 0.000719],
    ['is below zero where it is not reached', { op: '>=', limit: 0.9999, value: 0.999899 }, -0.000001],
    ['is none without data', { value: null }, null],
    [
      'of an availability is its own while time runs',
      { metric: 'availability', op: '>=', limit: 0.999, value: 0.9995, best: 0.9996, reason: 'running' },
      0.0005,
    ],
    [
      'counts from the most that still can be while time runs',
      { metric: 'fault_free_days', op: '>=', limit: 360, value: 78, best: 364, worst: null, reason: 'running' },
      4,
    ],
  ] as const)('%s', (_, more, margin) => {
    expect(marginOf(objective(more))).toBe(margin);
  });

  test.each([
    ['43.20 − 11.84', { limit: 43.2, value: 11.835 }, '31.36 min'],
    ['44 − 11.84', { value: 11.8351 }, '32.16 min'],
    ['43.2 − 43.1997, where fewer decimals would hide it', { limit: 43.2, value: 43.199_7 }, '0.0003 min'],
    ['44 − 44.31', { value: 44.305_001 }, '−0.31 min'],
    ['44 − 0', { value: 0 }, '44.00 min'],
    ['44 − 44', { value: 44 }, '0 min'],
    ['99.9719 % − 99.9 %', { metric: 'availability', op: '>=', limit: 0.999, value: 0.999_719 }, '0.0719 % points'],
    ['364 − 360', { metric: 'fault_free_days', op: '>=', limit: 360, value: 364 }, '4 days'],
    ['no value', { value: null }, NONE],
  ] as const)('as printed is %s', (_, more, margin) => {
    expect(marginText('en', objective(more))).toBe(margin);
  });

  test('stands beside the limit with its sign', () => {
    expect(boundText('zh', objective({ op: '>=', limit: 0.999, metric: 'availability' }))).toBe('≥ 99.9%');
  });
});
