import { expect, test } from 'vitest';
import { endedProbe, goodSample, launched, sampled, settled, START, timedOut } from '../../test/support/feed.ts';
import type { AgentEvent } from '../probe/event.ts';
import { eventWords } from './event-words.ts';
import { createRecentEvents } from './recent.ts';

const facts = { startedAt: START, endedAt: START, peer: 'mx1.example.org:25', phases: [], transcript: [] };
const probe = endedProbe('outbound', 12);
const contact = { probeId: probe.id, at: START, kind: 'contact', peer: 'mx1' } as const;
const failure = { ...timedOut, detail: 'no banner', words: '421 busy' };

const rows: readonly (readonly [AgentEvent, string, string])[] = [
  [launched('outbound'), 'plain', 'hq, outbound out: a probe goes out'],
  [
    {
      kind: 'sent',
      at: START,
      probe,
      final: true,
      result: { ...facts, kind: 'accepted', acceptedAt: START, line: '250' },
    },
    'plain',
    'hq, outbound out: accepted by mx1.example.org:25',
  ],
  [
    { kind: 'sent', at: START, probe, final: true, result: { ...facts, kind: 'uncertain', failure, dotAt: START } },
    'bad',
    'hq, outbound out: uncertain: no banner (421 busy)',
  ],
  [
    { kind: 'sighted', at: START, probe, sighting: contact, meaning: 'first' },
    'plain',
    'hq, outbound out: the mail system came to our sink',
  ],
  [
    { kind: 'sighted', at: START, probe, sighting: contact, meaning: 'duplicate' },
    'bad',
    'hq, outbound out: the mail system came to our sink (a duplicate)',
  ],
  [settled(probe), 'good', 'hq, outbound out: relayed after 12 ms'],
  [
    settled(endedProbe('inbound', 1_250, { misfiled: true, folder: 'Junk' })),
    'warn',
    'hq, inbound in: visible in Junk after 1.25 s: misfiled as junk',
  ],
  [settled(endedProbe('inbound', null)), 'bad', 'hq, inbound in: lost'],
  [settled(endedProbe('inbound', null, { outcome: 'void' })), 'unmeasured', 'hq, inbound in: void'],
  [
    settled(endedProbe('outbound', null, { route: 'outbound', outcome: 'refused', failure })),
    'bad',
    'hq, outbound: refused: no banner (421 busy)',
  ],
  [
    sampled(goodSample({ ok: false, failure: { ...failure, detail: 'it said "421 busy"' } })),
    'bad',
    'hq, check imap alice: bad: it said "421 busy"',
  ],
  [sampled(goodSample()), 'good', 'hq, check imap alice: good in 40 ms'],
  [
    sampled(goodSample({ transient: failure })),
    'plain',
    'hq, check imap alice: good at the second attempt; the first: no banner (421 busy)',
  ],
  [sampled(goodSample({ ok: false, failure })), 'bad', 'hq, check imap alice: bad: no banner (421 busy)'],
  [
    { kind: 'voided', at: START, system: 'hq', check: 'imap', target: 'alice', failure, why: 'own-line' },
    'unmeasured',
    'hq, check imap alice: not judged, our own side (own-line): no banner (421 busy)',
  ],
  [
    { kind: 'gap', at: START, gap: { from: START, to: START + 90_000, why: 'suspend' } },
    'unmeasured',
    'unmeasured for 1 min 30 s (suspend)',
  ],
  [
    { kind: 'watching', at: START, system: 'hq', mailbox: 'alice', state: 'down', failure },
    'bad',
    'hq, mailbox alice: not watched: no banner (421 busy)',
  ],
  [
    { kind: 'upkeep', at: START, system: 'hq', mailbox: 'alice', deleted: 3, left: 1, words: 'NO [NOPERM]' },
    'bad',
    'hq, mailbox alice: 3 of our own deleted, 1 left: NO [NOPERM]',
  ],
  [{ kind: 'foreign', at: START, place: 'sink', what: 'stranger' }, 'plain', 'ignored at the sink: stranger'],
  [{ kind: 'clock-step', at: START, stepMs: -3_600_000 }, 'unmeasured', 'the wall clock was stepped by -1 h'],
];

test.each(rows.map((row) => [`${row[0].kind}: ${row[2]}`, ...row] as const))('%s', (_, event, tone, text) => {
  expect(eventWords(event)).toEqual({ tone, text });
  // In Chinese the same, and nothing in English but names and what servers said.
  const chinese = eventWords(event, 'with-system', 'zh');
  expect(chinese.tone).toBe(tone);
  expect(chinese.text.match(/[A-Za-z]{2,}/g) ?? []).toEqual(
    expect.not.arrayContaining(['probe', 'the', 'good', 'bad', 'banner', 'after', 'our', 'unmeasured', 'check']),
  );
  expect(chinese.text).toMatch(/[\u4e00-\u9fff]/);
});

test('the last events are kept, oldest first, without visits that went as ever', () => {
  const recent = createRecentEvents(3);
  const steps = [1, 2, 3, 4].map((stepMs): AgentEvent => ({ kind: 'clock-step', at: START, stepMs }));
  for (const event of [sampled(goodSample()), ...steps, sampled(goodSample())]) recent.on(event);
  expect(recent.list()).toEqual(steps.slice(1));
});

test('a folder that a server named to move a terminal is told without that', () => {
  const folder = `\u001b]0;pwned\u0007\u202eJunk${'k'.repeat(500)}`;
  const { text } = eventWords(settled(endedProbe('inbound', 20, { folder })));
  // eslint-disable-next-line no-control-regex -- they are what must not be there
  expect(text).not.toMatch(/[\u0000-\u001f\u202e]/);
  expect(text.length).toBeLessThan(200);
});

test('a failure is told in Chinese by its cause and phase, with the words of the server as they are', () => {
  const event = sampled({ ...goodSample(), ok: false, failure });
  expect(eventWords(event, 'without-system', 'zh').text).toBe('检查 IMAP alice：失败：超时无应答（问候）：421 busy');
});
