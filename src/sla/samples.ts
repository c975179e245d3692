import type { Contract } from '../config/contract.ts';
import type { Facts, GapFact, HeaderFact, MessageFact, Millis } from '../facts/facts.ts';
import { ROUTE_NAMES } from '../lib/check-names.ts';
import { createColumn, type Column } from '../lib/column.ts';
import type { Ms } from '../lib/time.ts';
import { reached, settlingOf, type Fate, type Settling } from './fate.ts';
import { gapFinder } from './gap-finder.ts';

/** What was seen without a break: a run, or one message of a route. */
export interface Seen {
  readonly from: Millis;
  readonly to: Millis;
  readonly ok: boolean;
  readonly samples: number;
  /** How long it speaks for the time after it, ms. */
  readonly hold: Ms;
  readonly cause: string | undefined;
  readonly detail: string | undefined;
}

/** All that was seen of a check at one target from one vantage, in order, none over another. */
export interface Series {
  readonly vantage: string;
  readonly check: string;
  readonly target: string;
  readonly seen: readonly Seen[];
  readonly gaps: readonly GapFact[];
}

/** What messages say of their routes, gathered one by one in any order. */
export interface RouteSamples {
  /** `settling`: of the message, where it is at hand. */
  add(message: MessageFact, settling?: Settling): void;
  readonly series: Iterable<RouteSeries>;
  /** Vantages and routes that have void messages. */
  readonly voids: Iterable<VoidRoute>;
}

interface VoidRoute {
  readonly vantage: string;
  readonly check: string;
}

/** The messages of one route from one vantage. */
export interface RouteSeries {
  readonly vantage: string;
  readonly check: string;
  readonly target: string;
  /** When those were accepted that came out in time; nearly all did, so there is no more of them. */
  readonly good: Column;
  readonly bad: Seen[];
  /** When those were accepted of which nobody can say yet whether they come out in time. */
  readonly open: Millis[];
}

export function createRouteSamples({ checks, to }: HeaderFact, contract: Contract): RouteSamples {
  const terms = { lost_after: contract.lost_after, known: to };
  const holds = holdsOf(checks);
  const found = new Map<string, RouteSeries>();
  let last: RouteSeries | undefined;
  const of = ({ vantage, route, target = '' }: MessageFact): RouteSeries => {
    // Messages of one route mostly come together.
    if (last !== undefined && last.check === route && last.target === target && last.vantage === vantage) return last;
    const key = keyOf(vantage, route, target);
    last = found.get(key);
    if (last === undefined) {
      last = { vantage, check: route, target, good: createColumn(Float64Array), bad: [], open: [] };
      found.set(key, last);
    }
    return last;
  };
  const voids = new Map<string, VoidRoute>();
  const noteVoid = ({ vantage, route: check }: MessageFact): void =>
    void voids.set(keyOf(vantage, check, ''), { vantage, check });
  return {
    add(message, settling = settlingOf(message, terms)): void {
      const hold = holds.get(message.route);
      if (hold === undefined || (message.kind ?? 'plain') !== 'plain') return;
      if (settling === undefined) {
        if (message.outcome === 'void') noteVoid(message);
        return;
      }
      const { acceptedAt, fate } = settling;
      const series = of(message);
      const ok = reached(fate, contract.reach_within);
      if (ok === true) series.good.push(acceptedAt);
      else if (ok === false) {
        const cause = causeOf(fate);
        series.bad.push({ ok, from: acceptedAt, to: acceptedAt, samples: 1, hold, cause, detail: message.id });
      } else series.open.push(acceptedAt);
    },
    series: { [Symbol.iterator]: () => found.values() },
    voids: { [Symbol.iterator]: () => voids.values() },
  };
}

/** The facts as the arithmetic takes them: their messages are gone through once. */
export type FactStream = Omit<Facts, 'messages'> & { readonly messages: Iterable<MessageFact> };

export function routeSamplesOf(facts: FactStream, contract: Contract): RouteSamples {
  const samples = createRouteSamples(facts.header, contract);
  for (const message of facts.messages) samples.add(message);
  return samples;
}

/**
 * One series for each vantage, check of the header and target that the facts know. `settled`: what messages that are open
 * are taken for; without it they are no samples.
 */
