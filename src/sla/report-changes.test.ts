import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MISSED, NO_DATA, OPEN, QUIET } from '../../test/support/sample-reports.ts';
import { randomFacts } from '../../test/support/random-facts.ts';
import { parseContract } from '../config/load-contract.ts';
import type { Facts } from '../facts/facts.ts';
import { computeReport } from './compute-report.ts';
import { reportChanges, type ReportChange } from './report-changes.ts';
import type { ClauseReport, ObjectiveReport, Report, TimeClause } from './report.ts';

const CONTRACT = parseContract(
  `contract: x
version: 1
timezone: Asia/Shanghai
connected: { all: [outbound, inbound, mx, { any: [imap, pop3] }] }
grounds: { a: { title: { zh: 甲, en: a } }, b: { title: { zh: 乙, en: b } }, e: { title: { zh: 戊, en: e } } }
clauses:
  - { id: "1", title: { zh: 通, en: up }, measure: downtime, exclude: [a, b, e], remedy: credit, objectives: [{ metric: down_minutes, op: "<", limit: 44 }, { metric: availability, op: ">=", limit: 0.999 }] }
  - { id: 2a, title: { zh: 发, en: send }, measure: send_delay, exclude: [a, b, e], remedy: credit, objectives: [{ metric: mean_s, op: "<=", limit: 60 }, { metric: exceedances, over_s: 3600, op: "<", limit: 2 }] }
  - { id: 3e, title: { zh: 日, en: days }, measure: fault_days, objectives: [{ metric: fault_free_days, op: ">=", limit: 360 }] }
`,
  { file: 'test' },
);
const MONTH = '2026-03';

const change = (
  clause: string | null,
  figure: string,
  before: ReportChange['before'],
  after: ReportChange['after'],
) => ({
  clause,
  figure,
  before,
  after,
});

const BLANK: ClauseReport = { kind: 'blank', id: '', title: { zh: '空', en: 'none' }, blank: true, verdict: null };

function billing(id: string): Report['records'][number] {
  return { id, kind: 'billing', at: '2026-03-31T18:00:00+08:00', customers: 9, wrong: 1 };
}

const clauseOne = QUIET.clauses[0] as TimeClause;

/** The report with something of its clauses changed. */
function edited(report: Report, id: string, edit: object, objective: Partial<ObjectiveReport> = {}): Report {
  const clauses = report.clauses.map((clause) => {
    if (clause.id !== id || clause.kind === 'blank') return clause;
    const [first, ...rest] = clause.objectives;
    const objectives = first === undefined ? [] : [{ ...first, ...objective }, ...rest];
    return { ...clause, objectives, ...edit };
  });
  return { ...report, clauses };
}

