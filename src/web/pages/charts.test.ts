import { expect, test } from 'vitest';
import { DAY, MINUTE, SECOND } from '../../lib/time.ts';
import type { MonthGlance } from '../../month/glance.ts';
import { budgetBar } from './charts.ts';
import type { View } from './view.tsx';

const VIEW = { lang: 'en', base: '', zone: 'Asia/Shanghai' } as View;

/** [from, to) of each part in the bar, 1 to 399. */
function parts(glance: Partial<MonthGlance>): Readonly<Record<string, readonly number[]>> {
  const svg = budgetBar(VIEW, 'bar', glance as MonthGlance, 'words');
  const found: Record<string, readonly number[]> = {};
  for (const [, name = '', x, width] of svg.matchAll(/<rect class="([a-z-]+)" x="([\d.]+)" y="4" width="([\d.]+)"/g))
    found[name] = [Number(x), Number(x) + Number(width)];
  const [, limit] = /<line class="limit" x1="([\d.]+)"/.exec(svg) ?? [];
  return { ...found, ...(limit !== undefined && { limit: [Number(limit)] }) };
}

test('down time fills the bar as far as the budget is used up, however little was measured', () => {
  const down = { leastMs: 20 * MINUTE, estimateMs: 20 * MINUTE, mostMs: 21 * MINUTE };
  const bar = parts({ down, budgetMs: 40 * MINUTE, unmeasuredMs: 25 * DAY });
  const [limit = 0] = bar['limit'] ?? [];
  expect(limit).toBeCloseTo(1 + 398 / 1.25, 0);
  expect(bar['down']?.[1]).toBeCloseTo(1 + (limit - 1) / 2, 0);
  expect(bar['unmeasured-bar']?.[0]).toBe(bar['bounds']?.[1]);
  expect(bar['unmeasured-bar']?.[1]).toBeCloseTo(399, 0);
});

test('what is over the budget stays in the bar', () => {
  const down = { leastMs: 0, estimateMs: 90 * SECOND, mostMs: 100 * SECOND };
  const bar = parts({ down, budgetMs: 10 * SECOND, unmeasuredMs: 0 });
  expect(bar['bounds']?.[1]).toBeLessThan(399);
  expect(bar['limit']?.[0]).toBeLessThan(50);
  expect(bar['unmeasured-bar']).toBeUndefined();
});
