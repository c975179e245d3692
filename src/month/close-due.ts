import { loadContract } from '../config/load-contract.ts';
import { messageOf } from '../lib/errors.ts';
import type { Instant } from '../lib/time.ts';
import { openCheckedForEntry, type Db } from '../store/file.ts';
import { closableMonths } from './closable.ts';
import { closeMonth, type CloseAsked } from './close.ts';
import { foldUp } from './fold-up.ts';
import { knownUntil } from './known.ts';
import { monthsWithNews, reviseMonth } from './later.ts';
import { createReader } from './reader.ts';

/** What is closed: plain data, for it crosses over into a thread. */
export interface DueAsked {
  readonly store: string;
  readonly now: Instant;
  readonly systems: readonly { readonly name: string; readonly contract: string }[];
}

/** What became of a month, or of a system whose months could not be looked at. */
export type DueClosed =
  | { readonly kind: 'closed'; readonly system: string; readonly month: string; readonly revision: number }
  | { readonly kind: 'failed'; readonly system: string; readonly month: string | null; readonly why: string };

/**
 * Closes every month that is due, of each system and each month by itself, and folds its routes; and gives a closed month its next revision
 * where what became known later changes its figures. What fails for one holds up no other.
 */
export async function closeDueMonths({ store, now, systems }: DueAsked): Promise<readonly DueClosed[]> {
  const db = openCheckedForEntry(store);
  try {
    const all: DueClosed[] = [];
    for (const { name: system, contract: file } of systems) {
      try {
        const { contract, text } = loadContract(file);
        // Here, where it holds up nobody: the year's days are read from runs.
        await foldUp(db, { system, terms: contract, known: knownUntil(db) });
        const months = closableMonths(createReader(db), { system, contract, known: knownUntil(db) });
        all.push(...(await closeMonths(db, months, { system, contract: { file, text }, now })));
      } catch (error) {
        all.push({ kind: 'failed', system, month: null, why: messageOf(error) });
      }
      all.push(...(await reviseMonths(db, system, now)));
    }
    return all;
  } finally {
    db.close();
  }
}

async function closeMonths(
  db: Db,
  months: readonly string[],
  asked: Pick<CloseAsked, 'system' | 'contract' | 'now'>,
): Promise<readonly DueClosed[]> {
  const all: DueClosed[] = [];
  for (const month of months) {
    const { system } = asked;
    try {
      const done = await closeMonth(db, { ...asked, month, provisional: false });
      if (done.kind === 'closed') all.push({ kind: 'closed', system, month, revision: done.revision });
    } catch (error) {
      all.push({ kind: 'failed', system, month, why: messageOf(error) });
    }
  }
  return all;
}

async function reviseMonths(db: Db, system: string, now: Instant): Promise<readonly DueClosed[]> {
  const all: DueClosed[] = [];
  for (const closed of monthsWithNews(db, system)) {
    const { month } = closed;
    try {
      const revision = await reviseMonth(db, system, { closed, now });
      if (revision !== null) all.push({ kind: 'closed', system, month, revision });
    } catch (error) {
      all.push({ kind: 'failed', system, month, why: messageOf(error) });
    }
  }
  return all;
}
