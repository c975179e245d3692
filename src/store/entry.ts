import type { Database } from 'better-sqlite3';
import { isOneLine } from '../lib/one-line.ts';
import { plainName } from '../lib/plain-name.ts';
import type { Instant } from '../lib/time.ts';

/** What is wrong with an entry: `key` is the part of it, spelled as in evidence; `index` its place among several. */
export interface EntryProblem {
  readonly index: number;
  readonly key: string;
  readonly expected: string;
  /** What was given; absent where nothing was. */
  readonly got?: string;
}

/** Nothing was entered: the person who entered it must act. */
export class EntryError extends Error {
  override readonly name = 'EntryError';
  readonly problems: readonly EntryProblem[];

  constructor(problems: readonly EntryProblem[]) {
    super(
      problems.map(({ key, expected, got }) => `${key}: expected ${expected}${got ? `, got ${got}` : ''}`).join('\n'),
    );
    this.problems = problems;
  }
}

export function refuse(key: string, expected: string, got?: string): EntryError {
  return new EntryError([{ index: 0, key, expected, ...(got === undefined ? {} : { got }) }]);
}

/** Text that a person entered: one line, trimmed. Control characters could redraw the terminal that lists it. */
export function checkedText(key: string, text: string, longest: number): string {
  const trimmed = text.normalize('NFC').trim();
  if (isOneLine(trimmed, longest)) return trimmed;
  throw refuse(key, `a line of at most ${longest} characters`, shown(text));
}

/** A name such as `Li Wei`. */
export function checkedPerson(key: string, name: string): string {
  return checkedText(key, name, 200);
}

/** Whether two names are one person's, however they are spaced and capitalised. */
export function isSamePerson(one: string, other: string): boolean {
  return plainName(one) === plainName(other);
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function checkedId(id: string): string {
  if (ID.test(id)) return id;
  throw refuse('id', 'at most 64 letters, digits, dots, hyphens and underscores such as INC-4711', shown(id));
}

/** For a message: as a JSON string, so that no control character gets through, shortened. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}

/**
 * Ids of our own, in order, such as `X-2026-0001`: the year is that of the entry in UTC. To be used inside the
 * transaction that writes them.
 */
export function createIds(db: Database, table: 'exclusions' | 'records', now: Instant): () => string {
  const start = `${table === 'exclusions' ? 'X' : 'R'}-${new Date(now).getUTCFullYear()}-`;
  const last = db
    .prepare<[string], number | null>(
      `SELECT max(CAST(substr(id, ${start.length + 1}) AS INTEGER)) FROM ${table} WHERE id GLOB ? AND length(id) <= 16`,
    )
    .pluck();
  const taken = db.prepare<[string], number>(`SELECT 1 FROM ${table} WHERE id = ?`).pluck();
  let number: number | null = null;
  return () => {
    number ??= last.get(`${start}[0-9]*`) ?? 0;
    let id: string;
    do id = `${start}${String(++number).padStart(4, '0')}`;
    while (taken.get(id) !== undefined);
    return id;
  };
}
