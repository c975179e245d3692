import { describe, expect, test } from 'vitest';
import { whyNoLab } from './lab.ts';

/**
 * `describe` for tests that need a lab. Where none can run they are skipped, with the reason in their name; on a CI
 * machine (CI=true) that is a failure, or nobody would notice that the tests no longer run.
 */
export function describeLab(name: string, body: () => void): void {
  const reason = whyNoLab();
  if (reason !== undefined && process.env['CI'] === 'true') {
    test(`${name} (needs a lab)`, () => {
      expect.fail(`CI must run the lab tests, but ${reason}`);
    });
    return;
  }
  const note = reason === undefined ? '' : ` (skipped: ${reason})`;
  describe.skipIf(reason !== undefined)(`${name}${note}`, () => {
    body();
  });
}
