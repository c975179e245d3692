import { describe, expect, test } from 'vitest';
import { afterCrash, afterSend, delayOf, launchedState, settle, sight, voided } from './correlate.ts';
import type { ProbeState } from './probe-state.ts';
import type { Probe, RouteKind } from './probe.ts';
import type { SendResult } from './send-result.ts';
import type { Sighting } from './sighting.ts';

const HOUR = 3_600_000;
const facts = { startedAt: 0, endedAt: 1_000, peer: 'mx:25', phases: [], transcript: [] };
const failure = { cause: 'refused', phase: 'data', detail: 'no' } as const;
const accepted: SendResult = { ...facts, kind: 'accepted', acceptedAt: 1_000, line: '250 ok' };
const refused: SendResult = { ...facts, kind: 'refused', permanent: true, failure };
const uncertain: SendResult = { ...facts, kind: 'uncertain', failure, dotAt: 900 };

function probeOn(kind: RouteKind): ProbeState {
  const probe: Probe = {
    id: 'p1',
    system: 's',
    route: kind,
    kind,
    mailbox: kind === 'outbound' ? null : 'hq',
    launchedAt: 0,
  };
  return launchedState(probe);
}
const contact = (at: number): Sighting => ({ kind: 'contact', probeId: 'p1', at, peer: '127.0.0.1' });
const copy = (at: number): Sighting => ({ kind: 'copy', probeId: 'p1', at, bytes: 500, altered: false, headers: '' });
const visible = (at: number, copyId = `c${at}`, junk = false): Sighting => ({
  ...{ kind: 'visible', probeId: 'p1', at, mailbox: 'hq', folder: junk ? 'Junk' : 'INBOX', junk },
  ...{ unseenUntil: at - 2, copyId, headers: '' },
});
const bounce = (at: number, permanent = true): Sighting => ({
  ...{ kind: 'bounce', probeId: 'p1', at, mailbox: 'hq', permanent, words: '552 5.2.2 quota' },
});

/** What happens to a probe, in order; `settle` at an instant. */
type Step = SendResult | Sighting | { readonly settleAt: number } | 'void' | 'crash';

function live(
  kind: RouteKind,
  steps: readonly Step[],
): { outcome: string; delay: number | null; copies: number; meanings: string[] } {
  let state = probeOn(kind);
  const meanings: string[] = [];
  for (const step of steps) {
    if (step === 'void') state = voided(state, 5_000);
    else if (step === 'crash') state = afterCrash(state);
    else if ('settleAt' in step) state = settle(state, step.settleAt, 24 * HOUR) ?? state;
    else if ('probeId' in step) {
      const seen = sight(state, step);
      state = seen.state;
      meanings.push(seen.meaning);
    } else state = afterSend(state, step, null);
  }
  return { outcome: state.outcome, delay: delayOf(state), copies: state.copies, meanings };
}

const at = (settleAt: number): Step => ({ settleAt });

test.each<[string, number | null, number | null, number | null]>([
  ['this run had looked', null, 7, 7],
  ['nobody had looked', null, null, null],
  ['only an earlier run had looked', 7, null, 7],
  ['both had looked', 7, 8, 8],
  ['this run had not got so far', 7, 6, 7],
  ['the wall was set back between the runs', 70, null, 9],
])('until when it surely was not there: %s', (_name, known, told, expected) => {
  const sighting = { ...visible(9), unseenUntil: told } as Sighting;
  expect(sight({ ...probeOn('inbound'), unseenUntil: known }, sighting).state.unseenUntil).toBe(expected);
});

