import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { ConfigError } from '../lib/errors.ts';
import { entryTarget } from './entry-flags.ts';

const inProject = (file: string): string => path.join(import.meta.dirname, '../..', file);

test('of a contract with many mistakes a command on a store tells the first, in one line, and where to see the others', () => {
  vi.stubEnv('MAIL_PASSWORD', 'secret');
  const contract = inProject('src/config/bad-contract/within-and-where.yaml');
  const found = (): unknown => entryTarget('export', { config: inProject('config/agent.minimal.yaml'), contract });
  expect(found).toThrow(ConfigError);
  expect(found).toThrow(/^[^\n]*within-and-where\.yaml:4: [^\n]*; 9 more: mailwitness config check --contract [^\n]*$/);
  vi.unstubAllEnvs();
});
