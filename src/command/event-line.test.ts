import { describe, expect, test } from 'vitest';
import { endedProbe, goodSample, launched, sampled, settled, START, timedOut } from '../../test/support/feed.ts';
import { createEventLines } from './event-line.ts';

const spoiled = settled(endedProbe('outbound', null, { outcome: 'void', settledAt: START }));

describe('the start of an agent beside a sandbox', () => {
  test.each([
    [0, []],
    [1, ['1 probe of the last run is void: the sink was not there']],
    [3, ['3 probes of the last run are void: the sink was not there']],
  ])('%i probes that the last run spoiled are told in one line at most', (count, summary) => {
    const lines = createEventLines();
    for (let n = 0; n < count; n++) expect(lines.ofStart(spoiled)).toBeNull();
    expect(lines.startSummary()).toEqual(summary);
  });

  test('whatever else is told at the start has its own line', () => {
    const lines = createEventLines();
    expect(lines.ofStart(settled(endedProbe('inbound', 20)))).toMatch(/^inbound in: visible in/);
    expect(lines.ofStart({ kind: 'gap', at: START, gap: { from: START - 5_000, to: START, why: 'stopped' } })).toMatch(
      /^unmeasured for .* \(stopped\)$/,
    );
    expect(lines.startSummary()).toEqual([]);
  });

  test('one that is void later on has a line of its own', () => {
    expect(createEventLines().of(spoiled)).toBe('outbound out: void');
  });
});

describe('later', () => {
  test('a target has a line when it changes, and none while it stays as it is', () => {
    const lines = createEventLines();
    const bad = sampled(goodSample({ ok: false, failure: timedOut }));
    const told = [sampled(goodSample()), sampled(goodSample()), bad, bad, sampled(goodSample())].map(lines.of);
    expect(told.map((line) => line !== null)).toEqual([true, false, true, false, true]);
  });

  test('of the probes that go out the first of each route is told, of all their ends', () => {
    const lines = createEventLines();
    expect([launched('inbound'), launched('inbound'), launched('internal')].map(lines.of)).toEqual([
      'inbound in: a probe goes out',
      null,
      'internal round: a probe goes out',
    ]);
    expect([1, 2].map(() => lines.of(settled(endedProbe('inbound', 20))))).not.toContain(null);
  });
});
