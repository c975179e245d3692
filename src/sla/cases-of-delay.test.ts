import { expect, test } from 'vitest';
import { said } from '../../test/support/said.ts';
import {
  IMAP,
  MINUTE,
  at,
  edges,
  exclusion,
  good,
  message,
  messages,
  messagesEachMinute,
  reportOf,
  run,
  CONTRACT,
  type Case,
} from '../../test/support/worked-month.ts';
import type { MessageFact } from '../facts/facts.ts';
import { monthSpan } from './month.ts';

// Rows of the same kind as those of cases.test.ts, at the edges of its rules; each worked out by hand.

type Row = readonly [name: string, given: Case, expected: Readonly<Record<string, unknown>>];

const TEN = at('2026-03-10 10:00');
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const { from: BEGIN, to: END } = monthSpan('2026-03', CONTRACT.timezone);
const waiting = (accepted: number, more: Partial<MessageFact> = {}): MessageFact => message(accepted, undefined, more);
const lost = (accepted: number): MessageFact => waiting(accepted, { outcome: 'lost' });

const ends: readonly Row[] = [
  [
    'twice an hour exactly',
    { messages: [message(TEN, 3600), message(TEN, 3600), ...messages(200, 1)] },
    { '2b.exceedances': 0, '2b.max_s': 3600, '2b.verdict': 'met' },
  ],
  [
    'twice a millisecond more',
    { messages: [message(TEN, 3600.001), message(TEN, 3600.001), ...messages(200, 1)] },
    { '2b.exceedances': 2, '2b.verdict': 'missed', '2b.disagreement': true },
  ],
  ['out as lost_after ends', { messages: [message(TEN, 86_400)] }, { '2b.n': 1, '2b.lost': 0, '2b.exceedances': 1 }],
  [
    'out a millisecond later',
    { messages: [message(TEN, 86_400.001), message(TEN, 1)] },
    { '2b.n': 1, '2b.lost': 1, '2b.exceedances': 1, '2b.mean_s': 1, '2b.over_ids': [] },
  ],
  [
    'bounced, though it was seen',
    { messages: [message(TEN, 5, { outcome: 'bounced' }), message(TEN, 1)] },
    { '2b.lost': 1, '2b.n': 1, '2b.mean_s': 1 },
  ],
  [
    'on its way for lost_after',
    { messages: [waiting(TEN), message(TEN, 1)], to: TEN + DAY },
    { '2b.lost': 0, '2b.pending': 1 },
  ],
  [
    'and a millisecond longer',
    { messages: [waiting(TEN), message(TEN, 1)], to: TEN + DAY + 1 },
    { '2b.lost': 1, '2b.pending': 0, '/pending': 0 },
  ],
  [
    'two on their way for two hours are two exceedances already',
    { messages: [waiting(END - 2 * HOUR), waiting(END - 2 * HOUR), message(TEN, 1)], to: END + 1 },
    { '2b.exceedances': 2, '2b.lost': 0, '2b.verdict': 'missed', '2b.verdict_on_measured': 'met' },
  ],
  [
    'two whose wait was looked at for half an hour are none yet',
    { messages: [1, 2].map(() => waiting(END - 3 * HOUR, { unseen_until: END - 2.5 * HOUR })), to: END + 1 },
    { '2b.exceedances': 0, '2b.objectives.exceedances.verdict': 'open', '2b.objectives.exceedances.reason': 'pending' },
  ],
  [
    'one on its way beside enough that came',
    { messages: [waiting(END - MINUTE), ...messages(5_000, 1)], to: END + 1 },
    { '2b.verdict': 'met', '2b.mean_most_s': 18.276345, '/provisional': true },
  ],
  [
    'twice seen above an hour, perhaps there below it',
    {
      messages: [
        message(TEN, 3600.5, { unseen_until: TEN + 3_599_000 }),
        message(TEN, 3600.5, { unseen_until: TEN + 3_599_000 }),
        ...messages(500, 1),
      ],
    },
    { '2b.exceedances': 2, '2b.verdict': 'open', '2b.reason': 'sampling' },
  ],
  [
    'a mean whose bounds straddle the minute',
    { messages: [message(TEN, 60.001, { unseen_until: TEN + 59_900 })] },
    { '2b.mean_least_s': 59.9, '2b.verdict': 'open', '2b.reason': 'sampling', '2b.verdict_on_measured': 'missed' },
  ],
  [
    'accepted as the month begins, and as it ends',
    { messages: [message(BEGIN, 1), message(END, 50), message(BEGIN - 1, 70)] },
    { '2b.n': 1, '2b.max_s': 1 },
  ],
  [
    'inside, of another kind, and void',
    {
      messages: [
        message(TEN, 7, { route: 'internal' }),
        message(TEN, 9, { kind: 'attachment' }),
        waiting(TEN, { outcome: 'void' }),
        message(TEN, 1),
      ],
    },
    { '2b.n': 1, '2a.verdict': 'no data' },
  ],
  ['arrived before it was accepted', { messages: [message(TEN, -5), message(TEN, 1)] }, { '2b.mean_s': 0.5 }],
  [
    'the nearest rank of four',
    { messages: [1, 2, 3, 4].map((seconds) => message(TEN, seconds)) },
    { '2b.p50_s': 2, '2b.p95_s': 4, '2b.p99_s': 4 },
  ],
  [
    'copies of several, and none of one',
    {
      messages: [
        message(TEN, 1, { duplicates: 2 }),
        message(TEN, 1, { duplicates: 3 }),
        message(TEN, 1, { duplicates: 0 }),
      ],
    },
    { '2b.n': 3, '2b.duplicates': 5 },
  ],
  ['nothing but one that was lost', { messages: [lost(TEN)] }, { '2b.n': 0, '2b.mean_s': null, '2b.exceedances': 1 }],
  [
    'attachments 5 s slower',
    { messages: [message(TEN, 10), message(TEN, 15, { kind: 'attachment' })] },
    { '5b.value': 5, '5b.verdict': 'met' },
  ],
  [
    'attachments 5.001 s slower',
    { messages: [message(TEN, 10), message(TEN, 15.001, { kind: 'attachment' })] },
    { '5b.value': 5.001, '5b.verdict': 'missed' },
  ],
  [
    'spam in Junk',
    { messages: [message(TEN, 1, { kind: 'spam', folder: 'Junk' })] },
    { '4a.value': 0, '4a.verdict': 'met' },
  ],
  ['spam in the inbox', { messages: [message(TEN, 1, { kind: 'spam' })] }, { '4a.value': 1, '4a.verdict': 'missed' }],
  [
    'spam on its way',
    { messages: [waiting(END - MINUTE, { kind: 'spam' })], to: END + 1 },
    { '4a.verdict': 'open', '4a.reason': 'pending', '/pending': 1 },
  ],
  [
    'a virus in Junk, whole',
    { messages: [message(TEN, 1, { kind: 'virus', folder: 'Junk', attachment: true })] },
    { '5a.verdict': 'missed' },
  ],
];

