import path from 'node:path';
import { loadContract } from '../../src/config/load-contract.ts';
import type { Contract } from '../../src/config/contract.ts';
import type { ExclusionFact, Facts, GapFact, MessageFact, RecordFact, RunFact } from '../../src/facts/facts.ts';
import { computeReport } from '../../src/sla/compute-report.ts';
import type { ClauseReport, DelayClause, DaysClause, Report, TimeClause } from '../../src/sla/report.ts';
import { monthSpan } from '../../src/sla/month.ts';
import { parseInZone } from '../../src/sla/zoned-text.ts';

export const CONTRACT = loadContract(path.join(import.meta.dirname, '../../config/contract.yaml')).contract;
export const MINUTE = 60_000;

export interface Case {
  readonly contract?: Contract;
  readonly month?: string;
  readonly checks?: Facts['header']['checks'];
  readonly to?: number;
  readonly from?: number;
  readonly runs?: readonly RunFact[];
  readonly gaps?: readonly GapFact[];
  readonly messages?: readonly MessageFact[];
  readonly exclusions?: readonly ExclusionFact[];
  readonly records?: readonly RecordFact[];
}

export const IMAP = { imap: { interval_s: 60, hold_s: 180 } };

export function reportOf({ contract = CONTRACT, month = '2026-03', ...of }: Case): Report {
  const span = monthSpan(month, contract.timezone);
  return computeReport(
    {
      header: {
        type: 'header',
        format: 'mailwitness-evidence',
        version: 1,
        system: 'corp.example',
        timezone: contract.timezone,
        from: of.from ?? span.from,
        to: of.to ?? span.to + 48 * 60 * MINUTE,
        checks: of.checks ?? IMAP,
        product: 'test',
      },
      runs: of.runs ?? good(month, contract),
      gaps: of.gaps ?? [],
      messages: of.messages ?? [],
      exclusions: of.exclusions ?? [],
      records: of.records ?? [],
    },
    contract,
    month,
  );
}

/** A local time of the month as an instant. */
export function at(local: string, contract = CONTRACT): number {
  const found = parseInZone(local, contract.timezone);
  if (typeof found !== 'number') throw new Error(found.problem);
  return found;
}

export function run(ok: boolean, from: number, to: number, more: Partial<RunFact> = {}): RunFact {
  return {
    type: 'run',
    vantage: 'here',
    check: 'imap',
    ok,
    from,
    to,
    samples: Math.max(1, Math.round((to - from) / MINUTE)),
    ...more,
  };
}

export function edges(month: string, contract: Contract): { from: number; to: number } {
  const span = monthSpan(month, contract.timezone);
  return { from: span.from - 10 * MINUTE, to: span.to + 10 * MINUTE };
}

export function good(month = '2026-03', contract = CONTRACT): RunFact[] {
  const { from, to } = edges(month, contract);
  return [run(true, from, to)];
}

/** Good but for these stretches, where one run ends and the next begins at the same instant. */
export function downExactly(
  stretches: readonly (readonly [number, number])[],
  month = '2026-03',
  contract = CONTRACT,
  more: Partial<RunFact> = {},
): RunFact[] {
  const { from, to } = edges(month, contract);
  const runs: RunFact[] = [];
  let start = from;
  for (const [badFrom, badTo] of stretches) {
    runs.push(run(true, start, badFrom, more), run(false, badFrom, badTo, { cause: 'connect', ...more }));
    start = badTo;
  }
  return [...runs, run(true, start, to, more)];
}

/** Good until the one instant, then these, good again from the other. */
export function between(lastGood: number, middle: readonly RunFact[], firstGood: number): RunFact[] {
  const { from, to } = edges('2026-03', CONTRACT);
  return [run(true, from, lastGood), ...middle, run(true, firstGood, to)];
}

let serial = 0;
export function message(accepted: number, seconds: number | undefined, more: Partial<MessageFact> = {}): MessageFact {
  return {
    type: 'message',
    vantage: 'here',
    id: `m${++serial}`,
    route: 'inbound',
    accepted_at: accepted,
    ...(seconds === undefined ? {} : { visible_at: accepted + Math.round(seconds * 1000) }),
    outcome: seconds === undefined ? 'pending' : 'delivered',
    ...more,
  };
}

export function messages(count: number, seconds: number, from = at('2026-03-10 00:00')): MessageFact[] {
  return Array.from({ length: count }, (_, index) => message(from + index * MINUTE, seconds));
}

export function exclusion(from: string, to: string, more: Partial<ExclusionFact> = {}): ExclusionFact {
  return {
    type: 'exclusion',
    id: `X${++serial}`,
    from: at(from),
    to: at(to),
    ground: 'e',
    entered_by: 'li',
    entered_at: at('2026-03-01 00:00'),
    note: 'line cut',
    ...more,
  };
}

export function clause(report: Report, id: string): ClauseReport {
  const found = report.clauses.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no clause ${id}`);
  return found;
}
export const time = (report: Report, id: string): TimeClause => clause(report, id) as TimeClause;
export const delay = (report: Report, id: string): DelayClause => clause(report, id) as DelayClause;
export const days = (report: Report): DaysClause => clause(report, '3e') as DaysClause;
export const availability = (report: Report, id = '1'): number | null | undefined =>
  time(report, id).objectives.find(({ metric }) => metric === 'availability')?.value;

export const withContract = (change: Partial<Contract>): Contract => ({ ...CONTRACT, ...change });
export const approved = { ground: 'a', approved_by: 'wang', approved_at: at('2026-03-01 01:00') };

/** Outbound mail that takes 2 s, each minute of the month and a little more, but not in a stretch. */
export function messagesEachMinute({
  without: [from, to],
}: {
  readonly without: readonly [number, number];
}): MessageFact[] {
  const span = edges('2026-03', CONTRACT);
  const sent: MessageFact[] = [];
  for (let accepted = span.from; accepted <= span.to; accepted += MINUTE) {
    if (accepted >= from && accepted <= to) continue;
    sent.push({
      type: 'message',
      vantage: 'here',
      id: `o${accepted}`,
      route: 'outbound',
      accepted_at: accepted,
      relayed_at: accepted + 2000,
      outcome: 'relayed',
    });
  }
  return sent;
}
