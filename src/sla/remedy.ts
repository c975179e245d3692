import type { Contract, MeasuredClause } from '../config/contract.ts';
import { compare, ofDecimal } from './rational.ts';
import type { ClauseReport, RemedyReport } from './report.ts';

/** What is owed: one entry a kind, in the contract's order. A clause that is open earns nothing yet. */
export function remedyOf(
  contract: Contract,
  clauses: readonly ClauseReport[],
  measure: (clause: MeasuredClause) => ClauseReport,
): RemedyReport[] {
  const because = new Map<string, string[]>();
  for (const [index, clause] of contract.clauses.entries()) {
    if (clause.blank || clauses[index]?.verdict !== 'missed') continue;
    const kind = clause.tiers.length > 0 ? tierOf(clause, measure) : clause.remedy;
    if (kind === undefined) continue;
    const known = because.get(kind);
    if (known === undefined) because.set(kind, [clause.id]);
    else known.push(clause.id);
  }
  return [...because].map(([kind, ids]) => ({ kind, because: ids }));
}

/** The lowest tier that surely holds: to be at or above its limit is an objective that was missed. */
function tierOf(clause: MeasuredClause, measure: (clause: MeasuredClause) => ClauseReport): string | undefined {
  const tiers = [...clause.tiers].sort((a, b) => compare(ofDecimal(a.below), ofDecimal(b.below)));
  const report = measure({
    ...clause,
    objectives: tiers.map(({ metric, below }) => ({ metric, op: '>=', limit: below, governs: true })),
  });
  if (report.kind === 'blank') return undefined;
  return tiers[report.objectives.findIndex(({ verdict }) => verdict === 'missed')]?.remedy;
}
