import type { Connected, Contract, HowMany } from '../config/contract.ts';
import type { Facts } from '../facts/facts.ts';
import { timelinesOf, type BadReach } from './outage-bounds.ts';
import { seriesOf, type RouteSamples, type Seen, type Series } from './samples.ts';
import {
  anyGood,
  atLeastBad,
  combine,
  mapBounds,
  withoutShortBad,
  type Bounds,
  type Tally,
  type State,
  type Timeline,
} from './timeline.ts';

/** Whether mail could be sent and received, over all the time that the facts tell of. */
export interface ConnectedTime extends Bounds<Timeline> {
  /** Whether any check of the contract's expression ran at all, anywhere. */
  readonly configured: boolean;
  /** The checks that count in it, each with its estimate from each vantage. */
  readonly checks: readonly CheckTime[];
}

export interface CheckTime {
  readonly check: string;
  readonly estimate: Timeline;
  /** What was seen of it at all targets, in order of each. */
  readonly seen: readonly (readonly Seen[])[];
  /** What made it bad, at each target, in order. */
  readonly reaches: readonly (readonly BadReach[])[];
}

/**
 * Samples to timelines, targets to checks, checks to `connected` by the contract's expression, vantages to one answer
 * (docs/figures.md, "From samples to time"). `settled`: what messages that are open are taken for.
 */
export function connectedTime(
  facts: Omit<Facts, 'messages'>,
  contract: Contract,
  routes: RouteSamples,
  settled?: 'good' | 'bad',
): ConnectedTime {
  const vantages = new Map<string, Map<string, Series[]>>();
  for (const series of seriesOf(facts, routes, settled)) {
    let checks = vantages.get(series.vantage);
    if (checks === undefined) vantages.set(series.vantage, (checks = new Map()));
    const known = checks.get(series.check);
    if (known === undefined) checks.set(series.check, [series]);
    else known.push(series);
  }
  const named = checksOf(contract.connected);
  const checkTimes: CheckTime[] = [];
  const seenFrom: Bounds<Timeline>[] = [];
  for (const checks of vantages.values()) {
    const times = new Map<string, Bounds<Timeline>>();
    for (const [check, targets] of checks) {
      if (!named.has(check)) continue;
      const need = needed(contract.bad_when.targets, targets.length);
      const each = targets.map(timelinesOf);
      const time = together(each, atLeastBad(need));
      times.set(check, time);
      checkTimes.push({
        check,
        estimate: time.estimate,
        seen: targets.map(({ seen }) => seen),
        reaches: each.map(({ reaches }) => reaches),
      });
    }
    const time = evaluate(contract.connected, times);
    if (time !== undefined) seenFrom.push(time);
  }
  const need = needed(contract.vantage.need, seenFrom.length);
  const time = together(seenFrom, atLeastBad(need));
  return {
    ...mapBounds(time, (timeline) => withoutShortBad(timeline, contract.min_outage)),
    configured: seenFrom.length > 0,
    checks: checkTimes,
  };
}

/** Of an expression whose checks were never made: undefined, it drops out. */
function evaluate(connected: Connected, times: ReadonlyMap<string, Bounds<Timeline>>): Bounds<Timeline> | undefined {
  if (connected.kind === 'check') return times.get(connected.check);
  const parts = connected.parts.map((part) => evaluate(part, times)).filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  return together(parts, connected.kind === 'all' ? atLeastBad(1) : anyGood);
}

function together(parts: readonly Bounds<Timeline>[], judge: (tally: Tally) => State): Bounds<Timeline> {
  return {
    least: combine(
      parts.map(({ least }) => least),
      judge,
    ),
    estimate: combine(
      parts.map(({ estimate }) => estimate),
      judge,
    ),
    most: combine(
      parts.map(({ most }) => most),
      judge,
    ),
  };
}

function checksOf(connected: Connected): Set<string> {
  if (connected.kind === 'check') return new Set([connected.check]);
  return new Set(connected.parts.flatMap((part) => [...checksOf(part)]));
}

/** Where there are fewer than needed, all of them are needed; a share is rounded up, for "at least". */
export function needed(howMany: HowMany, of: number): number {
  if (howMany.kind === 'count') return Math.max(1, Math.min(howMany.count, of));
  const { numerator, scale } = howMany.percent;
  const hundreds = 100n * 10n ** BigInt(scale);
  return Math.max(1, Number((numerator * BigInt(of) + hundreds - 1n) / hundreds));
}
