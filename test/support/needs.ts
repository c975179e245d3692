import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

/**
 * `describe` for tests that need programs of the machine. Where one is missing they are skipped with the reason in their
 * name; on a CI machine (CI=true) that is a failure, or nobody would notice that the tests no longer run.
 */
export function describeWithPrograms(name: string, programs: readonly string[], body: () => void): void {
  const missing = programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
  const reason = `${missing.join(' and ')} not found; Debian's package prometheus has both`;
  if (missing.length > 0 && process.env['CI'] === 'true') {
    test(`${name} (needs ${missing.join(' and ')})`, () => {
      expect.fail(`CI must run these tests, but ${reason}`);
    });
    return;
  }
  const note = missing.length === 0 ? '' : ` (skipped: ${reason})`;
  describe.skipIf(missing.length > 0)(`${name}${note}`, () => {
    body();
  });
}
