import { expect } from 'vitest';
import { knownUntil } from '../../src/month/known.ts';
import { monthReport } from '../../src/month/month-report.ts';
import type { DelayClause, Report, TimeClause } from '../../src/sla/report.ts';
import { openReadOnly } from '../../src/store/file.ts';
import { firstData } from '../../src/store/first-data.ts';
import { contractAtNoon } from '../support/contract-at-noon.ts';
import { gapsIn } from './evidence-of.ts';
import type { OwnFaultLine } from './faults-page.ts';

/** A fault of the agent's own, as the test injected it and saw it recorded. */
export interface OwnFault {
  readonly fault: string;
  readonly injected: string;
  readonly recorded: string;
  /** Seconds for which it stood. */
  readonly trueS?: readonly [number, number];
}

/**
 * Fails where the report that a store yields has anything against a system whose mail was well: a minute of down time, in the
 * estimate or in its bounds, a day with a fault, a letter that is late or lost. Returns the line of docs/faults.md.
 */
export function nothingBooked(store: string, own: OwnFault, system = 'lab'): OwnFaultLine {
  const { report, firstAt, knownAt } = readReport(store, system);
  const times = report.clauses.filter((clause): clause is TimeClause => clause.kind === 'time');
  const downs = times.filter(({ measure }) => measure === 'downtime' || measure === 'fault');
  // Null where nothing at all could be measured.
  const measured = downs[0]?.value === null ? null : 0;
  const [value, least, most] = [measured, measured, measured];
  expect(downs).toMatchObject(['1', '3b', '3d'].map((id) => ({ id, value, least, most, outages: [] })));
  for (const clause of report.clauses)
    if (clause.kind === 'days') expect({ faultDays: clause.fault_days }).toEqual({ faultDays: [] });
  const delays = report.clauses.filter((clause): clause is DelayClause => clause.kind === 'delay');
  for (const { id, exceedances, lost_ids: lost, over_ids: over, notable } of delays)
    expect({ id, exceedances, lost, over, notable }).toEqual({ id, exceedances: 0, lost: [], over: [], notable: [] });
  const longest = delays.map(({ max_s: maxS }) => maxS).filter((maxS) => maxS !== null);
  return {
    ...own,
    recorded: [own.recorded, ...gapWords(store)].join('; '),
    measuredS: measured,
    boundsS: [measured, measured],
    unmeasuredS: unmeasuredIn(report, firstAt, knownAt),
    letters: {
      n: delays.reduce((sum, { n }) => sum + n, 0),
      longestS: longest.length === 0 ? null : Math.max(...longest),
      lateOrLost: 0,
    },
  };
}

function readReport(store: string, system: string): { report: Report; firstAt: number; knownAt: number } {
  const db = openReadOnly(store);
  try {
    const knownAt = knownUntil(db);
    const { contract, month } = contractAtNoon(knownAt);
    const answer = monthReport(db, { system, month, contract, which: 'live' });
    if (answer.kind !== 'live') throw new Error(`no report: ${JSON.stringify(answer)}`);
    return { report: answer.report, firstAt: firstData(db, system) ?? knownAt, knownAt };
  } finally {
    db.close();
  }
}

/** Seconds. */
function unmeasuredIn({ unmeasured_stretches: stretches }: Report, from: number, to: number): number {
  return stretches.reduce((sum, stretch) => {
    const [begin, end] = [Math.max(from, Date.parse(stretch.from)), Math.min(to, Date.parse(stretch.to))];
    return sum + Math.max(0, end - begin) / 1_000;
  }, 0);
}

function gapWords(store: string): string[] {
  const byReason = new Map<string, number>();
  for (const { why, from, to } of gapsIn(store)) byReason.set(why, (byReason.get(why) ?? 0) + to - from);
  if (byReason.size === 0) return ['no gap'];
  const words = [...byReason].map(([why, ms]) => `${why} ${(ms / 1_000).toFixed(1)} s`);
  return [`gaps: ${words.sort().join(', ')}`];
}
