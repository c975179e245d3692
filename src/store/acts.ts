import type { Database } from 'better-sqlite3';
import type { WrittenRecord } from '../facts/read-record.ts';
import type { Instant } from '../lib/time.ts';
import { EntryError, type EntryProblem } from './entry.ts';
import { addExclusion, approveExclusion, withdrawExclusion, type NewExclusion } from './exclusions.ts';
import { fromMicros, toMicros } from './micros.ts';
import { addRecords, withdrawRecord } from './records.ts';

/** Who acts, and from where. */
export interface Actor {
  readonly person: string;
  readonly role: string;
  readonly address: string;
}

/** What a person does; whether they may was asked before. */
export type Deed =
  | { readonly kind: 'sign in' | 'sign out' }
  | {
      readonly kind: 'enter exclusion';
      /** `entered_by` is the actor. */
      readonly entry: Omit<NewExclusion, 'entered_by'>;
      readonly grounds: readonly string[];
    }
  | { readonly kind: 'approve exclusion' | 'withdraw exclusion'; readonly system: string; readonly id: string }
  | { readonly kind: 'enter record'; readonly system: string; readonly record: WrittenRecord }
  | { readonly kind: 'withdraw record'; readonly system: string; readonly id: string };

/** An act on the pages, as it is kept. */
export interface Act extends Actor {
  readonly at: Instant;
  readonly act: string;
  readonly system: string | null;
  /** Id of the exclusion or record. */
  readonly entry: string | null;
}

export type Done =
  /** `id`: of what was entered or acted on. */
  | { readonly kind: 'done'; readonly id: string | null }
  | { readonly kind: 'refused'; readonly problems: readonly EntryProblem[] };

/**
 * Does it and writes it down, both or neither, in one transaction: nothing is entered that nobody is on record for. What
 * the rules of entries forbid is refused, and leaves nothing.
 */
export function act(db: Database, deed: Deed, actor: Actor, now: Instant): Done {
  try {
    return db
      .transaction((): Done => {
        const { system, id } = perform(db, deed, actor.person, now);
        addAct(db, { ...actor, at: now, act: nameOf(deed), system, entry: id });
        return { kind: 'done', id };
      })
      .immediate();
  } catch (error) {
    if (error instanceof EntryError) return { kind: 'refused', problems: error.problems };
    throw error;
  }
}

/** Does it and writes nothing down; to be called inside a transaction. Throws EntryError. */
export function perform(
  db: Database,
  deed: Deed,
  person: string,
  now: Instant,
): { readonly system: string | null; readonly id: string | null } {
  switch (deed.kind) {
    case 'sign in':
    case 'sign out':
      return { system: null, id: null };
    case 'enter exclusion': {
      const { entry, grounds } = deed;
      return { system: entry.system, id: addExclusion(db, { ...entry, entered_by: person }, { now, grounds }) };
    }
    case 'approve exclusion':
      approveExclusion(db, { id: deed.id, system: deed.system, by: person, now });
      return deed;
    case 'withdraw exclusion':
      withdrawExclusion(db, { id: deed.id, system: deed.system, by: person, now });
      return deed;
    case 'enter record': {
      const [id = null] = addRecords(db, [deed.record], { system: deed.system, by: person, now });
      return { system: deed.system, id };
    }
    case 'withdraw record':
      withdrawRecord(db, { id: deed.id, system: deed.system, by: person, now });
      return deed;
  }
}

/** The newest acts, newest first: of these systems alone, or all, those that are of none too. */
export function latestActs(
  db: Database,
  most: number,
  { systems = 'all', skip = 0 }: { readonly systems?: readonly string[] | 'all'; readonly skip?: number } = {},
): readonly Act[] {
  const where = systems === 'all' ? '' : 'WHERE system IN (SELECT value FROM json_each(:systems))';
  return db
    .prepare<object, Act>(
      `SELECT at, person, role, act, system, entry, address FROM acts ${where} ORDER BY n DESC LIMIT :most OFFSET :skip`,
    )
    .all({ most, skip, ...(systems !== 'all' && { systems: JSON.stringify(systems) }) })
    .map((row) => ({ ...row, at: fromMicros(row.at) }));
}

/** How many there are, of the same. */
export function countActs(db: Database, systems: readonly string[] | 'all'): number {
  const count = 'SELECT count(*) FROM acts';
  if (systems === 'all') return Number(db.prepare(count).pluck().get());
  const where = 'WHERE system IN (SELECT value FROM json_each(?))';
  return Number(db.prepare<[string]>(`${count} ${where}`).pluck().get(JSON.stringify(systems)));
}

function nameOf(deed: Deed): string {
  if (deed.kind === 'enter exclusion' && deed.entry.replaces !== undefined) return 'correct exclusion';
  if (deed.kind === 'enter record' && deed.record.replaces !== undefined) return 'correct record';
  return deed.kind;
}

function addAct(db: Database, { at, person, role, act, system, entry, address }: Act): void {
  db.prepare('INSERT INTO acts (at, person, role, act, system, entry, address) VALUES (?, ?, ?, ?, ?, ?, ?)').run(
    toMicros(Math.floor(at)),
    person,
    role,
    act,
    system,
    entry,
    address,
  );
}
