import type { SystemSettings } from './config/settings.ts';
import { CHECK_NAMES } from './lib/check-names.ts';
import { messageOf } from './lib/errors.ts';
import type { Instant } from './lib/time.ts';
import { codeOf, openCheckedForEntry, refusal } from './store/file.ts';
import { recordPaces, type Pace } from './store/paces.ts';

/**
 * Has the store know what is configured from now on: evidence names each check and route that a month had. Before anything
 * is measured, over a connection of its own that is closed again. Throws ConfigError where it cannot be written.
 */
export function writePaces(
  store: string,
  systems: readonly SystemSettings[],
  when: { readonly now: Instant; readonly aliveAt: Instant | null },
): void {
  const db = openCheckedForEntry(store);
  try {
    recordPaces(db, systems.flatMap(pacesOf), when);
  } catch (error) {
    throw codeOf(error) === undefined ? error : refusal(store, 'a store that can be written', messageOf(error));
  } finally {
    db.close();
  }
}

/**
 * One pace a kind. Of several checks or routes of a kind the slowest: a hold that is too short for one of them would turn
 * time into unmeasured time that was measured.
 */
export function pacesOf({ name, checks, routes }: SystemSettings): readonly Pace[] {
  return CHECK_NAMES.flatMap((check): Pace[] => {
    const intervals = [...checks, ...routes].filter(({ kind }) => kind === check).map(({ interval }) => interval);
    if (intervals.length === 0) return [];
    const intervalMs = Math.max(...intervals);
    return [{ system: name, check, intervalMs, holdMs: 3 * intervalMs }];
  });
}
