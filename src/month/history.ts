import type { Contract } from '../config/contract.ts';
import type { RunFact } from '../facts/facts.ts';
import type { Instant, Ms } from '../lib/time.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import { dateOf, dayNumber, daysOf, dayStart, localDate, type Day } from '../sla/days.ts';
import { windowsOf } from '../sla/exclusions.ts';
import { clip, overlaps, total, type Interval, type Intervals } from '../sla/interval.ts';
import { outagesOf } from '../sla/outages.ts';
import { mapBounds, timeIn, type Bounds } from '../sla/timeline.ts';
import { allExclusions } from '../store/entry-rows.ts';
import { createProbeRows } from '../store/probe-rows.ts';
import { knownUntil } from './known.ts';
import { foldedAsFarAsPossible, linesOf, type Reader } from './reader.ts';
import { connectedIn } from './span-connected.ts';

/** What happened on a day, as its worst: mail was broken, some of it was not measured, some was taken out, or nothing. */
export type DayKind = 'fault' | 'unmeasured' | 'excluded' | 'good';

export interface PastDay {
  /** Local date in the contract's zone. */
  readonly date: string;
  readonly kind: DayKind;
  readonly down: DownTime;
  readonly unmeasuredMs: Ms;
  readonly excludedMs: Ms;
}

/** The estimate, and how little and how much the samples leave possible. */
export interface DownTime {
  readonly leastMs: Ms;
  readonly estimateMs: Ms;
  readonly mostMs: Ms;
}

/** A stretch of the estimate, with its share of the least and of the most. */
export interface DownStretch extends Interval {
  readonly leastMs: Ms;
  readonly mostMs: Ms;
}

/** The days behind a system, the oldest first, and its last probes, the newest first. */
export interface History {
  readonly timezone: string;
  readonly days: readonly PastDay[];
  readonly probes: readonly ProbeState[];
}

/** A day's stretches, and the failures of checks and routes that touch it. */
export interface DayDetail {
  readonly timezone: string;
  readonly date: string;
  readonly from: Instant;
  readonly to: Instant;
  /** Until when it was known; what lies after it is to come. */
  readonly known: Instant;
  readonly down: readonly DownStretch[];
  readonly downTime: DownTime;
  readonly unmeasured: Intervals;
  readonly excluded: Intervals;
  readonly failures: readonly RunFact[];
}

const DAYS_SHOWN = 90;
const PROBES_SHOWN = 40;

/** The last 90 days by the estimate of the contract's own arithmetic. To be called inside one transaction. */
export function historyOf(reader: Reader, system: string, contract: Contract): History {
  const { timezone } = contract;
  const known = knownUntil(reader.db);
  const from = dayStart(dateOf(dayNumber(localDate(known, timezone)) - DAYS_SHOWN + 1), timezone);
  const days = daysOf(from, known + 1, timezone);
  const times = timesIn(reader, system, contract, { from, to: known + 1 });
  const probes = createProbeRows(reader.db).latest(system, PROBES_SHOWN);
  return { timezone, days: days.map((day) => pastDay(day, times)), probes };
}

/** Null: there is no such day yet. */
export function dayDetail(
  reader: Reader,
  { system, day }: { readonly system: string; readonly day: Interval & { readonly date: string } },
  contract: Contract,
): DayDetail | null {
  const known = knownUntil(reader.db);
  if (day.from > known) return null;
  const span = { from: day.from, to: Math.min(day.to, known + 1) };
  const { down: bounds, unmeasured, excluded, runs } = timesIn(reader, system, contract, span);
  const down = outagesOf(bounds, []).map(({ from, to, least, most }) => ({ from, to, leastMs: least, mostMs: most }));
  const failures = runs
    .filter((run) => !run.ok && run.from < day.to && run.to >= day.from)
    .sort((one, other) => one.from - other.from);
  const downTime = downTimeIn(bounds, span);
  return { timezone: contract.timezone, ...day, known, down, downTime, unmeasured, excluded, failures };
}

interface Times {
  readonly down: Bounds<Intervals>;
  readonly unmeasured: Intervals;
  readonly excluded: Intervals;
  readonly runs: readonly RunFact[];
}

function timesIn(reader: Reader, system: string, contract: Contract, span: Interval): Times {
  const known = knownUntil(reader.db);
  const lines = linesOf(reader, system);
  const samplesOf = (line: (typeof lines)[number]) => foldedAsFarAsPossible(reader, line, contract);
  const { connected, runs } = connectedIn(reader, lines, { span, system, contract, known, samplesOf });
  const clause = contract.clauses.find((one) => !one.blank && one.measure === 'downtime');
  const grounds = clause === undefined || clause.blank ? [] : clause.exclude;
  const excluded = clip(windowsOf(allExclusions(reader.db, system), contract).taken(grounds), span);
  const { unmeasured } = timeIn(connected.estimate, span, excluded);
  const down = mapBounds(connected, (timeline) => timeIn(timeline, span, excluded).bad);
  return { down, unmeasured, excluded, runs };
}

function pastDay(day: Day, { down, unmeasured, excluded }: Times): PastDay {
  const has = (some: Intervals): boolean => overlaps(some, day);
  const kind = has(down.estimate) ? 'fault' : has(unmeasured) ? 'unmeasured' : has(excluded) ? 'excluded' : 'good';
  const { date } = day;
  return {
    date,
    kind,
    down: downTimeIn(down, day),
    unmeasuredMs: total(clip(unmeasured, day)),
    excludedMs: total(clip(excluded, day)),
  };
}

function downTimeIn(bounds: Bounds<Intervals>, span: Interval): DownTime {
  const { least, estimate, most } = mapBounds(bounds, (one) => total(clip(one, span)));
  return { leastMs: least, estimateMs: estimate, mostMs: most };
}
