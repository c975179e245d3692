import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { tellSkipped } from './test/support/skipped.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/support/property-seed.ts'],
    // Against what hangs: a busy machine is slow, and no test is about how long it takes itself.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    reporters: ['default', tellSkipped()],
    pool: 'forks',
    // More than there are cores: most of the long tests wait for servers.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
});
