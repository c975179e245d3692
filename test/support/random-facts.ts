import * as fc from 'fast-check';
import type { ExclusionFact, Facts, GapFact, MessageFact, RecordFact, RunFact } from '../../src/facts/facts.ts';
import { GAP_REASONS } from '../../src/facts/facts.ts';

/** The span in which random facts lie: a March in Shanghai, and a day on either side. */
export const MARCH = { from: Date.UTC(2026, 1, 28, 16), to: Date.UTC(2026, 2, 31, 16) };
const DAY = 86_400_000;
const SPAN = { from: MARCH.from - DAY, to: MARCH.to + DAY };
const VANTAGES = ['here', 'there'];
const CHECKS = ['mx', 'imap', 'pop3', 'outbound', 'inbound'];

interface Piece {
  readonly gap: number;
  readonly length: number;
  readonly ok: boolean;
  readonly samples: number;
}

const piece = fc.record<Piece>({
  // Touching, within the hold, or far beyond it.
  gap: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 180_000 }), fc.integer({ min: 0, max: 2 * DAY })),
  length: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 600_000 }), fc.integer({ min: 0, max: 4 * DAY })),
  ok: fc.boolean(),
  samples: fc.integer({ min: 1, max: 4 }),
});

/** Runs of one series, none over another. */
function runsOf(vantage: string, check: string, target: string, pieces: readonly Piece[]): RunFact[] {
  let at = SPAN.from;
  return pieces.map(({ gap, length, ok, samples }) => {
    const from = at + gap;
    at = from + length;
    return { type: 'run', vantage, check, target, ok, from, to: at, samples, ...(ok ? {} : { cause: 'connect' }) };
  });
}

const series = fc
  .tuple(
    fc.constantFrom(...VANTAGES),
    fc.constantFrom(...CHECKS),
    fc.constantFrom('a', 'b'),
    fc.array(piece, { maxLength: 14 }),
  )
  .map(([vantage, check, target, pieces]) => ({
    key: `${vantage}/${check}/${target}`,
    runs: runsOf(vantage, check, target, pieces),
  }));

const instant = fc.integer({ min: SPAN.from, max: SPAN.to });
const interval = fc
  .tuple(instant, fc.integer({ min: 0, max: DAY }))
  .map(([from, length]) => ({ from, to: from + length }));

const gap: fc.Arbitrary<GapFact> = fc
  .tuple(fc.constantFrom(...VANTAGES), interval, fc.constantFrom(...GAP_REASONS))
  .map(([vantage, span, why]) => ({ type: 'gap', vantage, ...span, why }));

const message: fc.Arbitrary<MessageFact> = fc
  .record({
    vantage: fc.constantFrom(...VANTAGES),
    id: fc.uuid(),
    outbound: fc.boolean(),
    accepted: instant,
    delay: fc.oneof(fc.integer({ min: -5, max: 100_000 }), fc.integer({ min: 0, max: 2 * DAY })),
    unsure: fc.integer({ min: 0, max: 50_000 }),
    end: fc.constantFrom('arrived', 'arrived', 'arrived', 'lost', 'bounced', 'pending', 'void'),
  })
  .map(({ vantage, id, outbound, accepted, delay, unsure, end }) => {
    const arrived = end === 'arrived';
    const way = outbound ? ({ relayed_at: accepted + delay } as const) : ({ visible_at: accepted + delay } as const);
    const outcome = arrived ? (outbound ? 'relayed' : 'delivered') : (end as MessageFact['outcome']);
    return {
      type: 'message',
      vantage,
      id,
      route: outbound ? 'outbound' : 'inbound',
      target: 'a',
      accepted_at: accepted,
      ...(arrived ? way : {}),
      ...(arrived && !outbound ? { unseen_until: accepted + delay - unsure } : {}),
      outcome,
    };
  });

const exclusion: fc.Arbitrary<ExclusionFact> = fc
  .record({
    id: fc.uuid(),
    span: interval,
    ground: fc.constantFrom('a', 'b', 'e'),
    entered_at: instant,
    announced_at: fc.option(instant, { nil: undefined }),
    approved_at: fc.option(instant, { nil: undefined }),
    withdrawn_at: fc.option(instant, { nil: undefined, freq: 5 }),
  })
  .map(({ id, span, ground, entered_at, announced_at, approved_at, withdrawn_at }) => ({
    type: 'exclusion',
    id,
    ...span,
    ground,
    entered_by: 'li',
    entered_at,
    ...(announced_at === undefined ? {} : { announced_at }),
    ...(approved_at === undefined ? {} : { approved_by: 'wang', approved_at }),
    ...(withdrawn_at === undefined ? {} : { withdrawn_by: 'li', withdrawn_at }),
    note: 'note',
  }));

/** Of each way in which a measure takes them: summed, each by itself, as cases, as contacts, by their distance. */
const record: fc.Arbitrary<RecordFact> = fc
  .record({
    id: fc.uuid(),
    kind: fc.constantFrom('billing', 'page-load', 'complaint', 'service-contact', 'definitions'),
    at: instant,
    number: fc.integer({ min: 0, max: 20 }),
    later: fc.option(fc.integer({ min: 0, max: 2 * DAY }), { nil: undefined }),
  })
  .map(({ id, kind, at, number, later }): RecordFact => {
    const common = { type: 'record', id, at } as const;
    switch (kind) {
      case 'billing':
        return { ...common, kind, customers: 10 * number, wrong: number };
      case 'page-load':
        return { ...common, kind, profile: number < 10 ? 'broadband' : 'narrowband', seconds: number };
      case 'complaint':
        return {
          ...common,
          kind,
          started_at: at,
          ...(later === undefined ? {} : { done_at: at + later }),
          what: `complaint ${number}`,
        };
      case 'service-contact':
        return { ...common, kind, channel: number < 10 ? 'phone' : 'abuse', answered: number % 2 === 0 };
      case 'definitions':
        return { ...common, kind, updated_at: at };
    }
  });

/** Facts that keep the rules of evidence, but for runs that may lie over gaps: those are left out. */
export const randomFacts: fc.Arbitrary<Facts> = fc
  .record({
    series: fc.uniqueArray(series, { maxLength: 8, selector: ({ key }) => key }),
    gaps: fc.array(gap, { maxLength: 3 }),
    messages: fc.array(message, { maxLength: 30 }),
    exclusions: fc.array(exclusion, { maxLength: 4 }),
    records: fc.array(record, { maxLength: 12 }),
    known: fc.oneof(fc.constant(SPAN.to), fc.integer({ min: MARCH.from + 1, max: SPAN.to })),
  })
  .map(({ series: all, gaps, messages, exclusions, records, known }) => ({
    header: {
      type: 'header',
      format: 'mailwitness-evidence',
      version: 1,
      system: 'corp.example',
      timezone: 'Asia/Shanghai',
      from: MARCH.from,
      to: known,
      checks: Object.fromEntries(CHECKS.map((check) => [check, { interval_s: 60 }])),
      product: 'test',
    },
    runs: all.flatMap(({ runs }) => runs).filter((run) => !gaps.some((one) => liesOver(run, one))),
    gaps,
    messages: messages.filter(({ accepted_at = 0 }) => accepted_at <= known),
    exclusions,
    records,
  }));

function liesOver(run: RunFact, { vantage, why, from, to }: GapFact): boolean {
  const covers = vantage === run.vantage && (why !== 'sink' || run.check === 'outbound');
  return covers && run.from < to && from < run.to;
}
