import type { Database } from 'better-sqlite3';
import type { Contract } from '../config/contract.ts';
import { parseContract } from '../config/load-contract.ts';
import { MINUTE, type Instant, type Ms } from '../lib/time.ts';
import { monthsOfYearTo, monthSpan } from '../sla/month.ts';
import { countLaterFacts, newestLaterFact } from '../store/later-facts.ts';
import { purgesOf } from '../store/purges.ts';
import { addCheck, newestRevisions, revisionsOf, type NewestRevision } from '../store/revisions.ts';
import { closeMonth } from './close.ts';

/** Longer than an entry that was begun before a month was closed can wait until it stands in the store. */
const UNDER_WAY: Ms = MINUTE;

/** How many facts that may touch a closed month became known since its newest revision; the contract is that revision's. */
export function laterFacts(
  db: Database,
  {
    system,
    contract,
    closed,
  }: { readonly system: string; readonly contract: Contract; readonly closed: NewestRevision },
): number {
  return countSince(db, { system, contract, month: closed.month, since: closed.since });
}

/** The closed months that something became known after, oldest first. Purged ones cannot be computed again. */
export function monthsWithNews(db: Database, system: string): readonly NewestRevision[] {
  const newest = newestLaterFact(db, system);
  if (newest === null) return [];
  const purged = new Set(purgesOf(db, system).map(({ month }) => month));
  return newestRevisions(db, system).filter(({ month, since }) => newest > since - UNDER_WAY && !purged.has(month));
}

/**
 * The next revision of a closed month where what became known later changes its figures, under the contract that it was
 * closed under; its number, or null: nothing changed, which is not computed a second time. Throws ConfigError.
 */
export async function reviseMonth(
  db: Database,
  system: string,
  { closed: { month, revision, since }, now }: { readonly closed: NewestRevision; readonly now: Instant },
): Promise<number | null> {
  const text = revisionsOf(db, system, month).at(-1)?.contract;
  if (text === undefined) return null;
  const file = `the contract of ${month}`;
  const contract = parseContract(text, { file });
  if (countSince(db, { system, contract, month, since: since - UNDER_WAY }) === 0) return null;
  const done = await closeMonth(db, { system, month, contract: { file, text }, now, provisional: false });
  if (done.kind === 'closed') return done.revision;
  if (done.kind === 'unchanged') addCheck(db, { system, month, revision }, now);
  return null;
}

function countSince(db: Database, { system, contract, month, since }: Counted): number {
  const { timezone, lost_after, reach_within } = contract;
  const span = monthSpan(month, timezone);
  // The fault days of a year begin with January, and a message's life may reach over the month's end.
  const { from } = monthSpan(monthsOfYearTo(month)[0] ?? month, timezone);
  const reach = { from, to: span.to + Math.max(lost_after, reach_within) };
  return countLaterFacts(db, { system, since, month: span, reach });
}

interface Counted {
  readonly system: string;
  readonly contract: Contract;
  readonly month: string;
  readonly since: Instant;
}
