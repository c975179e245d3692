import type { Contract } from '../config/contract.ts';
import type { CheckPace, GapFact, MessageFact, Millis, RunFact } from '../facts/facts.ts';
import { CHECK_NAMES } from '../lib/check-names.ts';
import { HOUR } from '../lib/time.ts';
import type { Interval } from '../sla/interval.ts';
import { pacesBetween } from '../store/paces.ts';
import { samplesAfter, samplesBefore } from './beyond-edge.ts';
import type { Line, Reader, RouteSamples } from './reader.ts';

/** What the store saw of a month and beyond its edges, as far as the month's figures depend on it. */
export interface SpanFacts {
  readonly checks: Readonly<Record<string, CheckPace>>;
  readonly runs: readonly RunFact[];
  readonly gaps: readonly GapFact[];
  /** Read while they are asked for. */
  messages(): Iterable<MessageFact>;
}

/**
 * Gathers them. A timeline belongs to the month when anything was seen of it there: a mailbox that was configured before
 * or after must not stand as one that was never measured. Of its neighbourhood comes what edges need: see beyond-edge.ts.
 */
export function spanFacts(
  reader: Reader,
  lines: readonly Line[],
  { span, system, contract, known, samplesOf }: SpanAsked,
): SpanFacts {
  const { from, to } = span;
  const checks = checksOf(reader, system, span);
  const margin = contract.min_outage > 0 ? contract.min_outage + 2 * longestHold(checks) : 0;
  // All messages of the hour before; and where short outages do not count, enough to see how long one is.
  const window = { from: from - Math.max(HOUR, margin), to: to + margin };
  const runs: RunFact[] = [];
  const beyond: MessageFact[] = [];
  const routes: RouteSamples[] = [];
  let reach: Interval = window;
  for (const line of lines) {
    const samples = samplesOf(line);
    const { target } = line;
    if (!(target !== null && reader.runs.any(target.n, from, to)) && !samples.any(from, to)) continue;
    // One by one: a check that flaps has more runs than a call takes arguments.
    for (const run of target === null ? [] : reader.runs.touching(target, window.from, window.to)) runs.push(run);
    for (const run of samples.runsWithin(window.from, window.to)) runs.push(run);
    routes.push(samples);
    const terms = { contract, known };
    const outside = [
      ...samplesBefore(reader, line, samples, from, terms).filter((one) => one.to < window.from),
      ...samplesAfter(reader, line, samples, to, terms).filter((one) => one.from >= window.to),
    ];
    for (const { fact, ...its } of outside) {
      if (fact.type === 'run') runs.push(fact);
      else beyond.push(fact);
      reach = { from: Math.min(reach.from, its.from), to: Math.max(reach.to, its.to) };
    }
  }
  return {
    checks: withChecksOf(runs, checks),
    runs,
    gaps: reader.runs.gaps(reach.from, reach.to),
    *messages() {
      for (const samples of routes) yield* samples.messagesWithin(window.from, window.to);
      yield* beyond;
    },
  };
}

export interface SpanAsked {
  readonly span: Interval;
  readonly system: string;
  readonly contract: Pick<Contract, 'reach_within' | 'lost_after' | 'min_outage'>;
  readonly known: Millis;
  readonly samplesOf: (line: Line) => RouteSamples;
}

/** Of a check whose pace was changed in the span the slowest: a shorter hold would turn measured time into unmeasured. */
function checksOf({ db }: Reader, system: string, { from, to }: Interval): Record<string, CheckPace> {
  const checks: Record<string, CheckPace> = {};
  for (const { check, intervalMs, holdMs } of pacesBetween(db, system, from, to)) {
    const hold_s = holdMs / 1_000;
    if (hold_s > (checks[check]?.hold_s ?? 0)) checks[check] = { interval_s: intervalMs / 1_000, hold_s };
  }
  return checks;
}

/** A check that ran is named, whatever the store was told of its pace: its runs say how long they hold. */
function withChecksOf(runs: readonly RunFact[], known: Record<string, CheckPace>): Record<string, CheckPace> {
  const checks = { ...known };
  for (const { check, hold_s } of runs) {
    const named = checks[check];
    if (hold_s === undefined || known[check] !== undefined || hold_s <= (named?.hold_s ?? 0)) continue;
    checks[check] = { interval_s: hold_s / 3, hold_s };
  }
  return Object.fromEntries(CHECK_NAMES.flatMap((name) => (checks[name] === undefined ? [] : [[name, checks[name]]])));
}

function longestHold(checks: Readonly<Record<string, CheckPace>>): number {
  return Math.max(0, ...Object.values(checks).map(({ hold_s = 0 }) => hold_s * 1_000));
}
