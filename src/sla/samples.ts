import type { Contract } from '../config/contract.ts';
import type { Facts, GapFact, Millis } from '../facts/facts.ts';
import { ROUTE_NAMES } from '../lib/check-names.ts';
import type { Ms } from '../lib/time.ts';
import { acceptedOf, fateOf, reached, type Fate } from './fate.ts';

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

/** One series for each vantage, check of the header and target that the facts know. */
export function seriesOf(facts: Facts, contract: Contract): Series[] {
  const { checks } = facts.header;
  const found = new Map<string, { vantage: string; check: string; target: string; seen: Seen[] }>();
  const of = (vantage: string, check: string, target = ''): Seen[] => {
    const key = JSON.stringify([vantage, check, target]);
    let series = found.get(key);
    if (series === undefined) found.set(key, (series = { vantage, check, target, seen: [] }));
    return series.seen;
  };
  const holds = new Map(
    Object.entries(checks).map(([check, { interval_s, hold_s }]) => [
      check,
      Math.round((hold_s ?? 3 * interval_s) * 1000),
    ]),
  );
  for (const run of facts.runs) {
    const hold = run.hold_s === undefined ? holds.get(run.check) : Math.round(run.hold_s * 1000);
    if (hold === undefined) continue;
    const { ok, from, to, samples, cause, detail } = run;
    of(run.vantage, run.check, run.target).push({ ok, from, to, samples, hold, cause, detail });
  }
  const terms = { lost_after: contract.lost_after, known: facts.header.to };
  // A route whose messages were all void did run: it is unmeasured, and does not drop out as if it were none.
  for (const { vantage, route, target, kind = 'plain', outcome } of facts.messages) {
    if (outcome === 'void' && kind === 'plain' && holds.has(route)) of(vantage, route, target);
  }
  for (const accepted of acceptedOf(facts.messages)) {
    const { message, acceptedAt } = accepted;
    const hold = holds.get(message.route);
    if (hold === undefined || (message.kind ?? 'plain') !== 'plain') continue;
    const seen = of(message.vantage, message.route, message.target);
    const fate = fateOf(accepted, terms);
    const ok = reached(fate, contract.reach_within);
    if (ok === undefined) continue;
    const cause = ok ? undefined : causeOf(fate);
    seen.push({ ok, from: acceptedAt, to: acceptedAt, samples: 1, hold, cause, detail: ok ? undefined : message.id });
  }
  const routes: readonly string[] = ROUTE_NAMES;
  return [...found.values()].map(({ seen, ...name }) => {
    const ordered = inOrder(seen);
    return {
      ...name,
      seen: routes.includes(name.check) ? withoutSingleBad(ordered) : ordered,
      gaps: facts.gaps.filter(
        (gap) => gap.vantage === name.vantage && (gap.why !== 'sink' || name.check === 'outbound'),
      ),
    };
  });
}

function causeOf(fate: Fate): string {
  if (fate.kind === 'lost') return fate.why;
  return fate.kind === 'pending' ? 'waiting' : 'late';
}

/** Sorted; what lies within an earlier run adds nothing to it. */
function inOrder(seen: Seen[]): Seen[] {
  // Two at one instant: the bad one first, so that their order in a file changes nothing.
  seen.sort((a, b) => a.from - b.from || a.to - b.to || Number(a.ok) - Number(b.ok) || a.samples - b.samples);
  const ordered: Seen[] = [];
  for (const one of seen) {
    const last = ordered.at(-1);
    if (last === undefined || one.from >= last.to) ordered.push(one);
  }
  return ordered;
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
