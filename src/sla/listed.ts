import type { Contract } from '../config/contract.ts';
import type { ExclusionFact, Millis, RecordFact } from '../facts/facts.ts';
import { takesOut, type DelayTerms, type MonthMessages } from './delays.ts';
import type { Windows } from './exclusions.ts';
import type { MonthTerms } from './month-terms.ts';

/**
 * The records that a month's report names: those of the month, those before it at which the gaps of its clauses begin, and
 * what replaced any of them. A deleted account belongs to the month of the deletion. `standing`: those that count.
 */
export function listedRecords(
  all: readonly RecordFact[],
  standing: readonly RecordFact[],
  { clauses, terms }: { readonly clauses: Contract['clauses']; readonly terms: MonthTerms },
): RecordFact[] {
  const asksFor = (measure: string): boolean => clauses.some((clause) => !clause.blank && clause.measure === measure);
  const lastBefore = (instantOf: (record: RecordFact) => Millis | undefined): readonly RecordFact[] => {
    let last: RecordFact | undefined;
    let lastAt = Number.NEGATIVE_INFINITY;
    for (const record of standing) {
      const at = instantOf(record) ?? terms.from;
      if (at >= terms.from || at < lastAt) continue;
      // Of two at one instant always the same one, however the facts were ordered.
      if (at > lastAt || last === undefined || record.id < last.id) last = record;
      lastAt = at;
    }
    return last === undefined ? [] : [last];
  };
  const listed = new Set([
    ...all.filter((record) => inMonth(record, terms)),
    ...(asksFor('definitions') ? lastBefore(updatedAt) : []),
    ...(asksFor('backup') ? [...lastBefore(backedUpAt), ...lastBefore(fullyBackedUpAt)] : []),
  ]);
  const replacedBy = new Map(all.map((record) => [record.replaces, record]));
  // A set that grows while it is gone through.
  for (const { id } of listed) {
    const replacement = replacedBy.get(id);
    if (replacement !== undefined) listed.add(replacement);
  }
  return [...listed].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

function inMonth(record: RecordFact, { from, to }: MonthTerms): boolean {
  const isOf = (at: Millis | undefined): boolean => at !== undefined && at >= from && at < to;
  if (record.kind === 'year-to-date') return false;
  if (record.kind === 'account-lock') return isOf(record.deleted_at ?? record.at);
  return isOf(record.at) || isOf(updatedAt(record)) || (record.kind === 'backup' && isOf(record.finished_at));
}

function updatedAt(record: RecordFact): Millis | undefined {
  return record.kind === 'definitions' ? record.updated_at : undefined;
}

function backedUpAt(record: RecordFact): Millis | undefined {
  return record.kind === 'backup' && record.ok ? record.finished_at : undefined;
}

function fullyBackedUpAt(record: RecordFact): Millis | undefined {
  return record.kind === 'backup' && record.level === 'full' ? backedUpAt(record) : undefined;
}

/** Windows that share time with the month, and those beyond it that took a message out, whose life reached over the edge. */
export function listedExclusions(
  all: readonly ExclusionFact[],
  windows: Windows,
  {
    clauses,
    terms,
    messages,
  }: {
    readonly clauses: Contract['clauses'];
    readonly terms: DelayTerms;
    readonly messages: MonthMessages;
  },
): ExclusionFact[] {
  const { from, to } = terms.month;
  const reached = (window: ExclusionFact): boolean =>
    window.from >= to &&
    windows.notCounted(window) === undefined &&
    clauses.some(
      (clause) =>
        !clause.blank &&
        clause.exclude.includes(window.ground) &&
        takenFrom(clause.measure, messages).some((some) => takesOut(window, some, terms)),
    );
  return all
    .filter((one) => (one.from < to && one.to > from) || reached(one))
    .sort((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1));
}

function takenFrom(measure: string, messages: MonthMessages): ReturnType<MonthMessages['of']>[] {
  switch (measure) {
    case 'send_delay':
      return [messages.of('outbound', 'plain')];
    case 'receive_delay':
      return [messages.of('inbound', 'plain')];
    case 'attachment_delay':
      return [messages.of('inbound', 'plain'), messages.of('inbound', 'attachment')];
    default:
      return [];
  }
}
