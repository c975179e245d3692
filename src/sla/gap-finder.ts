import type { GapFact, Millis } from '../facts/facts.ts';

/** Asked in order of time: whether a gap lies between two instants. */
export function gapFinder(gaps: readonly GapFact[]): (from: Millis, to: Millis) => boolean {
  const merged: { from: Millis; to: Millis }[] = [];
  for (const { from, to } of [...gaps].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  let next = 0;
  return (from, to) => {
    while (next < merged.length && (merged[next]?.to ?? 0) <= from) next++;
    const gap = merged[next];
    return gap !== undefined && gap.from < to;
  };
}
