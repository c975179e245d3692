import { describe, expect, test } from 'vitest';
import { endedProbe, goodSample, launched, sampled, settled, START, timedOut } from '../../test/support/feed.ts';
import type { AgentEvent } from '../probe/event.ts';
import { createRecentEvents } from './recent.ts';

const bad = sampled(goodSample({ ok: false, failure: timedOut }));
const probe = endedProbe('outbound', 5);
const contact = { probeId: probe.id, at: START, kind: 'contact', peer: 'mx1.example.org' } as const;
const sent = (kind: 'accepted' | 'unreachable'): AgentEvent => {
  const facts = { startedAt: START, endedAt: START, peer: 'smtp.example.org:465', phases: [], transcript: [] };
  return {
    kind: 'sent',
    at: START,
    probe,
    final: true,
    result:
      kind === 'accepted'
        ? { ...facts, kind, acceptedAt: START, line: '250 ok' }
        : { ...facts, kind, failure: timedOut },
  };
};
const foreign = (what: 'stranger' | 'forged', at: number): AgentEvent => ({ kind: 'foreign', at, place: 'sink', what });

describe('the events that a person may want to read', () => {
  test.each<[string, AgentEvent, boolean]>([
    ['the first probe of a route goes out', launched('outbound'), true],
    ['it is accepted', sent('accepted'), false],
    ['it is seen', { kind: 'sighted', at: START, probe, sighting: contact, meaning: 'first' }, false],
    ['it is seen twice', { kind: 'sighted', at: START, probe, sighting: contact, meaning: 'duplicate' }, true],
    ['it ends', settled(probe), true],
    ['it cannot be handed over, which its end tells', sent('unreachable'), false],
    ['the first visit went well', sampled(goodSample()), true],
    ['a visit went well at the second attempt', sampled(goodSample({ transient: timedOut })), true],
    ['a visit failed', bad, true],
    ['own mail was deleted', { kind: 'upkeep', at: START, system: 'hq', mailbox: 'a', deleted: 2, left: 0 }, false],
    ['own mail stays', { kind: 'upkeep', at: START, system: 'hq', mailbox: 'a', deleted: 0, left: 2 }, true],
  ])('%s: %#', (_, event, kept) => {
    const recent = createRecentEvents();
    recent.on(event);
    expect(recent.list()).toEqual(kept ? [event] : []);
  });

  test('a check is told when it changes, and not at each visit', () => {
    const recent = createRecentEvents();
    const good = sampled(goodSample());
    const refused = sampled(goodSample({ ok: false, failure: { ...timedOut, cause: 'refused' } }));
    for (const event of [good, good, bad, bad, bad, refused, good, good]) recent.on(event);
    expect(recent.list()).toEqual([good, bad, refused, good]);
  });

  test('of the probes of a route only the first is told when it goes out', () => {
    const recent = createRecentEvents();
    for (const event of [launched('outbound'), launched('outbound')]) recent.on(event);
    expect(recent.list()).toHaveLength(1);
  });

  test('a flood of strangers pushes nothing out: the last of each kind is kept', () => {
    const recent = createRecentEvents();
    recent.on(bad);
    recent.on(foreign('forged', START));
    for (let n = 1; n <= 1_000; n++) recent.on(foreign('stranger', START + n));
    expect(recent.list()).toEqual([bad, foreign('forged', START), foreign('stranger', START + 1_000)]);
  });

  test('the oldest goes first', () => {
    const recent = createRecentEvents(2);
    for (const at of [1, 2, 3]) recent.on({ kind: 'clock-step', at, stepMs: 500 });
    expect(recent.list().map(({ at }) => at)).toEqual([2, 3]);
  });
});