/** What a window takes out of eleven messages: the one, or nothing. */
function takes(name: string, one: MessageFact, from: number, to: number, excluded: number, more: object = {}): Row {
  const window = exclusion('2026-03-10 00:00', '2026-03-10 00:00', { from, to, ...more });
  const sent = [one, ...messages(10, 1, at('2026-03-01 10:00'))];
  return [`a window that ${name}`, { messages: sent, exclusions: [window] }, { '2b.excluded': excluded }];
}

const lives: readonly Row[] = [
  takes('begins as it arrives', message(TEN, 300), TEN + 300_000, TEN + HOUR, 0),
  takes('begins a millisecond before', message(TEN, 300), TEN + 299_999, TEN + HOUR, 1),
  takes('ends as it is accepted', message(TEN, 300), TEN - HOUR, TEN, 0),
  takes('ends a millisecond later', message(TEN, 300), TEN - HOUR, TEN + 1, 1),
  takes('touches the hour of a lost one', lost(TEN), TEN + HOUR - 1, TEN + DAY, 1),
  takes('comes after the hour of a lost one', lost(TEN), TEN + HOUR, TEN + DAY, 0),
  takes('comes after the hour of one that is lost for being late', message(TEN, 90_000), TEN + HOUR, TEN + DAY, 0),
  takes('begins with one that took no time', message(TEN, 0), TEN, TEN + MINUTE, 1),
  takes('ends before one that took no time', message(TEN, 0), TEN - MINUTE, TEN, 0),
  takes('nobody approved', message(TEN, 300), TEN, TEN + MINUTE, 0, { ground: 'a' }),
  takes('is of the next month', message(END - MINUTE, 120), END, END + HOUR, 1),
];

const OUTBOUND = { ...IMAP, outbound: { interval_s: 60, hold_s: 180 } };
const out = (accepted: number, more: Partial<MessageFact>): MessageFact => ({
  ...message(accepted, undefined, { outcome: 'lost' }),
  route: 'outbound',
  ...more,
});
const relayed = (accepted: number, ms: number, more: Partial<MessageFact> = {}): MessageFact =>
  out(accepted, { relayed_at: accepted + ms, outcome: 'relayed', ...more });
const refused = (from: number, to: number, samples: number) => run(false, from, to, { check: 'outbound', samples });
/** Each minute, but for three of which these stand instead. */
const route = (instead: readonly MessageFact[], more: Case = {}): Case => ({
  checks: OUTBOUND,
  messages: [...messagesEachMinute({ without: [TEN, TEN + 2 * MINUTE] }), ...instead],
  ...more,
});
const fine = (minute: number): MessageFact => relayed(TEN + minute * MINUTE, 2_000);
const two = { '1.value': 2, '1.least': 1, '1.most': 3 };

