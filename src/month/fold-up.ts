import type { Database } from 'better-sqlite3';
import type { Millis } from '../facts/facts.ts';
import type { Ms } from '../lib/time.ts';
import type { FoldTerms } from '../store/fold-rows.ts';
import { foldRoutes } from '../store/folds.ts';

/** An agent that writes meanwhile comes in between two batches. */
const LEAST_PAUSE_MS: Ms = 10;

/**
 * Folds all that has settled of a system's routes: a few ms where it was done not long ago, a day of every route in each
 * batch where it was not, with a pause as long as the batch after it.
 */
export async function foldUp(
  db: Database,
  asked: { readonly system: string; readonly terms: FoldTerms; readonly known: Millis },
): Promise<void> {
  for (;;) {
    const began = performance.now();
    if (!foldRoutes(db, asked)) return;
    await new Promise((resolve) => setTimeout(resolve, Math.max(LEAST_PAUSE_MS, performance.now() - began)));
  }
}
