import type { Database } from 'better-sqlite3';
import type { ExclusionFact, Millis } from '../facts/facts.ts';
import type { Instant } from '../lib/time.ts';
import { checkedId, checkedPerson, checkedText, createIds, isSamePerson, refuse, shown } from './entry.ts';
import { fromMicros, toMicros, toMicrosOrNull } from './micros.ts';

/** A window as a person enters it; instants in whole ms. */
export interface NewExclusion {
  /** Made when absent. */
  readonly id?: string | undefined;
  readonly system: string;
  readonly from: Millis;
  readonly to: Millis;
  readonly ground: string;
  readonly entered_by: string;
  readonly announced_at?: Millis | undefined;
  /** The customer's consent, where it was given before the window was entered. */
  readonly approval?: { readonly by: string; readonly at: Millis } | undefined;
  /** The window that this one corrects: it counts nowhere from then on. */
  readonly replaces?: string | undefined;
  readonly note: string;
}

/** A window as it stands; one that was replaced or withdrawn counts nowhere. */
export interface StoredExclusion {
  readonly fact: ExclusionFact;
  readonly replaced_by?: string;
}

/**
 * Enters a window and returns its id. `grounds` are those of the contract; `now` becomes `entered_at`, floored to the
 * millisecond. Throws EntryError, and then nothing was entered.
 */
