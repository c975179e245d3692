import type { Database } from 'better-sqlite3';
import type { Millis, RunFact } from '../facts/facts.ts';
import type { FoldedRun } from '../sla/fold.ts';
import type { Ms } from '../lib/time.ts';
import type { RouteRow } from './message-rows.ts';
import { inPages } from './outwards.ts';
import { toMillis, type TargetRow } from './run-rows.ts';

/** What a contract says of messages: under other terms the same messages are other samples. */
export interface FoldTerms {
  readonly reach_within: Ms;
  readonly lost_after: Ms;
}

/** The runs that the messages of a route make under some terms, as far as they were folded. */
export interface Fold {
  readonly n: number;
  readonly target: TargetRow;
  /** All that was accepted before it is in the runs, and no run that ends later is to be read. */
  readonly until: Millis;
}

/** The folds of a store as facts: runs without a hold of their own, so that the header's holds. */
export interface FoldRows {
  find(route: RouteRow, target: TargetRow, terms: FoldTerms): Fold | null;
  any(fold: Fold, from: Millis, to: Millis): boolean;
  touching(fold: Fold, from: Millis, to: Millis): readonly RunFact[];
  before(fold: Fold, at: Millis): Iterable<RunFact>;
  after(fold: Fold, at: Millis): Iterable<RunFact>;
  last(fold: Fold): (FoldedRun & { readonly n: number }) | null;
}

export function createFoldRows(db: Database, vantage: string): FoldRows {
  const find = db.prepare<[number, number, number], FoldRow>(
    'SELECT * FROM route_folds WHERE target = ? AND reach_us = ? AND lost_us = ?',
  );
  const frozenTo = db
    .prepare<[number], number | null>(
      'SELECT max(u.to_at) FROM targets t JOIN purges u ON u.system = t.system WHERE t.n = ?',
    )
    .pluck();
  const firstReaching = db
    .prepare<[number, number, number], number | null>(
      'SELECT from_at FROM route_runs WHERE fold = ? AND to_at >= ? AND from_at >= ? ORDER BY to_at, n LIMIT 1',
    )
    .pluck();
  const lastFrozen = db
    .prepare<[number, number], number | null>(
      'SELECT to_at FROM route_runs WHERE fold = ? AND from_at < ? ORDER BY to_at DESC, n DESC LIMIT 1',
    )
    .pluck();
  const columns = 'ok, from_at, to_at, samples';
  const touching = db.prepare<Span, Row>(
    `SELECT ${columns} FROM route_runs
     WHERE fold = :fold AND to_at >= :from AND to_at < :until AND from_at < :to AND to_at <= ifnull(
       (SELECT min(to_at) FROM route_runs WHERE fold = :fold AND to_at >= :to), 9223372036854775807)
     ORDER BY to_at, n`,
  );
  const any = db
    .prepare<Span, number>(
      `SELECT from_at < :to FROM route_runs WHERE fold = :fold AND to_at >= :from AND to_at < :until
       ORDER BY to_at, n LIMIT 1`,
    )
    .pluck();
  const before = db.prepare<Page, Row>(
    `SELECT ${columns} FROM route_runs WHERE fold = :fold AND to_at < :at AND to_at < :until
     ORDER BY to_at DESC, n DESC LIMIT :limit OFFSET :offset`,
  );
  const after = db.prepare<Page, Row>(
    `SELECT ${columns} FROM route_runs WHERE fold = :fold AND to_at >= :at AND from_at >= :at AND to_at < :until
     ORDER BY to_at, n LIMIT :limit OFFSET :offset`,
  );
  const last = db.prepare<[number, number], Row & { n: number }>(
    `SELECT n, ${columns} FROM route_runs WHERE fold = ? AND to_at < ? ORDER BY to_at DESC, n DESC LIMIT 1`,
  );
  const newsOf = prepareNews(db);

  const factOf =
    ({ check, target }: TargetRow) =>
    (row: Row): RunFact => ({ type: 'run', vantage, check, target, ...foldedOf(row) });

  function* pages(statement: typeof before, { n, target, until }: Fold, at: Millis): Generator<RunFact> {
    const page = { fold: n, at: at * 1_000, until: until * 1_000 };
    for (const rows of inPages((limit, offset) => statement.all({ ...page, limit, offset })))
      yield* rows.map(factOf(target));
  }

  return {
    find(route, target, { reach_within, lost_after }) {
      const row = find.get(target.n, reach_within * 1_000, lost_after * 1_000);
      if (row === undefined) return null;
      const { n } = row;
      // Of months whose messages were purged the runs are all that is left.
      const frozen = frozenTo.get(target.n) ?? 0;
      const end = lastFrozen.get(n, frozen) ?? null;
      const soonest = end === null ? 0 : toMillis(end) + 1;
      let until = Math.max(soonest, Math.min(toMillis(row.until_at), newsOf(row, route, target)));
      // A run that reaches over it goes as a whole, and with it those that begin at the same instant.
      for (;;) {
        const from = firstReaching.get(n, until * 1_000, frozen) ?? null;
        if (from === null || toMillis(from) >= until) break;
        until = toMillis(from);
      }
      return { n, target, until };
    },
    any: (fold, from, to) => any.get(spanOf(fold, from, to)) === 1,
    touching: (fold, from, to) => touching.all(spanOf(fold, from, to)).map(factOf(fold.target)),
    before: (fold, at) => pages(before, fold, at),
    after: (fold, at) => pages(after, fold, at),
    last(fold) {
      const row = last.get(fold.n, fold.until * 1_000);
      return row === undefined ? null : { n: row.n, ...foldedOf(row) };
    },
  };
}

