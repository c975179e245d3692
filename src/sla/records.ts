import type { Facts, RecordFact, YearToDateRecord } from '../facts/facts.ts';

/** Records that were not replaced by a later one. */
export function standing(records: readonly RecordFact[]): RecordFact[] {
  const replaced = new Set(records.map(({ replaces }) => replaces));
  return records.filter(({ id }) => !replaced.has(id)).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

export function yearToDate(facts: Pick<Facts, 'records'>): YearToDateRecord | undefined {
  return facts.records.find((record) => record.kind === 'year-to-date');
}
