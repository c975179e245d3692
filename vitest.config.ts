import { defineConfig } from 'vitest/config';
import { tellSkipped } from './test/support/skipped.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/support/property-seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', tellSkipped()],
    pool: 'forks',
    maxWorkers: 2,
  },
});