describe('the life of a probe', () => {
  test.each<[string, RouteKind, Step[], Partial<ReturnType<typeof live>>]>([
    ['accepted and not seen yet is pending', 'inbound', [accepted, at(2_000)], { outcome: 'pending', delay: null }],
    [
      'seen 9 ms after it was accepted',
      'inbound',
      [accepted, visible(1_009), at(1_010)],
      { outcome: 'delivered', delay: 9 },
    ],
    [
      'seen before the sender had its 250: zero, not an error',
      'inbound',
      [visible(999), accepted, at(1_001)],
      { outcome: 'delivered', delay: 0 },
    ],
    ['seen and not accepted yet stays open', 'inbound', [visible(999), at(1_001)], { outcome: 'pending', delay: null }],
    [
      'late by 40 minutes is late, not lost',
      'inbound',
      [accepted, at(2 * HOUR), visible(1_000 + 2_400_000), at(3 * HOUR)],
      { outcome: 'delivered', delay: 2_400_000 },
    ],
    ['lost exactly a day after it was accepted', 'inbound', [accepted, at(1_000 + 24 * HOUR)], { outcome: 'lost' }],
    ['not lost a millisecond before', 'inbound', [accepted, at(999 + 24 * HOUR)], { outcome: 'pending' }],
    [
      'arrived after it was lost: still lost, and told',
      'inbound',
      [accepted, at(25 * HOUR), visible(26 * HOUR)],
      { outcome: 'lost', delay: null, meanings: ['late'] },
    ],
    [
      'found in Junk is delivered',
      'inbound',
      [accepted, visible(1_500, 'c', true), at(1_500)],
      { outcome: 'delivered', delay: 500 },
    ],
    [
      'two copies before it ended',
      'outbound',
      [accepted, contact(1_005), copy(1_010), copy(1_011), at(1_012)],
      { outcome: 'relayed', copies: 2, meanings: ['first', 'first', 'duplicate'] },
    ],
    [
      'a second copy after it ended is a duplicate and changes nothing',
      'inbound',
      [accepted, visible(1_005), at(1_005), visible(66_000)],
      { outcome: 'delivered', delay: 5, copies: 1, meanings: ['first', 'duplicate'] },
    ],
    [
      'the same copy seen again is no duplicate',
      'inbound',
      [accepted, visible(1_005, 'x'), at(1_005), visible(9_000, 'x')],
      { meanings: ['first', 'known'] },
    ],
    [
      'relayed at the first contact, whatever came later',
      'outbound',
      [accepted, contact(1_005), contact(301_000), copy(301_010), at(301_010)],
      { outcome: 'relayed', delay: 5, meanings: ['first', 'again', 'first'] },
    ],
    [
      'a contact without a copy waits a minute for it',
      'outbound',
      [accepted, contact(1_005), at(61_004)],
      { outcome: 'pending' },
    ],
    [
      'and is relayed then: transmission had begun',
      'outbound',
      [accepted, contact(1_005), at(61_005)],
      { outcome: 'relayed', delay: 5 },
    ],
    ['refused ends at once', 'inbound', [refused], { outcome: 'refused', delay: null }],
    [
      'uncertain and seen: it counts, from the final dot',
      'inbound',
      [uncertain, visible(1_000), at(1_000)],
      { outcome: 'delivered', delay: 100 },
    ],
    ['uncertain and never seen is not called lost', 'inbound', [uncertain, at(25 * HOUR)], { outcome: 'uncertain' }],
    [
      'bounced with the words of the remote',
      'internal',
      [accepted, bounce(2_000)],
      { outcome: 'bounced', meanings: ['bounce'] },
    ],
    ['a notice of delay is no bounce', 'internal', [accepted, bounce(2_000, false), at(3_000)], { outcome: 'pending' }],
    [
      'a bounce of a copy that had come changes nothing',
      'outbound',
      [accepted, contact(1_005), copy(1_006), bounce(2_000), at(2_000)],
      { outcome: 'relayed' },
    ],
    [
      'void counts nowhere, and what comes later is not late',
      'outbound',
      [accepted, 'void', contact(6_000), at(7_000)],
      { outcome: 'void', meanings: ['again'] },
    ],
    [
      'killed between launch and answer: it may come, from its launch',
      'inbound',
      ['crash', visible(70_000), at(70_001)],
      { outcome: 'delivered', delay: 70_000 },
    ],
    [
      'killed between launch and answer, never seen: uncertain',
      'inbound',
      ['crash', at(24 * HOUR)],
      { outcome: 'uncertain' },
    ],
  ])('%s', (_name, kind, steps, expected) => {
    expect(live(kind, steps)).toMatchObject(expected);
  });
});
