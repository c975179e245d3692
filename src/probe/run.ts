import { DAY, type Instant } from '../lib/time.ts';
import type { Gap, Run, Sample } from './sample.ts';

/** What the next sample of a target does to its runs. */
export type Joined =
  /** The open run is this one now. */
  | { readonly kind: 'grown'; readonly run: Run }
  /** The open run, if there is one, ends as it is; this one is open from now on. */
  | { readonly kind: 'begun'; readonly run: Run }
  /** It tells of time that is told already (the clock was set back); nothing changes. */
  | { readonly kind: 'told' };

/**
 * Joins a sample, which is a run of one (`runOf`), to the open run of its target. `toldUntil` is the end of the last
 * run of that target, open or closed: two runs never overlap, because nobody could say which of them holds.
 */
export function join(open: Run | null, sample: Run, toldUntil: Instant): Joined {
  if (open !== null && goesOn(open, sample)) return { kind: 'grown', run: grow(open, sample) };
  const from = Math.max(sample.from, toldUntil);
  return from > sample.to ? { kind: 'told' } : { kind: 'begun', run: { ...sample, from } };
}

/** A sample as a run of its own. */
export function runOf(sample: Sample): Run {
  const failure = sample.ok ? undefined : sample.failure;
  return {
    system: sample.system,
    check: sample.check,
    target: sample.target,
    ok: sample.ok,
    from: sample.from,
    to: sample.to,
    samples: 1,
    transients: sample.transient === undefined ? 0 : 1,
    holdMs: sample.holdMs,
    ...(failure === undefined ? {} : { cause: failure.cause, detail: failure.detail }),
  };
}

/** Whether a gap leaves this check unjudged: `sink` covers outbound only. */
export function covers(gap: Gap, check: Run['check']): boolean {
  return gap.why !== 'sink' || check === 'outbound';
}

/**
 * The parts of a run before and after a gap that covers it; both are null for a run inside the gap. When the run had
 * grown over the gap before the gap was told, the last sample belongs to the later part, all others to the earlier.
 */
export function splitAt(run: Run, gap: Span): { readonly before: Run | null; readonly after: Run | null } {
  if (run.to <= gap.from) return { before: run, after: null };
  if (run.from >= gap.to) return { before: null, after: run };
  const before = run.from < gap.from ? { ...run, to: gap.from } : null;
  const after = run.to > gap.to ? { ...run, from: gap.to } : null;
  if (before === null || after === null) return { before, after };
  // One visit that lasted over the gap: its answer came after it.
  if (run.samples === 1) return { before: null, after };
  const earlier = Math.min(run.transients, run.samples - 1);
  return {
    before: { ...before, samples: run.samples - 1, transients: earlier },
    after: { ...after, samples: 1, transients: run.transients - earlier },
  };
}

/**
 * The parts of a gap that no run tells already; none when all of it is told. `told`: what was told and stays as it is,
 * in the order of its begins. One unit throughout. A gap of no length is left out only where it lies inside a run.
 */
export function untold(gap: Span, told: readonly Span[]): readonly Span[] {
  const inside = told.filter((each) => each.from < gap.to && gap.from < each.to);
  if (inside.length === 0) return [gap];
  const parts: Span[] = [];
  let from = gap.from;
  for (const each of inside) {
    if (each.from > from) parts.push({ from, to: each.from });
    from = Math.max(from, each.to);
  }
  if (from < gap.to) parts.push({ from, to: gap.to });
  return parts;
}

type Span = Pick<Gap, 'from' | 'to'>;

// The cause of a bad run is its first sample's: a change of cause alone is no change of state. A hold of its own makes
// a run of its own, because a run has one. No run is longer than a day, so that what is closed is never older than that.
function goesOn(open: Run, sample: Run): boolean {
  return (
    open.ok === sample.ok &&
    open.holdMs === sample.holdMs &&
    sample.from - open.to <= open.holdMs &&
    sample.to >= open.from &&
    sample.to - open.from <= DAY
  );
}

function grow(open: Run, sample: Run): Run {
  return {
    ...open,
    to: Math.max(open.to, sample.to),
    samples: open.samples + sample.samples,
    transients: open.transients + sample.transients,
  };
}
