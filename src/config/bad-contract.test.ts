import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ConfigError } from '../lib/errors.ts';
import { loadContract } from './load-contract.ts';

// Wrong contract files, each with its exact messages. After a change on purpose: npx vitest run src/config/bad-contract.test.ts -u

const FOLDER = new URL('bad-contract/', import.meta.url).pathname;

const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

test('there are wrong contracts to look at, each with its messages', () => {
  const stems = (end: string) =>
    readdirSync(FOLDER)
      .filter((file) => file.endsWith(end))
      .map((file) => file.replace(end, ''));
  expect(files.length).toBeGreaterThanOrEqual(30);
  expect(stems('.txt')).toEqual(stems('.yaml'));
});

test.each(files)('%s is refused with its exact messages', async (file) => {
  await expect(messagesOf(FOLDER + file)).toMatchFileSnapshot(FOLDER + file.replace('.yaml', '.txt'));
});

test('a file that is not there is refused', () => {
  expect(messagesOf(`${FOLDER}no-such.yaml`)).toBe(
    'no-such.yaml: expected a contract file that can be read (no such file)\n',
  );
});

function messagesOf(path: string): string {
  try {
    loadContract(path);
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message.replaceAll(FOLDER, '')}\n`;
    throw error;
  }
  throw new Error(`${path} was taken`);
}
