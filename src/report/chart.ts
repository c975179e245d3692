import type { Instant, Ms } from '../lib/time.ts';
import type { Language } from './language.ts';

/** What a chart shows: plain data, so that it can be drawn where there is time for it. */
export type Chart = OverTime | Spread;

interface Frame {
  /** Unique on its page. */
  readonly id: string;
  readonly lang: Language;
  /** In the units of the picture, which is as wide as its place. */
  readonly width: number;
  readonly height: number;
  /** For a screen reader. */
  readonly title: string;
  readonly desc: string;
  /** What the contract allows: a line each. */
  readonly limitsMs: readonly Ms[];
  /** The sheet that an image of its own carries; without it the colours are those of the page around it. */
  readonly sheet?: string;
}

/** Delays over time on a logarithmic scale: of each part of a span the least, the median and the most. */
export interface OverTime extends Frame {
  readonly kind: 'over time';
  readonly from: Instant;
  readonly to: Instant;
  /** IANA zone of what stands below. */
  readonly zone: string;
  readonly parts: readonly {
    readonly at: Instant;
    /** Null: nothing came out. */
    readonly minMs: Ms | null;
    readonly p50Ms: Ms | null;
    readonly maxMs: Ms | null;
    /** Lost or bounced. */
    readonly missing: number;
  }[];
}

/** How many took how long, over a logarithmic axis; what lies beyond it belongs to its first or its last bar. */
export interface Spread extends Frame {
  readonly kind: 'spread';
  readonly fromMs: Ms;
  readonly toMs: Ms;
  readonly bars: readonly { readonly fromMs: Ms; readonly toMs: Ms; readonly n: number }[];
}
