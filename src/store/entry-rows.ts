import type { Database } from 'better-sqlite3';
import type { ExclusionFact, Millis, RecordFact, RecordKind } from '../facts/facts.ts';
import { RECORD_KINDS } from '../facts/facts.ts';
import { listExclusions } from './exclusions.ts';
import { toMillis } from './run-rows.ts';

/**
 * Windows of a system that share time with [from, to), and those that they replace or that replaced them, however far:
 * whether one counts depends on that.
 */
export function exclusionsOf(all: readonly ExclusionFact[], from: Millis, to: Millis): readonly ExclusionFact[] {
  const kept = new Set(all.filter((one) => one.from < to && one.to > from));
  const byId = new Map(all.map((one) => [one.id, one]));
  const replacedBy = new Map(all.map((one) => [one.replaces, one]));
  // A set that grows while it is gone through.
  for (const { id, replaces } of kept) {
    const before = replaces === undefined ? undefined : byId.get(replaces);
    const after = replacedBy.get(id);
    if (before !== undefined) kept.add(before);
    if (after !== undefined) kept.add(after);
  }
  return all.filter((one) => kept.has(one));
}

/** All windows of a system as facts, as they were entered. */
export function allExclusions(db: Database, system: string): readonly ExclusionFact[] {
  return listExclusions(db, system).map(({ fact }) => fact);
}

/**
 * Windows, in the order of their entry, without those under grounds that a contract has not (any more): they take nothing
 * out, and evidence that holds one is refused. What such a window replaced counts nowhere, and goes with it.
 */
export function underGrounds(
  all: readonly ExclusionFact[],
  grounds: Readonly<Record<string, unknown>>,
): readonly ExclusionFact[] {
  const strange = new Set<string>();
  for (const { id, ground, replaces } of all.toReversed()) {
    if (!Object.hasOwn(grounds, ground)) strange.add(id);
    if (strange.has(id) && replaces !== undefined) strange.add(replaces);
  }
  return all.filter(({ id }) => !strange.has(id));
}

/**
 * Records of a system that the month [from, to) is computed from: those of the month, and of definitions, backups and
 * deletions those that happened in it; the last one before it of each kind (of backups each level, and of each level the
 * last that succeeded; of openings and page loads each domain and profile); and what replaced any of them, or was replaced.
 * Without those that were withdrawn, and what they replaced: evidence knows no withdrawal of a record.
 */
export function recordsBetween(db: Database, system: string, from: Millis, to: Millis): readonly RecordFact[] {
  const columns = 'e.n, e.id, e.kind, e.at, e.replaces, e.body, w.record AS withdrawn';
  const table = 'records e LEFT JOIN record_withdrawals w ON w.record = e.id';
  const asked = { system, from, to, from_at: from * 1_000, to_at: to * 1_000 };
  const select = (rest: string): readonly Row[] =>
    db.prepare<typeof asked, Row>(`SELECT ${columns} FROM ${table} ${rest}`).all(asked);
  const lastOf = (where: string, order: string): readonly Row[] =>
    select(
      `LEFT JOIN records r ON r.replaces = e.id WHERE e.system = :system AND ${where} AND r.id IS NULL AND w.record IS NULL ORDER BY ${order} DESC, e.id LIMIT 1`,
    );
  const rows = [
    ...RECORD_KINDS.flatMap((kind) =>
      select(`WHERE e.system = :system AND e.kind = '${kind}' AND e.at >= :from_at AND e.at < :to_at`),
    ),
    ...OWN_INSTANTS.flatMap((where) => select(`WHERE e.system = :system AND ${where}`)),
    ...LAST_BEFORE.flatMap(([where, order]) => lastOf(where, order)),
  ];
  const found = new Map(rows.map((row) => [row.n, row]));
  const byId = db.prepare<[string], Row>(`SELECT ${columns} FROM ${table} WHERE e.id = ?`);
  const byReplaced = db.prepare<[string], Row>(`SELECT ${columns} FROM ${table} WHERE e.replaces = ?`);
  // A map that grows while it is gone through.
  for (const { id, replaces } of found.values()) {
    for (const row of [byReplaced.get(id), replaces === null ? undefined : byId.get(replaces)])
      if (row !== undefined) found.set(row.n, row);
  }
  const rest = [...found.values()].sort((one, other) => one.n - other.n);
  // What a record replaces was entered before it.
  const gone = new Set<string>();
  for (const { id, replaces, withdrawn } of rest.toReversed()) {
    if (withdrawn !== null) gone.add(id);
    if (gone.has(id) && replaces !== null) gone.add(replaces);
  }
  return rest.filter(({ id }) => !gone.has(id)).map(factOf);
}

// As the partial indexes say it, or they are of no use.
const UPDATED = "e.body ->> '$.updated_at'";
const FINISHED = "e.body ->> '$.finished_at'";
const DELETED = "e.body ->> '$.deleted_at'";
const LEVEL = "e.body ->> '$.level'";

const OWN_INSTANTS: readonly string[] = [
  `e.kind = 'definitions' AND ${UPDATED} >= :from AND ${UPDATED} < :to`,
  `e.kind = 'backup' AND ${LEVEL} = 'full' AND ${FINISHED} >= :from AND ${FINISHED} < :to`,
  `e.kind = 'backup' AND ${LEVEL} = 'incremental' AND ${FINISHED} >= :from AND ${FINISHED} < :to`,
  `e.kind = 'account-lock' AND ${DELETED} >= :from AND ${DELETED} < :to`,
];

/** What to look for before the month, and which one is the last. */
const LAST_BEFORE: readonly (readonly [where: string, order: string])[] = [
  ...RECORD_KINDS.map((kind) => [`e.kind = '${kind}' AND e.at < :from_at`, 'e.at'] as const),
  ...['own', 'new'].map(
    (domain) => [`e.kind = 'opening' AND e.at < :from_at AND e.body ->> '$.domain' = '${domain}'`, 'e.at'] as const,
  ),
  ...['broadband', 'narrowband'].map(
    (profile) =>
      [`e.kind = 'page-load' AND e.body ->> '$.profile' = '${profile}' AND e.at < :from_at`, 'e.at'] as const,
  ),
  [`e.kind = 'definitions' AND ${UPDATED} < :from`, UPDATED],
  ...['full', 'incremental'].flatMap((level) => [
    [`e.kind = 'backup' AND ${LEVEL} = '${level}' AND ${FINISHED} < :from`, FINISHED] as const,
    [`e.kind = 'backup' AND ${LEVEL} = '${level}' AND ${FINISHED} < :from AND e.body ->> '$.ok'`, FINISHED] as const,
  ]),
];

interface Row {
  readonly n: number;
  readonly id: string;
  readonly kind: RecordKind;
  readonly at: number;
  readonly replaces: string | null;
  readonly body: string;
  readonly withdrawn: string | null;
}

function factOf({ id, kind, at, replaces, body }: Row): RecordFact {
  const head = { type: 'record', id, kind, at: toMillis(at), ...(replaces !== null && { replaces }) };
  // The body was checked against its kind when it was entered.
  return { ...head, ...(JSON.parse(body) as object) } as RecordFact;
}
