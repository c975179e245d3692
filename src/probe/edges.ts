import type { Instant } from '../lib/time.ts';
import type { Gap, Sample } from './sample.ts';

/** Keeps what is recorded free of overlap: a gap begins where the last sample ended, a sample where the last gap did. */
export interface Edges {
  sample(sample: Sample): Sample;
  /** Null where nothing is left of it: the time was judged after all. */
  gap(gap: Gap): Gap | null;
}

/** A `sink` gap concerns outbound only and is clipped against outbound samples; all others against every sample. */
export function createEdges(): Edges {
  let sampledTo: Instant = -Infinity;
  let outboundTo: Instant = -Infinity;
  let gapTo: Instant = -Infinity;
  let sinkGapTo: Instant = -Infinity;
  let stillTo: Instant = -Infinity;
  return {
    sample(sample) {
      const outbound = sample.check === 'outbound';
      const edge = outbound ? Math.max(gapTo, sinkGapTo) : gapTo;
      sampledTo = Math.max(sampledTo, sample.to);
      if (outbound) outboundTo = Math.max(outboundTo, sample.to);
      // A visit over time in which we stood still says what it found, and not how long that took.
      const phases = sample.from < stillTo ? [] : sample.phases;
      return { ...sample, phases, from: Math.min(Math.max(sample.from, edge), sample.to) };
    },
    gap(gap) {
      const sink = gap.why === 'sink';
      const from = Math.max(gap.from, sink ? Math.max(outboundTo, sinkGapTo) : Math.max(sampledTo, gapTo));
      if (from > gap.to) return null;
      if (sink) sinkGapTo = gap.to;
      else gapTo = gap.to;
      if (gap.why === 'suspend' || gap.why === 'overload') stillTo = gap.to;
      return { ...gap, from };
    },
  };
}
