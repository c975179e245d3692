import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ConfigError } from '../lib/errors.ts';
import { configJsonSchema } from './json-schema.ts';
import { loadSettings, parseSettings } from './load.ts';

// The files of config/ that ship with the program.

const FOLDER = new URL('../../config/', import.meta.url).pathname;
const EXAMPLE = `${FOLDER}agent.example.yaml`;
const ENVIRONMENT = { HQ_PASSWORD: 'one', HOSTED_PASSWORD: 'two', MAIL_PASSWORD: 'three' };

// After a change on purpose: npx vitest run src/config -u
test('config/agent.schema.json is the schema', async () => {
  await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(`${FOLDER}agent.schema.json`);
});

test('every key of the schema has a description', () => {
  const bare = [...schemaKeys()].filter(([, schema]) => typeof schema['description'] !== 'string');
  expect(bare.map(([path]) => path)).toEqual([]);
});

test('a default in the schema stands as it is written in YAML', () => {
  const keys = schemaKeys();
  expect(keys.get('systems[].lost_after')?.['default']).toBe('24h');
  expect(keys.get('agent.sink.max_size')?.['default']).toBe('2MB');
  expect(keys.get('systems[].imap.tls')?.['default']).toBe('implicit');
});

test('the example loads, with nothing but its passwords from outside', () => {
  const settings = loadSettings(EXAMPLE, ENVIRONMENT);
  expect(settings.systems.map(({ name }) => name)).toEqual(['hq', 'hosted']);
  expect(settings.systems[1]?.checks.map(({ kind, interval }) => [kind, interval])).toEqual([
    ['submission', 60_000],
    ['imap', 60_000],
  ]);
});

test('the minimal configuration loads, and measures', () => {
  const [system] = loadSettings(`${FOLDER}agent.minimal.yaml`, ENVIRONMENT).systems;
  expect(system?.routes.map(({ name }) => name)).toEqual(['internal']);
  expect(system?.checks.map(({ kind }) => kind)).toEqual(['submission', 'imap']);
});

test('every key of the schema stands in the example, live or commented out', () => {
  const written = new Map<string, unknown>();
  visitValues(parse(uncommented()), '', (path, value) => written.set(path, value));
  // `listen: 127.0.0.1:9725` stands for its mapping of host and port too.
  const asText = (path: string) => typeof written.get(path.replace(/\.\w+$/, '')) === 'string';
  expect([...schemaKeys().keys()].filter((path) => !written.has(path) && !asText(path))).toEqual([]);
});

test('what is commented out in the example is right too, but for its other form beside it', () => {
  expect(uncommented()).toContain('\n      ca_file: tls/ca.pem');
  const left = problemsOf(uncommented()).filter(
    ({ expected }) => !/^only one of|\(no such file\)$|environment variable \w+, which is not set$/.test(expected),
  );
  expect(left).toEqual([]);
});

test('what the example gives as a value is the default, where the key has one', () => {
  const differing: string[] = [];
  const keys = schemaKeys();
  visitValues(parse(readFileSync(EXAMPLE, 'utf8').split('# A hosted system')[0] ?? ''), '', (path, value) => {
    const standard = keys.get(path)?.['default'];
    const plain = typeof standard !== 'object' && standard !== undefined;
    if (plain && value !== standard) differing.push(`${path}: ${String(value)}`);
  });
  expect(differing).toEqual(['systems[].routes[].size: 2MB']);
});

/** The example with its left-out keys (`#key:`, no space) put in; prose has one space after its `#`. */
function uncommented(): string {
  return readFileSync(EXAMPLE, 'utf8').replaceAll(/^( *)#(?=[a-z]| {2})/gm, '$1');
}

function problemsOf(text: string) {
  try {
    parseSettings(text, { file: 'agent.yaml', folder: FOLDER, env: ENVIRONMENT });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

type JsonSchema = Record<string, unknown>;

/** Each key by its path, lists as `[]`, whatever alternatives it stands in. */
function schemaKeys(schema: JsonSchema = configJsonSchema(), path = '', keys = new Map<string, JsonSchema>()) {
  for (const [key, below] of Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>)) {
    const at = path === '' ? key : `${path}.${key}`;
    keys.set(at, below);
    schemaKeys(below, at, keys);
  }
  if (schema['items'] !== undefined) schemaKeys(schema['items'] as JsonSchema, `${path}[]`, keys);
  for (const alternative of (schema['anyOf'] ?? []) as JsonSchema[]) schemaKeys(alternative, path, keys);
  return keys;
}

function visitValues(value: unknown, path: string, see: (path: string, value: unknown) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visitValues(item, `${path}[]`, see);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, below] of Object.entries(value)) {
      const at = path === '' ? key : `${path}.${key}`;
      see(at, below);
      visitValues(below, at, see);
    }
  }
}
