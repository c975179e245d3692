import type { Database } from 'better-sqlite3';
import type { MessageFact, Millis } from '../facts/facts.ts';
import { DAY, MINUTE, type Ms } from '../lib/time.ts';
import { acceptedOf, fateOf, reached } from '../sla/fate.ts';
import { foldSamples, type FoldedRun, type RouteSample } from '../sla/fold.ts';
import { createFoldRows, type FoldRows, type FoldTerms } from './fold-rows.ts';
import { createMessageRows, type MessageRows, type RouteRow } from './message-rows.ts';
import { pacesBetween } from './paces.ts';
import { createRunRows, type RunRows, type TargetRow } from './run-rows.ts';

/** A launch is told a little after it was begun, so nothing younger is folded. */
const MARGIN: Ms = MINUTE;
/** So much of a route in one call: a day of minutes takes a few ms. */
const AT_ONCE: Ms = DAY;

/**
 * Folds the messages of a system's routes on, up to the first one that has not ended, and takes back what news tell
 * otherwise. `known`: until when the store was told what happened. Returns whether there is more to fold at once. To be
 * called now and then by whoever writes the store; a fold that lags behind costs time, never truth.
 */
export function foldRoutes(
  db: Database,
  { system, terms, known }: { readonly system: string; readonly terms: FoldTerms; readonly known: Millis },
): boolean {
  return db
    .transaction(() => {
      const runs = createRunRows(db, '');
      const tables: Tables = { db, runs, messages: createMessageRows(db, '', runs), folds: createFoldRows(db, '') };
      const targets = runs.targets(system);
      let more = false;
      for (const route of tables.messages.routes(system)) {
        const target = targets.find((one) => one.check === route.check && one.target === route.target);
        if (target !== undefined) more = foldRoute(tables, { system, route, target, terms, known }) || more;
      }
      return more;
    })
    .immediate();
}

interface Tables {
  readonly db: Database;
  readonly runs: RunRows;
  readonly messages: MessageRows;
  readonly folds: FoldRows;
}

interface Folding {
  readonly system: string;
  readonly route: RouteRow;
  readonly target: TargetRow;
  readonly terms: FoldTerms;
  readonly known: Millis;
}

function foldRoute(tables: Tables, folding: Folding): boolean {
  const { db, folds } = tables;
  const { route, target, terms, known } = folding;
  begin(db, target, terms);
  const fold = folds.find(route, target, terms);
  if (fold === null) throw new Error('a fold that was begun is not there');
  db.prepare('DELETE FROM route_runs WHERE fold = ? AND to_at >= ?').run(fold.n, fold.until * 1_000);
  const horizon = Math.min(known - MARGIN, oldestOpen(db, route));
  const first = firstOf(tables.messages.after(route, fold.until)) ?? horizon;
  const until = Math.min(horizon, first + AT_ONCE);
  const some = first < until ? tables.messages.within(route, fold.until, until) : [];
  const open = folds.last(fold);
  const span = { from: open?.to ?? fold.until, to: until };
  const runs = foldSamples(open ?? undefined, samplesOf(some, terms, known), joinsOver(tables, folding, span));
  write(db, fold.n, open, runs);
  db.prepare(
    `UPDATE route_folds SET until_at = :until, seen_probe = (SELECT ifnull(max(n), 0) FROM probes),
       seen_sighting = (SELECT ifnull(max(n), 0) FROM sightings), seen_gap = (SELECT ifnull(max(n), 0) FROM gaps),
       seen_run = (SELECT ifnull(max(n), 0) FROM runs)
     WHERE n = :n`,
  ).run({ n: fold.n, until: Math.max(fold.until, until) * 1_000 });
  return until < horizon;
}

function begin(db: Database, target: TargetRow, { reach_within, lost_after }: FoldTerms): void {
  db.prepare(
    `INSERT INTO route_folds (target, reach_us, lost_us, until_at, seen_probe, seen_sighting, seen_gap, seen_run)
     VALUES (?, ?, ?, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING`,
  ).run(target.n, reach_within * 1_000, lost_after * 1_000);
}

/** Nothing that a launch under way may still tell lies before its begin. */
function oldestOpen(db: Database, { rows }: RouteRow): Millis {
  const oldest = db
    .prepare<[number], number | null>(
      // Left to itself SQLite goes through all that the route ever sent.
      'SELECT min(launched_at) FROM probes INDEXED BY probes_open WHERE settled_at IS NULL AND route = ?',
    )
    .pluck();
  return Math.min(...rows.map((row) => Math.floor((oldest.get(row) ?? Infinity) / 1_000)));
}

function firstOf(messages: Iterable<MessageFact>): Millis | undefined {
  for (const { accepted_at } of messages) return accepted_at;
  return undefined;
}

function samplesOf(messages: Iterable<MessageFact>, terms: FoldTerms, known: Millis): RouteSample[] {
  const samples: RouteSample[] = [];
  for (const message of messages) {
    const accepted = acceptedOf(message);
    if (accepted === undefined) continue;
    const ok = reached(fateOf(accepted, { lost_after: terms.lost_after, known }), terms.reach_within);
    if (ok !== undefined) samples.push({ at: accepted.acceptedAt, ok });
  }
  // As the arithmetic orders what lies at one instant.
  return samples.sort((one, other) => one.at - other.at || Number(one.ok) - Number(other.ok));
}

/** Whether the state goes on between two messages, whatever hold the month's header has: it is never shorter than the pace's. */
function joinsOver(
  { db, runs }: Tables,
  { system, target }: Folding,
  span: { readonly from: Millis; readonly to: Millis },
): (from: Millis, to: Millis) => boolean {
  const paces = pacesBetween(db, system, span.from, span.to).filter(({ check }) => check === target.check);
  const between = [
    ...runs.gaps(span.from, span.to).filter(({ why }) => why !== 'sink' || target.check === 'outbound'),
    ...runs.touching(target, span.from, span.to),
  ];
  return (from, to) => {
    const pace = paces.find(({ since, until }) => since <= to && (until === null || to < until));
    if (pace === undefined || to - from > pace.holdMs) return false;
    return !between.some((each) => each.to >= from && each.from <= to);
  };
}

/** The first of them is the open one, where there is one, as far as it goes on. */
function write(db: Database, fold: number, open: ReturnType<FoldRows['last']>, runs: readonly FoldedRun[]): void {
  const [first] = runs;
  if (open !== null && first !== undefined && first.samples > open.samples)
    db.prepare('UPDATE route_runs SET to_at = ?, samples = ? WHERE n = ?').run(first.to * 1_000, first.samples, open.n);
  const add = db.prepare('INSERT INTO route_runs (fold, ok, from_at, to_at, samples) VALUES (?, ?, ?, ?, ?)');
  for (const { ok, from, to, samples } of open === null ? runs : runs.slice(1))
    add.run(fold, Number(ok), from * 1_000, to * 1_000, samples);
}
