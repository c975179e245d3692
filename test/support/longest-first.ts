import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes longest, the longest first: where vitest has no times of an earlier run it goes by size, and these are small
 * and would be waited for at the end.
 */
const LONGEST: readonly RegExp[] = [
  /\/test\/faults\/mail-system-held\./u,
  /\/test\/faults\/mail-system-outages\./u,
  /\/test\/faults\/kill\./u,
  /\/test\/browser\/pages\./u,
  /\/test\/faults\/mail-system-/u,
  /\/test\/faults\/(?:clocks|sink|upkeep|hung-memory)/u,
  /\/test\/(?:browser|real)\//u,
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((pattern) => pattern.test(moduleId));
  return rank === -1 ? LONGEST.length : rank;
}
