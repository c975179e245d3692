import { Readable } from 'node:stream';
import { lineOf } from '../../src/evidence/line.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import type { Fact, Facts } from '../../src/facts/facts.ts';

/** The facts as the evidence of them is read, its lines in any order and some of them there twice. */
export async function readBack(facts: Facts, rank: (fact: Fact, n?: number) => number): Promise<Facts> {
  const { header, runs, gaps, messages, exclusions, records } = facts;
  const all: readonly Fact[] = [...runs, ...gaps, ...messages, ...exclusions, ...records];
  const twice = all.filter((fact) => rank(fact) % 2 === 0);
  const shuffled = [...all, ...twice]
    .map((fact, n) => [fact, rank(fact, n)] as const)
    .toSorted(([, a], [, b]) => a - b)
    .map(([fact]) => fact);
  const lines = [header, ...shuffled].map(lineOf);
  return await readEvidence(Readable.from([Buffer.from(`${lines.join('\n')}\n`)]), { file: 'test.ndjson' });
}
