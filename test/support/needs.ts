import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

/** `describe` for tests that need programs of the machine; see `describeUnless`. */
export function describeWithPrograms(name: string, programs: readonly string[], body: () => void): void {
  const missing = programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
  const reason = `${missing.join(' and ')} not found; Debian's package prometheus has both`;
  describeUnless(missing.length > 0 ? reason : undefined, name, body);
}

/**
 * `describe` for tests that cannot run everywhere. Where there is a reason against it they are skipped with that in their
 * name; on a CI machine (CI=true) that is a failure, or nobody would notice that the tests no longer run.
 */
export function describeUnless(reason: string | undefined, name: string, body: () => void): void {
  if (reason !== undefined && process.env['CI'] === 'true') {
    test(`${name} (must run)`, () => {
      expect.fail(`CI must run these tests, but ${reason}`);
    });
    return;
  }
  const note = reason === undefined ? '' : ` (skipped: ${reason})`;
  describe.skipIf(reason !== undefined)(`${name}${note}`, () => {
    body();
  });
}
