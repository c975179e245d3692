import type { Contract } from '../config/contract.ts';
import type { Millis } from '../facts/facts.ts';
import { monthAt, monthSpan, nextMonth } from '../sla/month.ts';
import { firstData } from '../store/first-data.ts';
import { oldestUnsettled } from '../store/oldest-unsettled.ts';
import { finishedMonths } from '../store/revisions.ts';
import { linesOf, type Reader } from './reader.ts';

/**
 * The months of a system that close by themselves now, oldest first: over for `lost_after` as far as the store knows, not
 * closed for good yet, with something measured in them, and every message of theirs ended.
 */
export function closableMonths(
  reader: Reader,
  { system, contract, known }: { readonly system: string; readonly contract: Contract; readonly known: Millis },
): readonly string[] {
  const { timezone } = contract;
  const first = firstData(reader.db, system);
  if (first === null) return [];
  const finished = new Set(finishedMonths(reader.db, system));
  const oldestOpen = oldestUnsettled(reader.db, system) ?? Infinity;
  const lines = linesOf(reader, system);
  const months: string[] = [];
  for (let month = monthAt(first, timezone); ; month = nextMonth(month)) {
    const { from, to } = monthSpan(month, timezone);
    if (to + contract.lost_after > known || to > oldestOpen) return months;
    const hasData = lines.some(
      ({ target, route }) =>
        (target !== null && reader.runs.any(target.n, from, to)) ||
        (route !== null && reader.messages.any(route, from, to)),
    );
    if (hasData && !finished.has(month)) months.push(month);
  }
}