export function addExclusion(
  db: Database,
  entry: NewExclusion,
  { now, grounds }: { readonly now: Instant; readonly grounds: readonly string[] },
): string {
  const at = Math.floor(now);
  const { system, from, to, ground } = entry;
  const entered_by = checkedPerson('entered_by', entry.entered_by);
  const note = checkedText('note', entry.note, 2_000);
  if (!(from < to)) throw refuse('to', 'an instant after the window begins');
  if (!grounds.includes(ground))
    throw refuse('ground', `a ground of the contract: ${grounds.join(', ')}`, shown(ground));
  if (entry.announced_at !== undefined && entry.announced_at > at)
    throw refuse('announced_at', 'an instant that is not in the future');
  return db
    .transaction(() => {
      const id = entry.id === undefined ? createIds(db, 'exclusions', now)() : checkedId(entry.id);
      if (find(db, id) !== undefined) throw refuse('id', 'an id that is free', `${id}, which is taken`);
      if (entry.replaces !== undefined) checkStands(db, entry.replaces, system, 'replaces');
      db.prepare(
        `INSERT INTO exclusions (id, system, from_at, to_at, ground, entered_by, entered_at, announced_at, replaces, note)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        id,
        system,
        toMicros(from),
        toMicros(to),
        ground,
        entered_by,
        toMicros(at),
        toMicrosOrNull(entry.announced_at ?? null),
        entry.replaces ?? null,
        note,
      );
      const { approval } = entry;
      if (approval !== undefined) approveExclusion(db, { id, system, by: approval.by, now, consentedAt: approval.at });
      return id;
    })
    .immediate();
}

/** The act of one person on a window. */
export interface ExclusionAct {
  readonly id: string;
  readonly system: string;
  readonly by: string;
  readonly now: Instant;
}

/**
 * The customer's consent; `consentedAt`: when it was given, where that was before it is entered, which stays on record beside
 * it. Nobody approves a window that they entered. Throws EntryError.
 */
export function approveExclusion(
  db: Database,
  act: ExclusionAct & { readonly consentedAt?: Millis | undefined },
): void {
  db.transaction(() => {
    const found = checkStands(db, act.id, act.system, 'id');
    const by = checkedPerson('approved_by', act.by);
    if (isSamePerson(by, found.entered_by))
      throw refuse('approved_by', 'somebody else than the person who entered the window', shown(by));
    if (found.approved_by !== null)
      throw refuse('id', 'a window that was not approved yet', `${act.id}, which ${found.approved_by} approved`);
    if (act.consentedAt !== undefined && act.consentedAt > act.now)
      throw refuse('approved_at', 'an instant that is not in the future');
    addAct(db, act.id, 'approve', by, act.now, act.consentedAt);
  }).immediate();
}

/** Takes a window back: it stays in the list and counts nowhere. Throws EntryError. */
export function withdrawExclusion(db: Database, act: ExclusionAct): void {
  db.transaction(() => {
    checkStands(db, act.id, act.system, 'id');
    addAct(db, act.id, 'withdraw', checkedPerson('withdrawn_by', act.by), act.now);
  }).immediate();
}

/** All windows of a system, as they were entered. */
export function listExclusions(db: Database, system: string): readonly StoredExclusion[] {
  return db.prepare<[string], Row>(`${SELECT} WHERE e.system = ? ORDER BY e.n`).all(system).map(fromRow);
}

interface Row {
  readonly id: string;
  readonly system: string;
  readonly from_at: number;
  readonly to_at: number;
  readonly ground: string;
  readonly entered_by: string;
  readonly entered_at: number;
  readonly announced_at: number | null;
  readonly replaces: string | null;
  readonly note: string;
  readonly approved_by: string | null;
  readonly approved_at: number | null;
  readonly consented_at: number | null;
  readonly withdrawn_by: string | null;
  readonly withdrawn_at: number | null;
  readonly replaced_by: string | null;
}

const SELECT = `SELECT e.id, e.system, e.from_at, e.to_at, e.ground, e.entered_by, e.entered_at, e.announced_at, e.replaces,
    e.note, a.acted_by AS approved_by, a.at AS approved_at, a.consented_at, w.acted_by AS withdrawn_by, w.at AS withdrawn_at,
    r.id AS replaced_by
  FROM exclusions e
    LEFT JOIN exclusion_acts a ON a.exclusion = e.id AND a.act = 'approve'
    LEFT JOIN exclusion_acts w ON w.exclusion = e.id AND w.act = 'withdraw'
    LEFT JOIN exclusions r ON r.replaces = e.id`;

function find(db: Database, id: string): Row | undefined {
  return db.prepare<[string], Row>(`${SELECT} WHERE e.id = ?`).get(id);
}

function checkStands(db: Database, id: string, system: string, key: string): Row {
  const found = find(db, id);
  if (found === undefined || found.system !== system)
    throw refuse(key, `a window of system ${system}; see mailwitness exclude list`, shown(id));
  if (found.withdrawn_by !== null)
    throw refuse(key, 'a window that still stands', `${id}, which ${found.withdrawn_by} withdrew`);
  if (found.replaced_by !== null)
    throw refuse(key, 'a window that still stands', `${id}, which ${found.replaced_by} replaced`);
  return found;
}

function addAct(
  db: Database,
  id: string,
  act: 'approve' | 'withdraw',
  by: string,
  now: Instant,
  consentedAt?: Millis,
): void {
  db.prepare('INSERT INTO exclusion_acts (exclusion, act, acted_by, at, consented_at) VALUES (?, ?, ?, ?, ?)').run(
    id,
    act,
    by,
    toMicros(Math.floor(now)),
    toMicrosOrNull(consentedAt ?? null),
  );
}

function fromRow(row: Row): StoredExclusion {
  const { announced_at, approved_by, approved_at, consented_at, withdrawn_by, withdrawn_at } = row;
  return {
    fact: {
      type: 'exclusion',
      id: row.id,
      from: fromMicros(row.from_at),
      to: fromMicros(row.to_at),
      ground: row.ground,
      entered_by: row.entered_by,
      entered_at: fromMicros(row.entered_at),
      ...(announced_at !== null && { announced_at: fromMicros(announced_at) }),
      ...(approved_by !== null &&
        approved_at !== null && { approved_by, approved_at: fromMicros(consented_at ?? approved_at) }),
      ...(consented_at !== null && approved_at !== null && { approval_entered_at: fromMicros(approved_at) }),
      ...(withdrawn_by !== null && withdrawn_at !== null && { withdrawn_by, withdrawn_at: fromMicros(withdrawn_at) }),
      ...(row.replaces !== null && { replaces: row.replaces }),
      note: row.note,
    },
    ...(row.replaced_by !== null && { replaced_by: row.replaced_by }),
  };
}
