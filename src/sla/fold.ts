import type { Millis } from '../facts/facts.ts';
import { DAY } from '../lib/time.ts';

/** What a message says of its route: out in time, or surely not. */
export interface RouteSample {
  readonly at: Millis;
  readonly ok: boolean;
}

/** Messages of a route in a row that say the same: a run, as far as time is concerned. */
export interface FoldedRun {
  readonly ok: boolean;
  readonly from: Millis;
  readonly to: Millis;
  readonly samples: number;
}

/**
 * Joins samples, in order of time, to runs; `open` is the last run of those before, and the first of the result where it
 * goes on. Timelines are the same from the runs as from the messages, so two are joined only where `goesOn` says that
 * nothing lies between them (a gap, a run of refusals) and that the hold bridges them. No run is longer than a day.
 */
export function foldSamples(
  open: FoldedRun | undefined,
  samples: Iterable<RouteSample>,
  goesOn: (from: Millis, to: Millis) => boolean,
): FoldedRun[] {
  const runs: FoldedRun[] = [];
  let last = open;
  for (const { at, ok } of samples) {
    if (last !== undefined && last.ok === ok && at - last.from <= DAY && goesOn(last.to, at)) {
      last = { ...last, to: at, samples: last.samples + 1 };
    } else {
      if (last !== undefined) runs.push(last);
      last = { ok, from: at, to: at, samples: 1 };
    }
  }
  if (last !== undefined) runs.push(last);
  return runs;
}