describe('what changed between two reports', () => {
  test.each<[string, Report, Report, readonly ReportChange[]]>([
    ['nothing did', MISSED, structuredClone(MISSED), []],
    ['the same a day later', QUIET, { ...QUIET, known_at: '2026-05-01T00:00:00+08:00', revision: 3 }, []],
    ['keys in another order', QUIET, Object.fromEntries(Object.entries(QUIET).reverse()) as unknown as Report, []],
    [
      'a verdict goes before the figures of its clause, and a metric says its own name',
      QUIET,
      edited(
        { ...QUIET, provisional: true },
        '1',
        { verdict: 'missed', value: 50, most: 51 },
        { value: 50, verdict: 'missed' },
      ),
      [
        change('1', 'verdict', 'met', 'missed'),
        change('1', 'most', clauseOne.most, 51),
        change('1', 'down_minutes', clauseOne.value, 50),
        change('1', 'down_minutes.verdict', 'met', 'missed'),
        change(null, 'provisional', false, true),
      ],
    ],
    [
      'a bound alone is told',
      QUIET,
      edited(QUIET, '1', {}, { worst: 43.9 }),
      [change('1', 'down_minutes.worst', clauseOne.objectives[0]?.worst ?? null, 43.9)],
    ],
    [
      'why it is open is told where it stays open',
      edited(QUIET, '1', { verdict: 'open', reason: 'pending' }),
      edited(QUIET, '1', { verdict: 'open', reason: 'coverage' }),
      [change('1', 'reason', 'pending', 'coverage')],
    ],
    [
      'and not where it was decided',
      edited(QUIET, '1', { verdict: 'open', reason: 'pending' }),
      edited(QUIET, '1', { verdict: 'met' }),
      [change('1', 'verdict', 'open', 'met')],
    ],
    [
      'a limit that was agreed otherwise',
      QUIET,
      edited(QUIET, '1', {}, { limit: 60 }),
      [change('1', 'down_minutes.limit', 44, 60)],
    ],
    [
      'a window was approved, one was entered, one is gone',
      { ...QUIET, exclusions: MISSED.exclusions.slice(0, 1) },
      {
        ...QUIET,
        exclusions: [
          { ...(MISSED.exclusions[0] as Report['exclusions'][number]), counts: false, why: 'withdrawn' },
          { ...(MISSED.exclusions[0] as Report['exclusions'][number]), id: 'x-9' },
        ],
      },
      [change(null, 'exclusions', 'x-1 counts', 'x-1 withdrawn'), change(null, 'exclusions', null, 'x-9 counts')],
    ],
    [
      'a window of which only the approval is new says so',
      { ...QUIET, exclusions: MISSED.exclusions.slice(0, 1) },
      {
        ...QUIET,
        exclusions: [{ ...(MISSED.exclusions[0] as Report['exclusions'][number]), approved_by: 'Chen Jie' }],
      },
      [change(null, 'exclusions', 'x-1 counts, approved_by -', 'x-1 counts, approved_by Chen Jie')],
    ],
    [
      'a record was corrected',
      { ...QUIET, records: [billing('B1')] },
      { ...QUIET, records: [billing('B1'), { ...billing('B2'), replaces: 'B1' }] },
      [change(null, 'records', null, 'B2 billing replaces B1')],
    ],
    [
      'more is owed',
      { ...QUIET, remedy: [{ kind: 'credit', because: ['1'] }] },
      {
        ...QUIET,
        remedy: [
          { kind: 'credit', because: ['1', '2a'] },
          { kind: 'free', because: ['8a'] },
        ],
      },
      [change(null, 'remedy', 'credit (1)', 'credit (1, 2a)'), change(null, 'remedy', null, 'free (8a)')],
    ],
    [
      'a clause came, and one went: the newer contract gives the order',
      { ...QUIET, clauses: [{ ...BLANK, id: 'old' }, ...QUIET.clauses] },
      { ...QUIET, clauses: [...QUIET.clauses, { ...BLANK, id: 'new' }] },
      [change('new', 'verdict', null, 'blank'), change('old', 'verdict', 'blank', null)],
    ],
    [
      'a day became a fault day',
      edited(QUIET, '3e', { fault_days: ['2026-01-02'] }),
      edited(QUIET, '3e', { fault_days: ['2026-01-02', '2026-03-05'] }),
      [change('3e', 'fault_days', null, '2026-03-05')],
    ],
  ])('%s', (_name, before, after, expected) => {
    expect(reportChanges(before, after)).toEqual(expected);
  });

  test('reports that have nothing in common are told without end of words', () => {
    for (const [before, after] of [
      [QUIET, MISSED],
      [MISSED, OPEN],
      [OPEN, NO_DATA],
      [NO_DATA, QUIET],
    ] as const) {
      const changes = reportChanges(before, after);
      expect(changes.length).toBeGreaterThan(3);
      for (const { before: one, after: other } of changes) expect(one).not.toEqual(other);
    }
  });
});

const facts = (report: Report): unknown => ({ ...report, known_at: '', revision: 0 });

test('no change is told exactly where two reports say the same, whatever the facts', () => {
  fc.assert(
    fc.property(randomFacts, randomFacts, fc.boolean(), (one, other, same) => {
      const before = computeReport(one, CONTRACT, MONTH);
      const after = JSON.parse(
        JSON.stringify(computeReport(same ? shuffled(one) : other, CONTRACT, MONTH, 2)),
      ) as Report;
      const changes = reportChanges(before, after);
      const equal = JSON.stringify(facts(before)) === JSON.stringify(facts(after));
      expect(changes.length === 0).toBe(equal);
      for (const { before: left, after: right } of changes) expect(left).not.toEqual(right);
    }),
    { numRuns: 200 },
  );
});

test('a late fact is told whichever way one looks', () => {
  fc.assert(
    fc.property(randomFacts, (given) => {
      const later: Facts = { ...given, messages: given.messages.slice(1), exclusions: given.exclusions.slice(1) };
      const [before, after] = [computeReport(given, CONTRACT, MONTH), computeReport(later, CONTRACT, MONTH)];
      const forth = reportChanges(before, after).map((one) => `${one.clause} ${one.figure} ${one.before} ${one.after}`);
      const back = reportChanges(after, before).map((one) => `${one.clause} ${one.figure} ${one.after} ${one.before}`);
      expect([...forth].sort()).toEqual([...back].sort());
    }),
    { numRuns: 100 },
  );
});

function shuffled(given: Facts): Facts {
  return { ...given, runs: [...given.runs].reverse(), messages: [...given.messages].reverse() };
}