const routes: readonly Row[] = [
  [
    'two lost in a row are bad from the first',
    route([out(TEN, {}), out(TEN + MINUTE, {}), fine(2)]),
    { ...two, '1.outages.0.cause': 'lost' },
  ],
  [
    'one lost and one refused',
    route([out(TEN, {}), fine(2)], { runs: [...good(), refused(TEN + MINUTE, TEN + MINUTE, 1)] }),
    two,
  ],
  [
    'one refused alone',
    route([fine(1), fine(2)], { runs: [...good(), refused(TEN, TEN + 5_000, 1)] }),
    { '1.value': 0, '1.most': 0 },
  ],
  ['a run of two that were refused', route([fine(2)], { runs: [...good(), refused(TEN, TEN + MINUTE, 2)] }), two],
  [
    'two an hour late, exactly',
    route([relayed(TEN, HOUR), relayed(TEN + MINUTE, HOUR), fine(2)]),
    { '1.value': 0, '2a.exceedances': 0 },
  ],
  [
    'two an hour and a millisecond late',
    route([relayed(TEN, HOUR + 1), relayed(TEN + MINUTE, HOUR + 1), fine(2)]),
    { ...two, '2a.exceedances': 2, '1.outages.0.cause': 'late' },
  ],
  [
    'two of which nobody can say whether they were',
    route(
      [0, 1]
        .map((minute) =>
          relayed(TEN + minute * MINUTE, HOUR + 1_000, { unseen_until: TEN + minute * MINUTE + HOUR - 1_000 }),
        )
        .concat(fine(2)),
    ),
    { '1.value': 0, '1.unmeasured': 0 },
  ],
  [
    'a void one between two lost',
    route([out(TEN, {}), out(TEN + MINUTE, { outcome: 'void' }), out(TEN + 2 * MINUTE, {})]),
    { '1.value': 3, '1.least': 2, '1.most': 4 },
  ],
  ['a good one between two lost', route([out(TEN, {}), fine(1), out(TEN + 2 * MINUTE, {})]), { '1.value': 0 }],
  [
    'lost attachments are no samples',
    route([fine(0), fine(1), fine(2), out(TEN, { kind: 'attachment' }), out(TEN + 1, { kind: 'attachment' })]),
    { '1.value': 0 },
  ],
  [
    'two that were lost over the edge of the month',
    {
      checks: OUTBOUND,
      messages: [...messagesEachMinute({ without: [END - MINUTE, END] }), out(END - MINUTE, {}), out(END, {})],
    },
    { '1.value': 1.5, '1.least': 1, '1.most': 2 },
  ],
];

/** All that was sent in the last minutes of the month is on its way, a millisecond after its end. */
function onTheirWay(minutes: number): Case {
  const sent = messagesEachMinute({ without: [END - (minutes - 1) * MINUTE, edges('2026-03', CONTRACT).to] });
  const open = Array.from({ length: minutes }, (_, index) =>
    out(END - (minutes - 1 - index) * MINUTE - 1, { outcome: 'pending' }),
  );
  return { checks: OUTBOUND, messages: [...sent, ...open], to: END };
}

const unsettled: readonly Row[] = [
  [
    'half an hour on its way is not measured',
    onTheirWay(30),
    { '1.unmeasured': 30, '1.verdict': 'met', '3a.verdict': 'met', '/unmeasured_stretches.0.why': 'pending' },
  ],
  [
    'fifty minutes on their way decide coverage, too',
    onTheirWay(50),
    { '1.verdict': 'open', '1.reason': 'pending', '3a.verdict': 'open', '3a.reason': 'pending', '3a.value': 0.998879 },
  ],
];

test.each([...ends, ...lives, ...routes, ...unsettled])('%s', (_name, given, expected) => {
  expect(said(reportOf(given), expected)).toEqual(expected);
});

test('objectives on several maxima count each by its own, whichever comes first; the clause counts by the smallest', () => {
  const maxima = ['3600', '5', '60'].map(
    (seconds) =>
      ({
        metric: 'exceedances',
        op: '<',
        limit: { numerator: 2n, scale: 0, text: '2' },
        over_s: { numerator: BigInt(seconds), scale: 0, text: seconds },
        governs: true,
      }) as const,
  );
  const clauses = CONTRACT.clauses.map((one) => (one.id === '2b' && !one.blank ? { ...one, objectives: maxima } : one));
  const sent = [message(TEN, 5), message(TEN, 6), message(TEN, 61), message(TEN, 62), message(TEN, 3_601)];
  const report = reportOf({ contract: { ...CONTRACT, clauses }, messages: sent });
  const found = report.clauses.find(({ id }) => id === '2b');
  expect(found).toMatchObject({
    verdict: 'missed',
    exceedances: 4,
    over_ids: sent.slice(1).map(({ id }) => id),
    objectives: [
      { over_s: 3_600, value: 1, verdict: 'met' },
      { over_s: 5, value: 4, verdict: 'missed' },
      { over_s: 60, value: 3, verdict: 'missed' },
    ],
  });
});
