import path from 'node:path';
import { expect, test } from 'vitest';
import { MISSED, SAMPLE_META } from '../../test/support/sample-reports.ts';
import type { Contract } from '../config/contract.ts';
import { loadContract } from '../config/load-contract.ts';
import { render } from './render.ts';

const { contract } = loadContract(path.join(import.meta.dirname, '../../config/contract.yaml'));

/** The contract, whose first clause leaves out these grounds alone. */
function excluding(exclude: readonly string[]): Contract {
  return {
    ...contract,
    clauses: contract.clauses.map((clause) => (clause.id === '1' && !clause.blank ? { ...clause, exclude } : clause)),
  };
}

const counting = [...new Set(MISSED.exclusions.filter(({ counts }) => counts).map(({ ground }) => ground))];

test.each<[string, Contract | undefined, RegExp]>([
  ['those under its grounds', excluding(counting), /2 exclusions that count/],
  ['none under other grounds', excluding([]), /0 exclusions that count/],
  ['all that count where the contract is not at hand', undefined, /2 exclusions that count/],
])('the picture of the month has what the clause of downtime excludes: %s', async (_name, of, expected) => {
  const meta = of === undefined ? SAMPLE_META : { ...SAMPLE_META, contract: of };
  expect(await render(MISSED, { format: 'html', lang: 'en', meta })).toMatch(expected);
});
