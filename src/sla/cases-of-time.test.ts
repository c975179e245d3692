import { expect, test } from 'vitest';
import { said } from '../../test/support/said.ts';
import {
  MINUTE,
  approved,
  at,
  between,
  downExactly,
  exclusion,
  good,
  reportOf,
  run,
  withContract,
  type Case,
} from '../../test/support/worked-month.ts';
import type { GapFact, RunFact } from '../facts/facts.ts';

// Rows of the same kind as those of cases.test.ts, at the edges of its rules; each worked out by hand.

type Row = readonly [name: string, given: Case, expected: Readonly<Record<string, unknown>>];

const day = (clock: string): number => at(`2026-03-10 ${clock}`);
const bounds = (value: number, least: number, most: number) => ({ '1.value': value, '1.least': least, '1.most': most });
const sample = (from: number, more: Partial<RunFact> = {}): RunFact => run(false, from, from, { samples: 1, ...more });
const minutes = (down: number): RunFact[] => downExactly([[day('10:00'), day('10:00') + down * MINUTE]]);
const gap = (from: number, to: number, more: Partial<GapFact> = {}): GapFact => ({
  type: 'gap',
  vantage: 'here',
  from,
  to,
  why: 'stopped',
  ...more,
});
const HOUR = downExactly([[day('10:00'), day('11:00')]]);
const HALF = downExactly([[day('10:00'), day('10:30')]]);
/** Good but for a stretch in which nothing was seen. */
const unseen = (from: number, to: number, more: Partial<RunFact> = {}): RunFact[] => [
  run(true, at('2026-02-28 23:50'), from, more),
  run(true, to, at('2026-04-01 00:10'), more),
];
const edges = (): RunFact[] => [
  run(true, at('2026-02-28 23:00'), at('2026-03-31 23:58')),
  run(false, at('2026-03-31 23:59'), at('2026-04-01 00:01'), { samples: 3 }),
  run(true, at('2026-04-01 00:02'), at('2026-05-01 01:00')),
];

const spacing: readonly Row[] = [
  ['the bounds of an edge are cut at the month', { runs: edges() }, bounds(1.5, 1, 2)],
  ['and what is beyond belongs to the next', { month: '2026-04', runs: edges() }, bounds(1.5, 1, 2)],
  [
    'samples as far apart as they hold',
    { runs: between(day('03:00'), [], day('03:03')) },
    { '1.unmeasured': 0, '/coverage': 1 },
  ],
  [
    'a millisecond further apart',
    { runs: between(day('03:00'), [], day('03:03') + 1) },
    { '1.unmeasured': 3.000017, '1.verdict': 'met' },
  ],
  [
    'a bad sample as far from both as they hold',
    { runs: between(day('10:00'), [sample(day('10:03'))], day('10:06')) },
    bounds(3, 0, 6),
  ],
  [
    'one too far from the one before: nothing is known of the time between',
    { runs: between(day('10:00'), [sample(day('10:03') + 1)], day('10:06')) },
    { ...bounds(1.499983, 0, 2.999983), '1.unmeasured': 3.000017 },
  ],
  [
    'middles are floored to the millisecond',
    { runs: between(day('10:00'), [sample(day('10:00:59.999'))], day('10:02')) },
    { ...bounds(1, 0, 2), '1.outages.0.from': '2026-03-10T10:00:29.999+08:00' },
  ],
  [
    'a run with a hold of its own',
    { runs: between(day('10:00'), [run(true, day('10:01'), day('10:05'), { hold_s: 600 })], day('10:15')) },
    { '1.unmeasured': 0 },
  ],
  [
    'a gap that touches the runs on both sides',
    { runs: between(day('10:00'), [], day('10:02')), gaps: [gap(day('10:00'), day('10:02'))] },
    { '1.unmeasured': 2, '/unmeasured_stretches.0.why': 'stopped' },
  ],
  [
    "another vantage's gap",
    { runs: between(day('10:00'), [], day('10:02')), gaps: [gap(day('10:00'), day('10:02'), { vantage: 'there' })] },
    { '1.unmeasured': 0 },
  ],
  ['a gap of the sink', { gaps: [gap(day('10:00'), day('10:02'), { why: 'sink' })] }, { '1.unmeasured': 0 }],
];

const needing = (count: number) => withContract({ vantage: { need: { kind: 'count', count } } });
const share = (text: string) => ({ kind: 'share' as const, percent: { numerator: BigInt(text), scale: 0, text } });
const ways = { mx: { interval_s: 60 }, imap: { interval_s: 60 }, pop3: { interval_s: 60 } };
const there = { vantage: 'there' };
const targets = (all: number, bad: number): RunFact[] =>
  Array.from({ length: all }, (_, index) => {
    const target = `t${index}`;
    return index < bad
      ? downExactly([[day('10:00'), day('11:00')]], '2026-03', undefined, { target })
      : good().map((one) => ({ ...one, target }));
  }).flat();