export function seriesOf(
  { header, runs, gaps }: Omit<Facts, 'messages'>,
  routes: RouteSamples,
  settled?: 'good' | 'bad',
): Series[] {
  const found = new Map<string, Unordered>();
  const holds = holdsOf(header.checks);
  for (const { vantage, check, target, good, bad, open } of routes.series) {
    const failed = settled === 'bad' ? open.map((at) => waiting(at, holds.get(check) ?? 0)) : [];
    const came = settled === 'good' && open.length > 0 ? withOpen(good, open) : good.toArray();
    found.set(keyOf(vantage, check, target), { vantage, check, target, good: came, bad: [...bad, ...failed] });
  }
  for (const run of runs) {
    const hold = run.hold_s === undefined ? holds.get(run.check) : Math.round(run.hold_s * 1000);
    if (hold === undefined) continue;
    const { vantage, check, target = '', ok, from, to, samples, cause, detail } = run;
    const key = keyOf(vantage, check, target);
    let series = found.get(key);
    if (series === undefined) found.set(key, (series = { vantage, check, target, good: NONE, bad: [] }));
    series.bad.push({ ok, from, to, samples, hold, cause, detail });
  }
  for (const { vantage, check } of unmeasuredRoutes([...found.values()], routes.voids)) {
    found.set(keyOf(vantage, check, ''), { vantage, check, target: '', good: NONE, bad: [] });
  }
  const names: readonly string[] = ROUTE_NAMES;
  return [...found.values()].map(({ good, bad, ...name }) => {
    const own = gaps.filter((gap) => gap.vantage === name.vantage && (gap.why !== 'sink' || name.check === 'outbound'));
    const ordered = inOrder(bad, good, holds.get(name.check) ?? 0, own);
    return { ...name, seen: names.includes(name.check) ? withoutSingleBad(ordered) : ordered, gaps: own };
  });
}

/** What was seen of a series, as it came. */
interface Unordered extends Omit<RouteSeries, 'good' | 'open'> {
  readonly good: Float64Array;
}

const NONE = new Float64Array(0);

function withOpen(good: Column, open: readonly Millis[]): Float64Array {
  const all = new Float64Array(good.length + open.length);
  all.set(good.toArray());
  all.set(open, good.length);
  return all;
}

function waiting(at: Millis, hold: Ms): Seen {
  return { from: at, to: at, ok: false, samples: 1, hold, cause: 'waiting', detail: undefined };
}

/**
 * A void message counts nowhere. But a route whose messages were all void did run: it is unmeasured, and does not drop out
 * as if it were none. It stands for nothing where the route was seen otherwise, nor makes a vantage of one that saw nothing.
 */
function unmeasuredRoutes(
  found: readonly Pick<Series, 'vantage' | 'check'>[],
  voids: Iterable<VoidRoute>,
): readonly VoidRoute[] {
  const checks = new Set(found.map(({ check }) => check));
  const vantages = new Set(found.map(({ vantage }) => vantage));
  return [...voids].filter(
    ({ vantage, check }) => !checks.has(check) && (vantages.size === 0 || vantages.has(vantage)),
  );
}

function keyOf(vantage: string, check: string, target: string): string {
  return JSON.stringify([vantage, check, target]);
}

function holdsOf(checks: HeaderFact['checks']): ReadonlyMap<string, Ms> {
  return new Map(
    Object.entries(checks).map(([check, { interval_s, hold_s }]) => [
      check,
      Math.round((hold_s ?? 3 * interval_s) * 1000),
    ]),
  );
}

function causeOf(fate: Fate): string {
  if (fate.kind === 'lost') return fate.why;
  return fate.kind === 'pending' ? 'waiting' : 'late';
}

/**
 * Sorted; what lies within an earlier run adds nothing to it. Good messages in a row, with no more than the hold and no gap
 * between two of them, are one: time is the same from it.
 */
function inOrder(seen: Seen[], good: Float64Array, hold: Ms, gaps: readonly GapFact[]): Seen[] {
  // Two at one instant: the bad one first, so that their order in a file changes nothing.
  seen.sort((a, b) => a.from - b.from || a.to - b.to || Number(a.ok) - Number(b.ok) || a.samples - b.samples);
  if (good.some((at, index) => at < (good[index - 1] ?? at))) good.sort();
  const gapBetween = gapFinder(gaps);
  const ordered: Seen[] = [];
  let end = Number.NEGATIVE_INFINITY;
  let row: { from: Millis; to: Millis; samples: number } | undefined;
  let next = 0;
  const endRow = (): void => {
    if (row !== undefined) ordered.push({ ...row, ok: true, hold, cause: undefined, detail: undefined });
    row = undefined;
  };
  const addUpTo = (other: Seen | undefined): void => {
    for (; next < good.length; next++) {
      const at = good[next] ?? 0;
      if (other !== undefined && !isBefore(at, other)) return;
      if (at < end) continue;
      if (row !== undefined && at - row.to <= hold && !gapBetween(row.to, at)) {
        row.to = at;
        row.samples++;
      } else {
        endRow();
        row = { from: at, to: at, samples: 1 };
      }
      end = at;
    }
  };
  for (const one of seen) {
    addUpTo(one);
    if (one.from < end) continue;
    endRow();
    ordered.push(one);
    end = one.to;
  }
  addUpTo(undefined);
  endRow();
  return ordered;
}

/** Whether a good message accepted at `at` comes before. */
function isBefore(at: Millis, { from, to, ok }: Seen): boolean {
  return at < from || (at === from && (at < to || ok));
}

/**
 * A single message that did not come through between two that did is no outage of its route (it counts as a delay); two
 * in a row are one, from the first. At the edge of the data a bad one stays bad.
 */
function withoutSingleBad(seen: readonly Seen[]): Seen[] {
  return seen.map((one, index) => {
    const single = !one.ok && one.samples === 1 && seen[index - 1]?.ok === true && seen[index + 1]?.ok === true;
    return single ? { ...one, ok: true } : one;
  });
}
