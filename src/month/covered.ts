import type { Database } from 'better-sqlite3';
import type { Contract } from '../config/contract.ts';
import type { Millis } from '../facts/facts.ts';
import { toIso } from '../lib/time.ts';
import { monthSpan } from '../sla/month.ts';
import { formatInZone } from '../sla/zoned-text.ts';
import { firstData } from '../store/first-data.ts';
import { purgesOf } from '../store/purges.ts';
import { LACKING, type Lacking } from './lacking.ts';

/**
 * Why a month cannot be computed from a store, as what it lacks: it lies before the first data or has not begun, or its
 * messages were purged. Null: it can. A month that is not covered is refused, never shown as good.
 */
export function whyNotCovered(
  db: Database,
  asked: { readonly system: string; readonly month: string; readonly contract: Contract; readonly known: Millis },
): Lacking | null {
  const { system, month, contract, known } = asked;
  const { timezone } = contract;
  const span = monthSpan(month, timezone);
  const purge = purgesOf(db, system).find((one) => one.month === month || (one.from < span.to && one.to > span.from));
  if (purge !== undefined) return LACKING.purged(month, toIso(purge.at));
  const first = firstData(db, system);
  if (first === null) return LACKING.noData(system);
  if (first >= span.to) return LACKING.before(month, system, formatInZone(first, timezone));
  if (span.from >= known) return LACKING.notBegun(month, formatInZone(known, timezone));
  return null;
}
