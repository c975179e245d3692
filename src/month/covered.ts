import type { Database } from 'better-sqlite3';
import type { Contract } from '../config/contract.ts';
import type { Millis } from '../facts/facts.ts';
import { toIso } from '../lib/time.ts';
import { monthSpan } from '../sla/month.ts';
import { formatInZone } from '../sla/zoned-text.ts';
import { firstData } from '../store/first-data.ts';
import { purgesOf } from '../store/purges.ts';

/**
 * Why a month cannot be computed from a store, as what it lacks: it lies before the first data or has not begun, or its
 * messages were purged. Null: it can. A month that is not covered is refused, never shown as good.
 */
export function whyNotCovered(
  db: Database,
  asked: { readonly system: string; readonly month: string; readonly contract: Contract; readonly known: Millis },
): { readonly expected: string; readonly got: string } | null {
  const { system, month, contract, known } = asked;
  const { timezone } = contract;
  const span = monthSpan(month, timezone);
  const purge = purgesOf(db, system).find((one) => one.month === month || (one.from < span.to && one.to > span.from));
  if (purge !== undefined) {
    const got = `${month}, whose messages were purged at ${toIso(purge.at)}; its closed report answers for it`;
    return { expected: 'a month whose messages are in the store', got };
  }
  const first = firstData(db, system);
  if (first === null)
    return { expected: `a system that the store has data of`, got: `${system}, of which it has none` };
  if (first >= span.to) {
    const since = formatInZone(first, timezone);
    return { expected: 'a month that the store has data of', got: `${month}; of ${system} it has data since ${since}` };
  }
  if (span.from >= known) {
    const until = formatInZone(known, timezone);
    return { expected: 'a month that has begun', got: `${month}; the store was last written to at ${until}` };
  }
  return null;
}
