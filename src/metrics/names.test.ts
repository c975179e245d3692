import { expect, test } from 'vitest';
import { DELAY_EDGES, METRICS, type MetricSpec } from './names.ts';

const specs: readonly MetricSpec[] = Object.values(METRICS);

test.each(specs.map((spec) => [spec.name, spec] as const))(
  '%s has a whole sentence and a name that keeps the rules',
  (name, spec) => {
    expect(spec.help).toMatch(/^[A-Z].{15,}[.]$/);
    expect(name).toMatch(/^(mailwitness|process)_[a-z0-9_]+$/);
    expect(name.endsWith('_total')).toBe(spec.type === 'counter');
    expect(new Set(spec.labels).size).toBe(spec.labels.length);
  },
);

test('no name stands twice', () => {
  expect(new Set(specs.map(({ name }) => name)).size).toBe(specs.length);
});

test('the limits of the contract are edges of the delays, and the edges rise', () => {
  expect(DELAY_EDGES).toEqual(expect.arrayContaining([60, 3_600]));
  expect([DELAY_EDGES[0], DELAY_EDGES.at(-1)]).toEqual([0.005, 21_600]);
  expect([...DELAY_EDGES].sort((a, b) => a - b)).toEqual(DELAY_EDGES);
});