const goodThere = (): RunFact[] => good().map((one) => ({ ...one, ...there }));

const together: readonly Row[] = [
  ['one of two vantages is enough', { runs: [...HALF, ...goodThere()] }, { '1.value': 30 }],
  ['two are needed', { contract: needing(2), runs: [...HALF, ...goodThere()] }, { '1.value': 0, '1.unmeasured': 0 }],
  [
    'two are needed, and the other saw nothing',
    { contract: needing(2), runs: [...HALF, ...unseen(day('10:00'), day('10:30'), there)] },
    { '1.value': 0, '1.unmeasured': 30, '1.verdict': 'met' },
  ],
  ['two are needed of one', { contract: needing(2), runs: HALF }, { '1.value': 30 }],
  [
    'half of three vantages are two',
    {
      contract: withContract({ vantage: { need: share('50') } }),
      runs: [...HALF, ...goodThere(), ...good().map((one) => ({ ...one, vantage: 'x' }))],
    },
    { '1.value': 0 },
  ],
  [
    'a check that a vantage never made drops out there',
    { checks: ways, runs: [...HALF, ...good().map((one) => ({ ...one, ...there, check: 'mx' }))] },
    { '1.value': 30 },
  ],
  [
    '5 % of 21 targets are two: one',
    { contract: withContract({ bad_when: { targets: share('5') } }), runs: targets(21, 1) },
    { '1.value': 0 },
  ],
  [
    '5 % of 21 targets are two: two',
    { contract: withContract({ bad_when: { targets: share('5') } }), runs: targets(21, 2) },
    { '1.value': 60 },
  ],
  [
    'any way in, one bad and one not measured',
    { checks: ways, runs: [...HALF, ...unseen(day('10:10'), day('10:20'), { check: 'pop3' })] },
    { '1.value': 0, '1.unmeasured': 10 },
  ],
  [
    'all parts, one bad and one not measured',
    {
      checks: ways,
      runs: [
        ...unseen(day('10:00'), day('10:30')),
        ...downExactly([[day('10:10'), day('10:20')]], '2026-03', undefined, { check: 'mx' }),
      ],
    },
    { '1.value': 10, '1.unmeasured': 20 },
  ],
];

const [a, b] = [exclusion('2026-03-10 10:00', '2026-03-10 10:30'), exclusion('2026-03-10 10:00', '2026-03-10 10:10')];
const withdrawn = { withdrawn_by: 'li', withdrawn_at: day('12:00') };
const maintenance = (announced: number, entered: number, more: object = {}) =>
  exclusion('2026-03-10 10:00', '2026-03-10 11:00', {
    ...approved,
    announced_at: announced,
    entered_at: entered,
    ...more,
  });

