import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ConfigError } from '../lib/errors.ts';
import { loadSettings } from './load.ts';

// Bad configurations, each with its exact messages beside it. After a change on purpose: npx vitest run -u src/config

const FOLDER = new URL('bad/', import.meta.url).pathname;
const ENVIRONMENT = { EMPTY: '', WORD: 'maybe' };

const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

test('there are bad configurations to look at, each with its messages', () => {
  const stems = (end: string) =>
    readdirSync(FOLDER)
      .filter((file) => file.endsWith(end))
      .map((file) => file.replace(end, ''));
  expect(files.length).toBeGreaterThanOrEqual(30);
  expect(stems('.txt')).toEqual(stems('.yaml'));
});

test.each(files)('%s is refused with its exact messages', async (file) => {
  const messages = messagesOf(FOLDER + file);
  expect(messages).not.toContain('hunter2');
  await expect(messages).toMatchFileSnapshot(FOLDER + file.replace('.yaml', '.txt'));
});

test('a file that is not there is refused', () => {
  expect(messagesOf(`${FOLDER}no-such.yaml`)).toBe(
    'no-such.yaml: expected a configuration file that can be read (no such file)\n',
  );
});

test('a folder is refused', () => {
  expect(messagesOf(`${FOLDER}.`)).toBe('.: expected a configuration file that can be read (it is a folder)\n');
});

function messagesOf(path: string): string {
  try {
    loadSettings(path, ENVIRONMENT);
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message.replaceAll(FOLDER, '')}\n`;
    throw error;
  }
  throw new Error(`${path} was taken`);
}
