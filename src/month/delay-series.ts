import type { Contract } from '../config/contract.ts';
import { DAY, type Instant, type Ms } from '../lib/time.ts';
import type { RouteKind } from '../probe/probe.ts';
import { limitsOfRoute } from '../sla/delay-limits.ts';
import type { ProbeRows, RouteDelays } from '../store/probe-rows.ts';

/** How long mail took on a route: over time, and how often which. Of what was accepted in [from, to). */
export interface DelaySeries {
  readonly route: string;
  readonly kind: RouteKind;
  readonly from: Instant;
  readonly to: Instant;
  /** That came out. */
  readonly n: number;
  /** Lost or bounced, or not out yet. */
  readonly missing: number;
  /** Null: nothing came out. */
  readonly p50Ms: Ms | null;
  readonly p95Ms: Ms | null;
  readonly maxMs: Ms | null;
  /** What the contract allows on this route, the smallest first, and how many took longer. */
  readonly limits: readonly { readonly limitMs: Ms; readonly over: number }[];
  /** Equal parts of the span in which something was accepted. */
  readonly parts: readonly DelayPart[];
  /** How many lay in each step of a quarter of a decade, the first at `SPREAD_FROM_MS`. */
  readonly spread: readonly number[];
}

export interface DelayPart {
  readonly at: Instant;
  readonly minMs: Ms | null;
  readonly p50Ms: Ms | null;
  readonly maxMs: Ms | null;
  readonly missing: number;
}

/** What people may look at. */
export const DELAY_DAYS = [1, 7, 30] as const;
export type DelayDays = (typeof DELAY_DAYS)[number];

export const SPREAD_FROM_MS: Ms = 10;
/** From 10 ms to 100,000 s. */
export const SPREAD_STEPS = 28;
const PARTS = 84;

export function delaySeries(
  rows: ProbeRows,
  { system, days }: { readonly system: string; readonly days: DelayDays },
  now: Instant,
  contract: Contract,
): readonly DelaySeries[] {
  const span = { from: now - days * DAY, to: now + 1 };
  return rows
    .delays(system, span.from, span.to)
    .map((route) => seriesOf(route, span, limitsOfRoute(contract, route.kind)));
}

function seriesOf(
  { route, kind, rows }: RouteDelays,
  { from, to }: { readonly from: Instant; readonly to: Instant },
  limits: readonly Ms[],
): DelaySeries {
  const all: Ms[] = [];
  const parts = Array.from({ length: PARTS }, () => ({ delays: [] as Ms[], missing: 0 }));
  const spread = Array.from({ length: SPREAD_STEPS }, () => 0);
  let missing = 0;
  for (const [accepted, out, gone] of rows) {
    const part = parts[Math.min(PARTS - 1, Math.floor(((accepted - from) / (to - from)) * PARTS))];
    if (out === null) {
      missing++;
      if (gone && part !== undefined) part.missing++;
      continue;
    }
    const delay = Math.max(0, out - accepted);
    all.push(delay);
    part?.delays.push(delay);
    const step = Math.floor(4 * Math.log10(Math.max(delay, SPREAD_FROM_MS) / SPREAD_FROM_MS));
    const index = Math.min(SPREAD_STEPS - 1, step);
    spread[index] = (spread[index] ?? 0) + 1;
  }
  const sorted = Float64Array.from(all).sort();
  return {
    route,
    kind,
    from,
    to,
    n: all.length,
    missing,
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    maxMs: sorted.at(-1) ?? null,
    limits: limits.map((limitMs) => ({ limitMs, over: above(sorted, limitMs) })),
    parts: parts.flatMap(({ delays, missing }, index) => {
      if (delays.length === 0 && missing === 0) return [];
      const ordered = Float64Array.from(delays).sort();
      const at = from + ((index + 0.5) * (to - from)) / PARTS;
      return [{ at, minMs: ordered[0] ?? null, p50Ms: quantile(ordered, 0.5), maxMs: ordered.at(-1) ?? null, missing }];
    }),
    spread,
  };
}

/** The nearest rank. */
function quantile(sorted: Float64Array, share: number): Ms | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

function above(sorted: Float64Array, limit: Ms): number {
  let n = 0;
  for (let index = sorted.length - 1; index >= 0 && (sorted[index] ?? 0) > limit; index--) n++;
  return n;
}
