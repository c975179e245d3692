import type { Database } from 'better-sqlite3';
import type { Contract } from '../config/contract.ts';
import { dayStart, nextDate } from '../sla/days.ts';
import { createProbeRows, type ProbeEvidence } from '../store/probe-rows.ts';
import { delaySeries, type DelayDays, type DelaySeries } from './delay-series.ts';
import { dayDetail, historyOf, type DayDetail, type History } from './history.ts';
import { knownUntil } from './known.ts';
import { createReader } from './reader.ts';

/** What the pages of a system show of its past. Plain data both ways, for it crosses over from a thread. */
export interface PageAnswers {
  history(system: string): History;
  /** Null: there is no such day yet. `date` is one that exists. */
  day(asked: { readonly system: string; readonly date: string }): DayDetail | null;
  delays(asked: { readonly system: string; readonly days: DelayDays }): readonly DelaySeries[];
  /** Null: there is no probe of that id. */
  evidence(id: string): ProbeEvidence | null;
}

/** Each answer is of one snapshot, while the agent goes on writing. */
export function createPageAnswers(db: Database, contractOf: (system: string) => Contract): PageAnswers {
  return {
    history: (system) => db.transaction(() => historyOf(createReader(db), system, contractOf(system)))(),
    day: ({ system, date }) =>
      db.transaction(() => {
        const contract = contractOf(system);
        const { timezone } = contract;
        const day = { date, from: dayStart(date, timezone), to: dayStart(nextDate(date), timezone) };
        return dayDetail(createReader(db), { system, day }, contract);
      })(),
    delays: ({ system, days }) =>
      db.transaction(() => delaySeries(createProbeRows(db), system, days, knownUntil(db)))(),
    evidence: (id) => db.transaction(() => createProbeRows(db).evidence(id))(),
  };
}
