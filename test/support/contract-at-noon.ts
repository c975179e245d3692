import { readFileSync } from 'node:fs';
import type { Contract } from '../../src/config/contract.ts';
import { parseContract } from '../../src/config/load-contract.ts';
import { HOUR } from '../../src/lib/time.ts';

/**
 * The shipped contract, in a zone in which it is noon or little later at `at`, and the month there: what a test or a bench
 * saw in the hours before lies in that one month, on whatever day it runs.
 */
export function contractAtNoon(
  at: number,
  change: (text: string) => string = (text) => text,
): { readonly contract: Contract; readonly month: string } {
  const eastOfUtc = 12 - new Date(at).getUTCHours();
  // The signs of these names are those of POSIX: west is positive.
  const zone = eastOfUtc === 0 ? 'UTC' : `Etc/GMT${eastOfUtc > 0 ? '-' : '+'}${Math.abs(eastOfUtc)}`;
  const text = readFileSync('config/contract.yaml', 'utf8');
  const changed = change(text).replace(/^timezone: .*$/mu, `timezone: ${zone}`);
  return {
    contract: parseContract(changed, { file: 'contract.yaml' }),
    month: new Date(at + eastOfUtc * HOUR).toISOString().slice(0, 7),
  };
}
