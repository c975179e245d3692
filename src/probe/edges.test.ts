import { describe, expect, test } from 'vitest';
import { createEdges } from './edges.ts';
import type { Gap, Sample } from './sample.ts';

const phases = [{ phase: 'connect', ms: 3 }] as const;

function sample(from: number, to: number, check: Sample['check'] = 'imap'): Sample {
  return { system: 's', check, target: 'hq', from, to, ok: true, holdMs: 45_000, phases };
}

const gap = (from: number, to: number, why: Gap['why']): Gap => ({ from, to, why });

describe('what is recorded does not overlap', () => {
  test('a gap begins where the last sample ended', () => {
    const edges = createEdges();
    edges.sample(sample(0, 10));
    expect(edges.gap(gap(5, 20, 'own-line'))).toEqual(gap(10, 20, 'own-line'));
  });

  test('a gap of which a sample has judged all is none', () => {
    const edges = createEdges();
    edges.sample(sample(0, 30));
    expect(edges.gap(gap(5, 20, 'own-line'))).toBeNull();
  });

  test('a sink gap is cut by outbound samples alone', () => {
    const edges = createEdges();
    edges.sample(sample(0, 10));
    edges.sample(sample(0, 4, 'outbound'));
    expect(edges.gap(gap(2, 20, 'sink'))).toEqual(gap(4, 20, 'sink'));
  });

  test.each(['suspend', 'overload'] as const)('a visit that spans %s begins after it, and has no durations', (why) => {
    const edges = createEdges();
    edges.gap(gap(100, 600_000, why));
    expect(edges.sample(sample(50, 600_005))).toMatchObject({ from: 600_000, to: 600_005, phases: [] });
    expect(edges.sample(sample(600_010, 600_020))).toMatchObject({ from: 600_010, phases });
  });

  test('a visit beside a cut line of our own keeps its durations', () => {
    const edges = createEdges();
    edges.gap(gap(100, 200, 'own-line'));
    expect(edges.sample(sample(150, 300))).toMatchObject({ from: 200, to: 300, phases });
  });
});