const windows: readonly Row[] = [
  [
    'two grounds that overlap are a union in clause 1, and nothing in clause 3',
    {
      runs: HOUR,
      exclusions: [
        exclusion('2026-03-10 10:00', '2026-03-10 10:20', { ground: 'b' }),
        exclusion('2026-03-10 10:10', '2026-03-10 10:40'),
      ],
    },
    { '1.value': 20, '1.excluded': 40, '1.gross': 60, '3b.value': 60, '3b.excluded': 0 },
  ],
  [
    'a window that was withdrawn',
    { runs: HOUR, exclusions: [{ ...a, ...withdrawn }] },
    { '1.value': 60, '1.would_be': null, '/exclusions.0.why': 'withdrawn' },
  ],
  ['one that was replaced', { runs: HOUR, exclusions: [a, { ...b, replaces: a.id }] }, { '1.value': 50 }],
  [
    'one that was replaced by one that was withdrawn: neither counts',
    { runs: HOUR, exclusions: [a, { ...b, replaces: a.id, ...withdrawn }] },
    { '1.value': 60, '/exclusions.0.why': 'replaced' },
  ],
  [
    'one that was replaced by one that waits for approval',
    { runs: HOUR, exclusions: [a, { ...b, replaces: a.id, ground: 'a' }] },
    { '1.value': 60, '1.would_be': 50 },
  ],
  [
    'announced as it begins is no announcement',
    { runs: HOUR, exclusions: [maintenance(day('10:00'), day('09:00'))] },
    { '1.value': 0, '3b.value': 60, '3c.value': 0 },
  ],
  [
    'entered as it begins is too late',
    { runs: HOUR, exclusions: [maintenance(day('09:00'), day('10:00'))] },
    { '1.value': 0, '3b.value': 60, '3c.value': 0 },
  ],
  [
    'announced and entered a millisecond before it begins',
    { runs: HOUR, exclusions: [maintenance(day('10:00') - 1, day('10:00') - 1)] },
    { '3b.value': 0, '3c.value': 60, '3d.verdict': 'met', '3e.fault_days': [] },
  ],
  [
    'a millisecond above 100 min of adjustment',
    { exclusions: [maintenance(day('09:00'), day('09:00'), { to: day('11:40') + 1 })] },
    { '3c.value': 100.000017, '3c.verdict': 'missed' },
  ],
  [
    'announced maintenance that nobody approved',
    { runs: HOUR, exclusions: [maintenance(day('09:00'), day('09:00'), { approved_at: undefined })] },
    { '1.value': 60, '1.would_be': 0, '3b.would_be': 0, '3c.value': 0, '3c.would_be': 60 },
  ],
  [
    'unmeasured time is taken out like bad time, and coverage keeps it',
    {
      runs: between(day('03:00'), [], day('05:00')),
      exclusions: [exclusion('2026-03-10 03:30', '2026-03-10 04:46', { to: day('04:46') + 1 })],
    },
    { '1.unmeasured': 43.999983, '1.verdict': 'met', '/unmeasured_minutes': 120, '3b.unmeasured': 120 },
  ],
  [
    'a millisecond less of it leaves the clause open',
    {
      runs: between(day('03:00'), [], day('05:00')),
      exclusions: [exclusion('2026-03-10 03:30', '2026-03-10 04:46')],
    },
    { '1.unmeasured': 44, '1.verdict': 'open', '1.reason': 'coverage' },
  ],
  [
    'a window of no length takes nothing out',
    { runs: HOUR, exclusions: [exclusion('2026-03-10 10:30', '2026-03-10 10:30')] },
    { '1.value': 60, '1.outages.length': 1 },
  ],
  [
    'a window inside an outage leaves two, which add up',
    { runs: HOUR, exclusions: [exclusion('2026-03-10 10:20', '2026-03-10 10:40')] },
    { '1.value': 40, '1.outages.length': 2, '1.outages.0.least_s': 1200, '1.outages.1.least_s': 1200 },
  ],
];

const least = (seconds: number) => withContract({ min_outage: seconds * 1000 });
const lengths: readonly Row[] = [
  ['a millisecond shorter than the shortest', { contract: least(60), runs: minutes(59.999 / 60) }, { '1.value': 0 }],
  ['as long as the shortest', { contract: least(60), runs: minutes(1) }, { '1.value': 1 }],
  [
    'what a window leaves of an outage that is long enough',
    {
      contract: least(60),
      runs: minutes(2),
      exclusions: [exclusion('2026-03-10 10:00', '2026-03-10 10:01', { to: day('10:01:30') })],
    },
    { '1.value': 0.5 },
  ],
  [
    'the shortest counts in each timeline by itself',
    {
      contract: least(150),
      runs: between(day('10:02'), [run(false, day('10:03'), day('10:05'), { samples: 3 })], day('10:06')),
    },
    bounds(3, 0, 4),
  ],
  [
    'fixed-30d: 43.2 min of March are 0.999 of 43,200',
    { contract: withContract({ month: 'fixed-30d' }), runs: minutes(43.2) },
    { '1.verdict': 'met', '1.objectives.availability.value': 0.999, '/month_minutes': 43_200, '3a.value': 1 },
  ],
  [
    'fixed-30d: a little more',
    { contract: withContract({ month: 'fixed-30d' }), runs: minutes(43.201) },
    { '1.verdict': 'missed', '1.disagreement': true, '1.objectives.availability.value': 0.998999 },
  ],
  [
    'February allows 40.32 min, exactly',
    {
      month: '2026-02',
      runs: downExactly([[at('2026-02-10 10:00'), at('2026-02-10 10:00') + 40.32 * MINUTE]], '2026-02'),
    },
    { '1.verdict': 'met', '1.objectives.availability.value': 0.999 },
  ],
];

test.each([...spacing, ...together, ...windows, ...lengths])('%s', (_name, given, expected) => {
  expect(said(reportOf(given), expected)).toEqual(expected);
});

test.each([
  ['America/New_York', '2026-11', 43_260],
  ['Australia/Lord_Howe', '2026-10', 44_610],
])('the clocks of %s make %s %d min long', (timezone, month, long) => {
  const contract = withContract({ timezone });
  expect(reportOf({ contract, month, runs: good(month, contract) }).month_minutes).toBe(long);
});
