import type { Millis } from '../facts/facts.ts';
import { certain, range, type Metric } from './metric.ts';
import type { MonthTerms } from './month-terms.ts';
import { rational } from './rational.ts';
import { mayGrow, type Measured } from './record-figures.ts';

export interface Instants {
  readonly instants: readonly Millis[];
  /** ms of one of the metric. */
  readonly unit: number;
}

/** The longest time without one: between two, and from the last to the month's end; it begins at the last one before. */
export function gapMetrics(of: Readonly<Record<string, Instants>>, terms: MonthTerms): Measured {
  const metrics: Record<string, Metric> = {};
  let n = 0;
  for (const [name, { instants, unit }] of Object.entries(of)) {
    const until = Math.min(terms.known, terms.to);
    const sorted = instants.filter((at) => at < terms.to && at <= terms.known).sort((a, b) => a - b);
    const before = sorted.findLastIndex((at) => at < terms.from);
    const counts = sorted.slice(Math.max(0, before));
    n = Math.max(n, counts.length);
    const longest = longestOf(counts, until);
    if (counts.length === 0) continue;
    const metric = certain(rational(longest, unit));
    // Of what happened before the facts begin one may be missing, and the gap around it was shorter.
    const low = rational(
      longestOf(
        counts.filter((at) => at >= terms.since),
        until,
      ),
      unit,
    );
    metrics[name] = mayGrow(terms.partial ? { ...metric, possible: range(low, metric.value) } : metric, terms);
  }
  return { n, metrics };
}

function longestOf(sorted: readonly Millis[], until: Millis): Millis {
  return sorted.reduce((most, at, index) => Math.max(most, (sorted[index + 1] ?? until) - at), 0);
}
