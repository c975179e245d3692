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
  test('each visit has a line, and so has each probe that goes out and each end', () => {
    const lines = createEventLines();
    const bad = sampled(goodSample({ ok: false, failure: timedOut }));
    expect(
      [sampled(goodSample()), sampled(goodSample()), launched('inbound'), launched('inbound')].map(lines.of),
    ).toEqual([
      'check imap alice: good in 40 ms',
      'check imap alice: good in 40 ms',
      'inbound in: a probe goes out',
      'inbound in: a probe goes out',
    ]);
    expect(lines.of(bad)).toMatch(/^check imap alice: bad: /);
    expect(lines.of(settled(endedProbe('inbound', 20)))).toMatch(/^inbound in: visible in/);
  });

  test('a launch that is refused is told by the end of its probe, its sample and its attempt are not', () => {
    const route = sampled(goodSample({ check: 'inbound', target: 'in', ok: false, failure: timedOut }));
    expect(createEventLines().of(route)).toBeNull();
  });
});
