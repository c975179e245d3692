import type { Database } from 'better-sqlite3';
import type { EnteredRecord, Millis, RecordKind } from '../facts/facts.ts';
import type { Instant } from '../lib/time.ts';
import { checkedId, checkedPerson, createIds, EntryError, refuse, shown, type EntryProblem } from './entry.ts';
import { fromMicros, toMicros } from './micros.ts';

/** A record as a person enters it. */
export interface NewRecord {
  /** Made when absent. */
  readonly id?: string | undefined;
  readonly kind: RecordKind;
  readonly at: Millis;
  /** The record that this one corrects: it counts nowhere from then on. */
  readonly replaces?: string | undefined;
  /** The kind's own keys, as in evidence; instants in whole ms. */
  readonly body: Readonly<Record<string, number | string | boolean>>;
}

/** A record as it stands; one that was replaced or withdrawn counts nowhere. */
export interface StoredRecord {
  readonly fact: EnteredRecord;
  readonly entered_by: string;
  readonly entered_at: Millis;
  readonly replaced_by?: string;
  readonly withdrawn_by?: string;
  readonly withdrawn_at?: Millis;
}

export type RecordState = 'counts' | 'withdrawn' | 'replaced';

export function recordState({ replaced_by, withdrawn_at }: StoredRecord): RecordState {
  if (withdrawn_at !== undefined) return 'withdrawn';
  return replaced_by === undefined ? 'counts' : 'replaced';
}

/** Problems told of one attempt, at most. */
const MOST_PROBLEMS = 20;

/**
 * Enters all of the records, or none; returns their ids. `now` becomes `entered_at`, floored to the millisecond. One that
 * says the same as a record that stands is refused unless it has an id of its own: a file imported twice counts once.
 * Throws EntryError, its problems with the places of the records.
 */
export function addRecords(
  db: Database,
  records: readonly NewRecord[],
  { system, by, now }: { readonly system: string; readonly by: string; readonly now: Instant },
): readonly string[] {
  const enteredBy = checkedPerson('entered_by', by);
  const enteredAt = toMicros(Math.floor(now));
  const table = prepare(db);

  function add(record: NewRecord, newId: () => string): string {
    const { kind, at, replaces } = record;
    const id = record.id === undefined ? newId() : checkedId(record.id);
    if (table.find.get(id) !== undefined) throw refuse('id', 'an id that is free', `${id}, which is taken`);
    if (replaces !== undefined) checkStands(table, replaces, { system, key: 'replaces' });
    const body = JSON.stringify(Object.fromEntries(Object.entries(record.body).sort(([a], [b]) => (a < b ? -1 : 1))));
    const same = table.same.get({ system, kind, at: toMicros(at), body, replaces: replaces ?? null });
    if (record.id === undefined && same !== undefined)
      throw refuse('id', 'an id of its own, for another record says the same', `none; see ${same}`);
    table.add.run({ id, system, kind, at: toMicros(at), replaces: replaces ?? null, body, enteredBy, enteredAt });
    return id;
  }

  return db
    .transaction(() => {
      const newId = createIds(db, 'records', now);
      const problems: EntryProblem[] = [];
      const ids: string[] = [];
      for (const [index, record] of records.entries()) {
        try {
          ids.push(add(record, newId));
        } catch (error) {
          if (!(error instanceof EntryError)) throw error;
          problems.push(...error.problems.map((problem) => ({ ...problem, index })));
          if (problems.length >= MOST_PROBLEMS) break;
        }
      }
      if (problems.length > 0) throw new EntryError(problems);
      return ids;
    })
    .immediate();
}

/**
 * Takes a record back: it stays in the list and counts nowhere, nor does what it replaced. `now` is floored to the
 * millisecond. Throws EntryError.
 */
export function withdrawRecord(
  db: Database,
  { id, system, by, now }: { readonly id: string; readonly system: string; readonly by: string; readonly now: Instant },
): void {
  db.transaction(() => {
    checkStands(prepare(db), id, { system, key: 'id' });
    db.prepare('INSERT INTO record_withdrawals (record, withdrawn_by, withdrawn_at) VALUES (?, ?, ?)').run(
      id,
      checkedPerson('withdrawn_by', by),
      toMicros(Math.floor(now)),
    );
  }).immediate();
}

/** All records of a system, as they were entered. */
export function listRecords(db: Database, system: string): readonly StoredRecord[] {
  return db
    .prepare<[string], Row>(
      `SELECT e.id, e.kind, e.at, e.replaces, e.body, e.entered_by, e.entered_at, r.id AS replaced_by,
         w.withdrawn_by, w.withdrawn_at
       ${FROM} WHERE e.system = ? ORDER BY e.n`,
    )
    .all(system)
    .map(fromRow);
}

interface Row {
  readonly id: string;
  readonly kind: RecordKind;
  readonly at: number;
  readonly replaces: string | null;
  readonly body: string;
  readonly entered_by: string;
  readonly entered_at: number;
  readonly replaced_by: string | null;
  readonly withdrawn_by: string | null;
  readonly withdrawn_at: number | null;
}

/** A record, what replaced it, and that it was withdrawn. */
const FROM = `FROM records e LEFT JOIN records r ON r.replaces = e.id LEFT JOIN record_withdrawals w ON w.record = e.id`;

interface Same {
  readonly system: string;
  readonly kind: string;
  readonly at: number;
  readonly body: string;
  readonly replaces: string | null;
}

function prepare(db: Database) {
  return {
    find: db.prepare<[string], Pick<Row, 'replaced_by' | 'withdrawn_by'> & { readonly system: string }>(
      `SELECT e.system, r.id AS replaced_by, w.withdrawn_by ${FROM} WHERE e.id = ?`,
    ),
    same: db
      .prepare<Same, string>(
        `SELECT e.id ${FROM} WHERE e.system = :system AND e.kind = :kind AND e.at = :at AND e.body = :body
           AND r.id IS NULL AND w.record IS NULL AND e.id IS NOT :replaces`,
      )
      .pluck(),
    add: db.prepare(
      `INSERT INTO records (id, system, kind, at, replaces, body, entered_by, entered_at)
       VALUES (:id, :system, :kind, :at, :replaces, :body, :enteredBy, :enteredAt)`,
    ),
  };
}

/** `key`: the part of the entry that names the record. */
function checkStands(
  table: Pick<ReturnType<typeof prepare>, 'find'>,
  id: string,
  { system, key }: { readonly system: string; readonly key: string },
): void {
  const found = table.find.get(id);
  if (found === undefined || found.system !== system)
    throw refuse(key, `a record of system ${system}; see mailwitness record list`, shown(id));
  if (found.withdrawn_by !== null)
    throw refuse(key, 'a record that still stands', `${id}, which ${found.withdrawn_by} withdrew`);
  if (found.replaced_by !== null)
    throw refuse(key, 'a record that still stands', `${id}, which ${found.replaced_by} replaced`);
}

function fromRow(row: Row): StoredRecord {
  const own = JSON.parse(row.body) as object;
  const head = { type: 'record', id: row.id, kind: row.kind, at: fromMicros(row.at) };
  return {
    // The body was checked against its kind when it was entered.
    fact: { ...head, ...(row.replaces !== null && { replaces: row.replaces }), ...own } as EnteredRecord,
    entered_by: row.entered_by,
    entered_at: fromMicros(row.entered_at),
    ...(row.replaced_by !== null && { replaced_by: row.replaced_by }),
    ...(row.withdrawn_by !== null &&
      row.withdrawn_at !== null && { withdrawn_by: row.withdrawn_by, withdrawn_at: fromMicros(row.withdrawn_at) }),
  };
}
