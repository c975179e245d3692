import path from 'node:path';
import { expect, test } from 'vitest';
import type { Contract } from '../config/contract.ts';
import { loadContract } from '../config/load-contract.ts';
import type { ExclusionFact, Facts, RunFact } from '../facts/facts.ts';
import { computeReport } from './compute-report.ts';
import type { OutageReport, TimeClause } from './report.ts';
import { parseInZone } from './zoned-text.ts';

const { contract } = loadContract(path.join(import.meta.dirname, '../../config/contract.yaml'));

function at(time: string): number {
  const found = parseInZone(`2026-03-10 ${time}`, contract.timezone);
  if (typeof found !== 'number') throw new Error(found.problem);
  return found;
}

interface Told {
  readonly vantage?: string;
  readonly target?: string;
  readonly check: string;
  readonly from: string;
  readonly to: string;
  readonly ok?: boolean;
  readonly cause?: string;
}

function run({ vantage = 'here', target = 'a', check, from, to, ok = true, cause }: Told): RunFact {
  const spans = {
    from: at(from),
    to: at(to),
    samples: 2,
    ...(cause !== undefined && { cause, detail: `${check} ${cause}` }),
  };
  return { type: 'run', vantage, check, target, ok, ...spans };
}

function taken(from: string, to: string): ExclusionFact {
  const entry = { entered_by: 'li', entered_at: at('00:00'), note: 'line cut' };
  return { type: 'exclusion', id: `${from}-${to}`, from: at(from), to: at(to), ground: 'e', ...entry };
}

function outagesOf(
  told: readonly Told[],
  exclusions: readonly ExclusionFact[] = [],
  under: Contract = contract,
): readonly OutageReport[] {
  const checks = { mx: { interval_s: 60, hold_s: 7_200 }, imap: { interval_s: 60, hold_s: 7_200 } };
  const header: Facts['header'] = {
    type: 'header',
    format: 'mailwitness-evidence',
    version: 1,
    system: 'corp.example',
    timezone: contract.timezone,
    from: at('00:00'),
    to: at('23:59'),
    checks,
    product: 'test',
  };
  const facts: Facts = { header, runs: told.map(run), gaps: [], messages: [], exclusions, records: [] };
  const clause = computeReport(facts, under, '2026-03').clauses.find(({ id }) => id === '1');
  return (clause as TimeClause).outages;
}

const MX = { check: 'mx', cause: 'connect' };
const IMAP = { check: 'imap', cause: 'tls' };

test('an outage of which an exclusion took the bad run itself, and left the time before it, has its cause', () => {
  const told = [
    { check: 'mx', from: '08:00', to: '09:00' },
    { ...MX, from: '10:00', to: '11:00', ok: false },
    { check: 'mx', from: '11:00', to: '12:00' },
  ];
  expect(outagesOf(told, [taken('10:00', '11:00')])).toMatchObject([
    { from: '2026-03-10T09:30:00+08:00', to: '2026-03-10T10:00:00+08:00', checks: ['mx'], cause: 'connect' },
  ]);
});

test('what was bad before and elsewhere is not its cause', () => {
  const told = [
    { check: 'mx', from: '02:00', to: '09:00' },
    { ...MX, from: '10:00', to: '11:00', ok: false },
    { check: 'mx', from: '11:00', to: '12:00' },
    { ...IMAP, from: '03:00', to: '04:00', ok: false },
    { check: 'imap', from: '04:00', to: '12:00' },
  ];
  const found = outagesOf(told, [taken('10:00', '11:00')]);
  expect(found.map(({ checks, cause }) => [checks.join(), cause])).toEqual([
    ['imap', 'tls'],
    ['mx', 'connect'],
  ]);
});

test('two that are bad together are one outage with both checks, and the cause of the earlier one', () => {
  const told = [
    { check: 'mx', from: '08:00', to: '10:10' },
    { ...MX, from: '10:10', to: '11:00', ok: false },
    { check: 'mx', from: '11:00', to: '12:00' },
    { check: 'imap', from: '08:00', to: '10:00' },
    { ...IMAP, from: '10:00', to: '10:30', ok: false },
    { check: 'imap', from: '10:30', to: '12:00' },
  ];
  expect(outagesOf(told)).toMatchObject([{ checks: ['mx', 'imap'], cause: 'tls', detail: 'imap tls' }]);
  // What is left of it has the cause of the run that reaches into it.
  expect(outagesOf(told, [taken('09:00', '10:40')])).toMatchObject([{ checks: ['mx'], cause: 'connect' }]);
});

test('where two targets must be bad, the outage is the time of both, with the cause of the earlier one', () => {
  const both = { ...contract, bad_when: { targets: { kind: 'count', count: 2 } } } as const;
  const told = [
    { check: 'mx', target: 'a', from: '08:00', to: '10:00' },
    { ...MX, target: 'a', from: '10:00', to: '11:00', ok: false },
    { check: 'mx', target: 'a', from: '11:00', to: '12:00' },
    { check: 'mx', target: 'b', from: '08:00', to: '10:30' },
    { check: 'mx', target: 'b', cause: 'greeting', from: '10:30', to: '11:30', ok: false },
    { check: 'mx', target: 'b', from: '11:30', to: '12:00' },
  ];
  expect(outagesOf(told, [], both)).toMatchObject([
    { from: '2026-03-10T10:30:00+08:00', to: '2026-03-10T11:00:00+08:00', checks: ['mx'], cause: 'connect' },
  ]);
  expect(outagesOf(told)).toMatchObject([{ from: '2026-03-10T10:00:00+08:00', to: '2026-03-10T11:30:00+08:00' }]);
});

test('where two vantages must see it, the outage is the time of both, with the checks of both', () => {
  const both = { ...contract, vantage: { need: { kind: 'count', count: 2 } } } as const;
  const told = [
    { vantage: 'here', check: 'mx', from: '08:00', to: '10:00' },
    { ...MX, vantage: 'here', from: '10:00', to: '11:00', ok: false },
    { vantage: 'here', check: 'mx', from: '11:00', to: '12:00' },
    { vantage: 'there', check: 'imap', from: '08:00', to: '10:30' },
    { ...IMAP, vantage: 'there', from: '10:30', to: '11:30', ok: false },
    { vantage: 'there', check: 'imap', from: '11:30', to: '12:00' },
  ];
  expect(outagesOf(told, [], both)).toMatchObject([
    {
      from: '2026-03-10T10:30:00+08:00',
      to: '2026-03-10T11:00:00+08:00',
      least_s: 1_800,
      most_s: 1_800,
      checks: ['mx', 'imap'],
      cause: 'connect',
    },
  ]);
});
