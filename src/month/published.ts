import type { Contract } from '../config/contract.ts';
import { parseContract } from '../config/load-contract.ts';
import { hashOf } from '../evidence/seal.ts';
import { ConfigError } from '../lib/errors.ts';
import type { RenderMeta } from '../report/context.ts';
import type { Report } from '../sla/report.ts';
import { formatInZone } from '../sla/zoned-text.ts';
import type { Revision } from '../store/revisions.ts';

/**
 * A closed month's report, and what is printed beside its figures: the program, the zone data and the contract of then.
 * `later`: how many facts became known since.
 */
export function published(revision: Revision, later = 0): { readonly report: Report; readonly meta: RenderMeta } {
  const report = JSON.parse(revision.report) as Report;
  const contract = contractOf(revision);
  return {
    report,
    meta: {
      ...(contract === undefined ? {} : { contract }),
      contractSha256: hashOf(revision.contract),
      evidenceSha256: revision.evidenceSha256,
      engine: `mailwitness ${revision.engine}`,
      tzdata: revision.tzdata,
      closedAt: formatInZone(Math.floor(revision.closedAt), report.timezone),
      changes: revision.changes,
      later,
    },
  };
}

/** Undefined: a program of another version closed it under what this one does not read; the figures stand without titles. */
export function contractOf({ contract, month }: Revision): Contract | undefined {
  try {
    return parseContract(contract, { file: `the contract of ${month}` });
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