/**
 * The earliest instant of which something was told after the fold saw the newest rows: of a message (a clock that was set
 * back), of one that came late, of a gap, of launches that were refused. Infinity: there is no news.
 */
function prepareNews(db: Database): (fold: FoldRow, route: RouteRow, target: TargetRow) => Millis {
  // By n, whatever other index there is: those are a handful.
  const accepted = db
    .prepare<[number, number], number | null>(
      'SELECT min(accepted_at) FROM probes NOT INDEXED WHERE n > ? AND route = ?',
    )
    .pluck();
  const late = db
    .prepare<[number, number], number | null>(
      `SELECT min(p.accepted_at) FROM sightings s NOT INDEXED CROSS JOIN probes p ON p.n = s.probe
       WHERE s.n > ? AND s.meaning = 'late' AND p.route = ?`,
    )
    .pluck();
  const gap = db
    .prepare<[number, number], number | null>(
      "SELECT min(from_at) FROM gaps NOT INDEXED WHERE n > ? AND (why <> 'sink' OR ? = 1)",
    )
    .pluck();
  const run = db
    .prepare<[number, number], number | null>('SELECT min(from_at) FROM runs NOT INDEXED WHERE n > ? AND target = ?')
    .pluck();
  return (fold, route, target) => {
    const news = [
      ...route.rows.flatMap((row) => [accepted.get(fold.seen_probe, row), late.get(fold.seen_sighting, row)]),
      gap.get(fold.seen_gap, Number(target.check === 'outbound')),
      run.get(fold.seen_run, target.n),
    ];
    return Math.min(...news.map((at) => (at === null || at === undefined ? Infinity : toMillis(at))));
  };
}

function spanOf({ n, until }: Fold, from: Millis, to: Millis): Span {
  return { fold: n, from: from * 1_000, to: to * 1_000, until: until * 1_000 };
}

function foldedOf(row: Row): FoldedRun {
  return { ok: row.ok === 1, from: toMillis(row.from_at), to: toMillis(row.to_at), samples: row.samples };
}

interface FoldRow {
  readonly n: number;
  readonly until_at: number;
  readonly seen_probe: number;
  readonly seen_sighting: number;
  readonly seen_gap: number;
  readonly seen_run: number;
}

interface Row {
  readonly ok: number;
  readonly from_at: number;
  readonly to_at: number;
  readonly samples: number;
}

interface Span {
  readonly fold: number;
  readonly from: number;
  readonly to: number;
  readonly until: number;
}

interface Page {
  readonly fold: number;
  readonly at: number;
  readonly until: number;
  readonly limit: number;
  readonly offset: number;
}
