import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** By size, as vitest does where it has no times of an earlier run: this one is small, and would be waited for at the end. */
const LONGEST = /\/test\/faults\/mail-system-held\.test\.ts$/u;

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLongest = ({ moduleId }: TestSpecification): boolean => LONGEST.test(moduleId);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}
