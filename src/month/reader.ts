import type { Database } from 'better-sqlite3';
import type { MessageFact, Millis, RunFact } from '../facts/facts.ts';
import { createFoldRows, type Fold, type FoldRows, type FoldTerms } from '../store/fold-rows.ts';
import { createMessageRows, type MessageRows, type RouteRow } from '../store/message-rows.ts';
import { readIdentity } from '../store/meta.ts';
import { createRunRows, type RunRows, type TargetRow } from '../store/run-rows.ts';

/** The rows of a store as facts. Its statements are prepared once, so it is good for many months. */
export interface Reader {
  readonly db: Database;
  readonly runs: RunRows;
  readonly messages: MessageRows;
  readonly folds: FoldRows;
}

export function createReader(db: Database): Reader {
  const identity = readIdentity(db);
  if (identity === null) throw new Error('a store without its identity was opened');
  const { vantage } = identity;
  const runs = createRunRows(db, vantage);
  return { db, runs, messages: createMessageRows(db, vantage, runs), folds: createFoldRows(db, vantage) };
}

/** A check at a target, or a route: what the arithmetic makes one timeline of. */
export interface Line {
  readonly check: string;
  /** Where runs are booked; a route has some where launches were refused. */
  readonly target: TargetRow | null;
  readonly route: RouteRow | null;
}

export function linesOf({ runs, messages }: Reader, system: string): readonly Line[] {
  const targets = runs.targets(system);
  const routes = messages.routes(system);
  const targetOf = ({ check, target }: RouteRow): TargetRow | undefined =>
    targets.find((one) => one.check === check && one.target === target);
  const ofRoutes = new Set(routes.map(targetOf));
  return [
    ...targets
      .filter((target) => !ofRoutes.has(target))
      .map((target) => ({ check: target.check, target, route: null })),
    ...routes.map((route) => ({ check: route.check, target: targetOf(route) ?? null, route })),
  ];
}

/** Where the samples of a route are read from that are no runs of the store: instants are those of acceptance. */
export interface RouteSamples {
  any(from: Millis, to: Millis): boolean;
  runsWithin(from: Millis, to: Millis): readonly RunFact[];
  messagesWithin(from: Millis, to: Millis): Iterable<MessageFact>;
  before(at: Millis): Iterable<RunFact | MessageFact>;
  after(at: Millis): Iterable<RunFact | MessageFact>;
}

/** Each message by itself: what evidence is made of. */
export function messageByMessage({ messages }: Reader, { route }: Line): RouteSamples {
  if (route === null) return NO_SAMPLES;
  return {
    any: (from, to) => messages.any(route, from, to),
    runsWithin: () => [],
    messagesWithin: (from, to) => messages.within(route, from, to),
    before: (at) => messages.before(route, at),
    after: (at) => messages.after(route, at),
  };
}

/** The same timelines from folded runs, as far as there are any. */
export function foldedAsFarAsPossible(reader: Reader, line: Line, terms: FoldTerms): RouteSamples {
  const { folds, messages } = reader;
  const { route, target } = line;
  if (route === null) return NO_SAMPLES;
  const fold = target === null ? null : folds.find(route, target, terms);
  return fold === null ? messageByMessage(reader, line) : foldedThenMessages(folds, messages, fold, route);
}

function foldedThenMessages(folds: FoldRows, messages: MessageRows, fold: Fold, route: RouteRow): RouteSamples {
  const { until } = fold;
  const rest = (from: Millis): Millis => Math.max(from, until);
  return {
    any: (from, to) => folds.any(fold, from, to) || messages.any(route, from, to),
    runsWithin: (from, to) => folds.touching(fold, from, to),
    // Where none of the folded ones told anything they come themselves: a route that was void all the time did run.
    messagesWithin: (from, to) => messages.within(route, folds.any(fold, from, to) ? rest(from) : from, to),
    *before(at) {
      for (const message of at > until ? messages.before(route, at) : []) {
        if ((message.accepted_at ?? 0) < until) break;
        yield message;
      }
      yield* folds.before(fold, at);
    },
    *after(at) {
      yield* folds.after(fold, at);
      yield* messages.after(route, rest(at));
    },
  };
}

const NO_SAMPLES: RouteSamples = {
  any: () => false,
  runsWithin: () => [],
  messagesWithin: () => [],
  before: () => [],
  after: () => [],
};
