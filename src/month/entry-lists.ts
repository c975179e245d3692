import type { Database } from 'better-sqlite3';
import type { Contract } from '../config/contract.ts';
import { countActs, latestActs, type Act } from '../store/acts.ts';
import { stateOf, type ExclusionState } from '../store/exclusion-state.ts';
import { listExclusions, type StoredExclusion } from '../store/exclusions.ts';
import { listRecords, type StoredRecord } from '../store/records.ts';

/** Part of a list, the newest first. */
export interface Listed<Entry> {
  readonly entries: readonly Entry[];
  /** In all. */
  readonly total: number;
}

export interface ListAsked {
  readonly system: string;
  /** The one of this id alone; null: a page of them. */
  readonly id: string | null;
  /** From 1. */
  readonly page: number;
}

export type ListedExclusion = StoredExclusion & { readonly state: ExclusionState };

/** How many stand on a page. */
export const PAGE_LENGTH = 50;

export function listedExclusions(db: Database, asked: ListAsked, contract: Contract): Listed<ListedExclusion> {
  const { entries, total } = part(listExclusions(db, asked.system), asked);
  return { entries: entries.map((one) => ({ ...one, state: stateOf(one, contract) })), total };
}

export function listedRecords(db: Database, asked: ListAsked): Listed<StoredRecord> {
  return part(listRecords(db, asked.system), asked);
}

/** What people did on the pages, in these systems; all: signing in, too. */
export interface ActsAsked {
  readonly systems: readonly string[] | 'all';
  /** From 1. */
  readonly page: number;
}

export const ACTS_PAGE_LENGTH = 100;

export function listedActs(db: Database, { systems, page }: ActsAsked): Listed<Act> {
  const skip = (page - 1) * ACTS_PAGE_LENGTH;
  return { entries: latestActs(db, ACTS_PAGE_LENGTH, { systems, skip }), total: countActs(db, systems) };
}

function part<Entry extends { readonly fact: { readonly id: string } }>(
  all: readonly Entry[],
  { id, page }: ListAsked,
): Listed<Entry> {
  if (id !== null) {
    const entries = all.filter(({ fact }) => fact.id === id);
    return { entries, total: entries.length };
  }
  const newest = all.toReversed();
  return { entries: newest.slice((page - 1) * PAGE_LENGTH, page * PAGE_LENGTH), total: all.length };
}
