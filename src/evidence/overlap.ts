import type { GapFact, RunFact } from '../facts/facts.ts';
import { formatUtc } from '../lib/rfc3339.ts';
import { lineOf } from './line.ts';
import { refusal, type Place } from './refusal.ts';

/** A fact and the line on which it stands. */
export interface Placed<F> {
  readonly fact: F;
  readonly line: number;
}

/** Intervals are half-open: those that touch do not overlap, and one of no length overlaps what it lies inside. */
function overlap(a: RunFact | GapFact, b: RunFact | GapFact): boolean {
  return a.from < b.to && b.from < a.to;
}

/**
 * The runs, those that are told twice once. One vantage cannot have seen two things of one target at a time, nor anything
 * while it could not judge: such files are refused at the later line of the two. Takes n log n.
 */
export function checkRuns(all: readonly Placed<RunFact>[], gaps: readonly Placed<GapFact>[], file: string): RunFact[] {
  const gone = new Set<Placed<RunFact>>();
  const clashes: Clash[] = [];
  for (const timeline of groups(all, ({ fact }) => JSON.stringify([fact.vantage, fact.check, fact.target]))) {
    timeline.sort(byTime);
    for (const twice of toldTwice(timeline)) gone.add(twice);
    let longest: Placed<RunFact> | undefined;
    for (const run of timeline) {
      if (gone.has(run)) continue;
      if (longest !== undefined && overlap(longest.fact, run.fact)) clashes.push(clashOf(longest, run));
      // The one that reaches furthest stands for all before it: what overlaps any of them overlaps it, or it did so itself.
      if (longest === undefined || run.fact.to > longest.fact.to) longest = run;
    }
  }
  const first = [...clashes, ...withGaps(all, gaps)].reduce<Clash | undefined>(
    (a, b) => (a === undefined || b.place < a.place ? b : a),
    undefined,
  );
  if (first !== undefined) throw refusal({ file, line: first.place }, { path: '', expected: first.expected });
  return all.filter((run) => !gone.has(run)).map(({ fact }) => fact);
}

interface Clash {
  readonly place: Place['line'];
  readonly expected: string;
}

function clashOf(a: Placed<RunFact | GapFact>, b: Placed<RunFact | GapFact>): Clash {
  const [first, later] = a.line < b.line ? [a, b] : [b, a];
  const what =
    a.fact.type === b.fact.type
      ? 'runs of one vantage, check and target not to overlap'
      : 'no run to overlap a gap of its vantage that covers its check';
  const other = `the ${first.fact.type} of line ${first.line} (${formatUtc(first.fact.from)} to ${formatUtc(first.fact.to)})`;
  return { place: later.line, expected: `${what}: this ${later.fact.type} overlaps ${other}` };
}

/** For every run the gap before whose end it begins, among those that begin before it ends. */
function withGaps(runs: readonly Placed<RunFact>[], gaps: readonly Placed<GapFact>[]): Clash[] {
  const clashes: Clash[] = [];
  const index = new Map<string, (isOutbound: boolean) => readonly Reach[]>();
  for (const own of groups(gaps, ({ fact }) => fact.vantage)) {
    own.sort(byTime);
    const all = reaches(own);
    const butSink = reaches(own.filter(({ fact }) => fact.why !== 'sink'));
    const vantage = own[0]?.fact.vantage ?? '';
    // While our own sink was down only what goes outbound could not be judged.
    index.set(vantage, (isOutbound) => (isOutbound ? all : butSink));
  }
  for (const run of runs) {
    const own = index.get(run.fact.vantage)?.(run.fact.check === 'outbound') ?? [];
    const furthest = own[countBefore(own, run.fact.to) - 1]?.furthest;
    if (furthest !== undefined && overlap(furthest.fact, run.fact)) clashes.push(clashOf(furthest, run));
  }
  return clashes;
}

/** A gap in the order of beginnings, and which of those up to it ends last. */
interface Reach {
  readonly from: number;
  readonly furthest: Placed<GapFact>;
}

function reaches(sorted: readonly Placed<GapFact>[]): Reach[] {
  let furthest: Placed<GapFact> | undefined;
  return sorted.map((gap) => {
    if (furthest === undefined || gap.fact.to > furthest.fact.to) furthest = gap;
    return { from: gap.fact.from, furthest };
  });
}

function countBefore(sorted: readonly Reach[], instant: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.from ?? instant) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same run twice is one; only runs over the same time are compared. The list is sorted by time. */
function* toldTwice(sorted: readonly Placed<RunFact>[]): Iterable<Placed<RunFact>> {
  let start = 0;
  let said: Set<string> | undefined;
  for (let at = 1; at < sorted.length; at += 1) {
    const first = sorted[start];
    const run = sorted[at];
    if (first === undefined || run === undefined) return;
    if (run.fact.from !== first.fact.from || run.fact.to !== first.fact.to) {
      start = at;
      said = undefined;
      continue;
    }
    said ??= new Set([lineOf(first.fact)]);
    const line = lineOf(run.fact);
    if (said.has(line)) yield run;
    said.add(line);
  }
}

function byTime(a: Placed<RunFact | GapFact>, b: Placed<RunFact | GapFact>): number {
  return a.fact.from - b.fact.from || a.fact.to - b.fact.to || a.line - b.line;
}

function groups<T>(all: readonly T[], keyOf: (one: T) => string): Iterable<T[]> {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = found.get(key);
    if (group === undefined) found.set(key, [one]);
    else group.push(one);
  }
  return found.values();
}
