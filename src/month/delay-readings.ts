import { SECOND, type Instant, type Ms } from '../lib/time.ts';
import type { DelayDays, DelaySeries } from './delay-series.ts';

export interface DelaysAsked {
  readonly system: string;
  readonly days: DelayDays;
}

/** What was read of a system's delays: a page tells it in words, and each of its charts draws from it. */
export interface DelayReadings {
  /** A new one. */
  read(asked: DelaysAsked): readonly DelaySeries[];
  /** The one that ends at `to`, as long as a page that tells it may ask for its charts; else one of the last seconds, or a new one. */
  endingAt(asked: DelaysAsked, to: Instant | null): readonly DelaySeries[];
}

const FRESH_MS = 5 * SECOND;
/** A page is some seconds old when a browser has it, which asks for its charts over a slow line. */
const KEEP_MS = 20 * SECOND;

interface Kept {
  readonly key: string;
  /** By `now`. */
  readonly at: Ms;
  readonly series: readonly DelaySeries[];
}

/** `readDelays` goes through up to 30 days of messages; `now` only ever grows. */
export function createDelayReadings(
  readDelays: (asked: DelaysAsked) => readonly DelaySeries[],
  now: () => Ms,
): DelayReadings {
  let kept: readonly Kept[] = [];

  function read(asked: DelaysAsked): readonly DelaySeries[] {
    const series = readDelays(asked);
    kept = [...kept.filter(({ at }) => now() - at < KEEP_MS), { key: keyOf(asked), at: now(), series }];
    return series;
  }

  return {
    read,
    endingAt(asked, to) {
      const own = kept.filter(({ key, at }) => key === keyOf(asked) && now() - at < KEEP_MS);
      const last = own.findLast(({ at }) => now() - at < FRESH_MS);
      return (own.find(({ series }) => series[0]?.to === to) ?? last)?.series ?? read(asked);
    },
  };
}

function keyOf({ system, days }: DelaysAsked): string {
  return `${days} ${system}`;
}
