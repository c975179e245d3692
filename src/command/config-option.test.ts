import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configFile } from './config-option.ts';

const before = process.cwd();
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-config-option-'));
  process.chdir(dir);
});
afterEach(() => {
  process.chdir(before);
  rmSync(dir, { recursive: true });
});

test.each([
  ['a.yaml', { MAILWITNESS_CONFIG: 'b.yaml' }, 'a.yaml'],
  [undefined, { MAILWITNESS_CONFIG: 'b.yaml' }, 'b.yaml'],
  [undefined, { MAILWITNESS_CONFIG: '' }, 'agent.yaml'],
  [undefined, {}, 'agent.yaml'],
])('named %s, by the environment %j: %s', (named, env, expected) => {
  writeFileSync('agent.yaml', '');
  expect(configFile('export', named, env)).toBe(expected);
});

test('where there is none the error says where it was looked for', () => {
  expect(() => configFile('export', undefined, {})).toThrow(
    'export: --config: expected a configuration: --config FILE, MAILWITNESS_CONFIG, or ./agent.yaml in this folder',
  );
});
