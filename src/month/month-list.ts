import type { Database } from 'better-sqlite3';
import type { Instant } from '../lib/time.ts';
import { monthAt, nextMonth } from '../sla/month.ts';
import { firstData } from '../store/first-data.ts';
import { closedMonths, revisionsOf } from '../store/revisions.ts';
import { knownUntil } from './known.ts';

/** The months of a system of which there is anything, oldest first. */
export interface MonthList {
  /** IANA zone of the contract: where its months begin and end. */
  readonly timezone: string;
  readonly months: readonly MonthEntry[];
}

export interface MonthEntry {
  readonly month: string;
  readonly running: boolean;
  /** Oldest first; empty: it was not closed. */
  readonly revisions: readonly MonthRevision[];
}

export interface MonthRevision {
  readonly revision: number;
  readonly closedAt: Instant;
  /** Closed while messages were pending. */
  readonly provisional: boolean;
}

/** Those since the first data, and those that were closed, whose data may be gone. */
export function monthList(db: Database, system: string, timezone: string): MonthList {
  const running = runningMonth(db, system, timezone);
  const closed = closedMonths(db, system);
  const all = [...new Set([...closed, ...monthsSince(firstData(db, system), running, timezone)])].sort();
  return {
    timezone,
    months: all.map((month) => ({
      month,
      running: month === running,
      revisions: closed.includes(month)
        ? revisionsOf(db, system, month).map(({ revision, closedAt, provisional }) => ({
            revision,
            closedAt,
            provisional,
          }))
        : [],
    })),
  };
}

/** The one that the store's last instant lies in; null: nothing was measured of the system. */
export function runningMonth(db: Database, system: string, timezone: string): string | null {
  const first = firstData(db, system);
  return first === null ? null : monthAt(Math.max(first, knownUntil(db)), timezone);
}

function monthsSince(first: Instant | null, last: string | null, timezone: string): readonly string[] {
  if (first === null || last === null) return [];
  const months: string[] = [];
  for (let month = monthAt(first, timezone); month <= last; month = nextMonth(month)) months.push(month);
  return months;
}
