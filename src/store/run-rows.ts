import type { Database } from 'better-sqlite3';
import type { GapFact, GapReason, Millis, RunFact } from '../facts/facts.ts';
import type { CheckName } from '../lib/check-names.ts';
import { inPages } from './outwards.ts';

/** What was visited, or launched from: a check or a kind of route, and its target. */
export interface TargetRow {
  readonly n: number;
  readonly check: CheckName;
  readonly target: string;
}

/**
 * The runs and gaps of a store as facts; instants in whole ms, floored. The open run reaches to its last sample. What
 * `touching`, `before` and `after` tell of a span has no part in common and is all there is.
 */
export interface RunRows {
  targets(system: string): readonly TargetRow[];
  /** Whether anything was seen in [from, to). */
  any(target: number, from: Millis, to: Millis): boolean;
  /** Runs that share an instant with [from, to), the first one first. */
  touching(target: TargetRow, from: Millis, to: Millis): readonly RunFact[];
  /** Runs that ended before `at`, the last one first. */
  before(target: TargetRow, at: Millis): Iterable<RunFact>;
  /** Runs that began at `at` or later, the first one first. */
  after(target: TargetRow, at: Millis): Iterable<RunFact>;
  /** Gaps that share an instant with [from, to]. */
  gaps(from: Millis, to: Millis): readonly GapFact[];
  /** When the wall was first set after `at`; null: never. */
  firstStepAfter(at: Millis): Millis | null;
}

export function createRunRows(db: Database, vantage: string): RunRows {
  const columns = 'ok, from_at, to_at, samples, transients, hold_us, cause, detail';
  const targets = db.prepare<[string], TargetRow>(
    'SELECT n, check_name AS "check", target FROM targets WHERE system = ? ORDER BY check_name, target',
  );
  // Runs of one target never overlap, so in the order of their ends they are in the order of their begins.
  const touching = db
    .prepare<Span, Row>(
      `SELECT ${columns} FROM runs
     WHERE target = :target AND to_at >= :from AND from_at < :to AND to_at <= ifnull(
       (SELECT min(to_at) FROM runs WHERE target = :target AND to_at >= :to), 9223372036854775807)
     ORDER BY to_at, n`,
    )
    .raw();
  const before = db
    .prepare<Page, Row>(
      `SELECT ${columns} FROM runs WHERE target = :target AND to_at < :at ORDER BY to_at DESC, n DESC LIMIT :limit OFFSET :offset`,
    )
    .raw();
  const after = db
    .prepare<Page, Row>(
      `SELECT ${columns} FROM runs WHERE target = :target AND to_at >= :at AND from_at >= :at
     ORDER BY to_at, n LIMIT :limit OFFSET :offset`,
    )
    .raw();
  const any = db
    .prepare<Span, number>(
      'SELECT from_at < :to FROM runs WHERE target = :target AND to_at >= :from ORDER BY to_at, n LIMIT 1',
    )
    .pluck();
  const gaps = db.prepare<[number, number], { from_at: number; to_at: number; why: GapReason }>(
    'SELECT from_at, to_at, why FROM gaps WHERE to_at >= ? AND from_at <= ? ORDER BY from_at, to_at',
  );
  const firstStep = db
    .prepare<[number], number | null>("SELECT min(from_at) FROM gaps WHERE to_at > ? AND why = 'clock'")
    .pluck();

  const factOf =
    ({ check, target }: TargetRow) =>
    ([ok, from, to, samples, transients, hold, cause, detail]: Row): RunFact => ({
      type: 'run',
      vantage,
      check,
      target,
      ok: ok === 1,
      from: toMillis(from),
      to: toMillis(to),
      samples,
      hold_s: hold / 1_000_000,
      ...(transients > 0 && { transients }),
      ...(cause !== null && { cause }),
      ...(detail !== null && { detail }),
    });

  function* pages(statement: typeof before, target: TargetRow, at: Millis): Generator<RunFact> {
    const fact = factOf(target);
    const page = { target: target.n, at: at * 1_000 };
    for (const rows of inPages((limit, offset) => statement.all({ ...page, limit, offset }))) yield* rows.map(fact);
  }

  return {
    targets: (system) => targets.all(system),
    any: (target, from, to) => any.get({ target, from: from * 1_000, to: to * 1_000 }) === 1,
    touching: (target, from, to) =>
      touching.all({ target: target.n, from: from * 1_000, to: to * 1_000 }).map(factOf(target)),
    before: (target, at) => pages(before, target, at),
    after: (target, at) => pages(after, target, at),
    gaps(from, to) {
      // Two that are the same in whole ms are one, as in evidence.
      const found = new Map<string, GapFact>();
      for (const { from_at, to_at, why } of gaps.all(from * 1_000, to * 1_000 + 999)) {
        const gap = { type: 'gap', vantage, from: toMillis(from_at), to: toMillis(to_at), why } as const;
        found.set(`${gap.from} ${gap.to} ${why}`, gap);
      }
      return [...found.values()];
    },
    firstStepAfter(at) {
      const from = firstStep.get(at * 1_000 + 999) ?? null;
      return from === null ? null : Math.max(at, toMillis(from));
    },
  };
}

/** Whole ms of the store's µs. */
export function toMillis(micros: number): Millis {
  return Math.floor(micros / 1_000);
}

interface Span {
  readonly target: number;
  readonly from: number;
  readonly to: number;
}

interface Page {
  readonly target: number;
  readonly at: number;
  readonly limit: number;
  readonly offset: number;
}

/** ok, from_at, to_at, samples, transients, hold_us, cause, detail. */
type Row = readonly [number, number, number, number, number, number, string | null, string | null];
