import {
  array,
  check,
  constantFrom,
  defaultReportMessage,
  jsonValue,
  oneof,
  property,
  string,
  tuple,
} from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError } from '../lib/errors.ts';
import { parseSettings } from './load.ts';

// Whatever is loaded, there are settings or a ConfigError whose problems have lines and tell no secret.

/** Throws when the outcome is neither, or a message says what it must not. */
function attempt(text: string): 'taken' | 'refused' {
  try {
    // No name, host or path: where it is shown, it leaked.
    parseSettings(text, { file: 'any.yaml', folder: '/nowhere', env: { PW: 'Hunter 2' } });
    return 'taken';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const slip = /Hunter 2|undefined|Invalid input|\[object|NaN/.exec(error.message)?.[0];
    if (slip !== undefined) throw new Error(`it says ${slip}`, { cause: error });
    if (error.problems.length === 0) throw new Error('it says nothing', { cause: error });
    if (!error.problems.every(({ line = 0 }) => line > 0)) throw new Error('a problem has no line', { cause: error });
    return 'refused';
  }
}

test('any text', () => {
  const any = property(string({ unit: 'binary', maxLength: 200 }), (text) => void attempt(text));
  expect(defaultReportMessage(check(any, { numRuns: 200 }))).toBeUndefined();
});

test('any text of the characters that mean something in YAML', () => {
  const words = ['\n  ', ': ', '- ', '${PW}', '${NO}', '&a ', '*a', '<<: ', 'agent:', 'systems:', 'name: '];
  const unit = constantFrom(...' \n\t:-[]{},"\'|>&*!#%@`?~$'.split(''), ...words);
  const any = property(array(unit, { maxLength: 60 }), (parts) => void attempt(parts.join('')));
  expect(defaultReportMessage(check(any, { numRuns: 400 }))).toBeUndefined();
});

type Path = readonly (string | number)[];

/** A right configuration with most keys. */
const WHOLE = {
  agent: {
    witnesses: ['a.example.net:443', 'b.example.net:443'],
    sink: { domain: 'probe.example.net', listen: '0.0.0.0:25', max_size: '2MB' },
  },
  systems: [
    {
      name: 'hq',
      submission: { host: 'mail.example.org', user: 'probe@example.org', password: 'hunter2' },
      mx: { hosts: ['mx1.example.org', 'mx2.example.org:25'], helo: 'probe.example.net' },
      imap: { host: 'mail.example.org' },
      pop3: { host: 'mail.example.org', tls: 'starttls' },
      webmail: { url: 'https://webmail.example.org/', text: 'Log in' },
      mailboxes: [
        { name: 'a', address: 'a@example.org', password: 'hunter2' },
        { name: 'b', address: 'b@example.org', password: '${PW}', watch: 'pop3' },
      ],
      routes: [
        { kind: 'inbound', mailbox: 'a' },
        { kind: 'outbound', size: 600, interval: '60s' },
      ],
      checks: [{ kind: 'imap', mailboxes: ['a'] }, { kind: 'webmail' }],
      reach_within: '1h',
      lost_after: '24h',
      watch: '3d',
    },
  ],
};
const PLACES = pathsOf(WHOLE);
const ODD = [
  '',
  '${PW}',
  '${NO}',
  null,
  0,
  -1,
  1e300,
  true,
  [],
  {},
  [null],
  [[]],
  'a',
  '60s',
  '2MB',
  '[::1]:25',
  '/dev/zero',
  'ca.pem',
  '\0',
];

test('a right configuration, as the places to put things into', () => {
  expect(attempt(stringify(WHOLE))).toBe('taken');
  expect(PLACES.length).toBeGreaterThan(40);
});

test('a right configuration with anything put in anywhere, or moved to another place', () => {
  const moved = constantFrom(...PLACES).map((path) => at(WHOLE, path));
  const anything = oneof(jsonValue({ maxDepth: 3 }), constantFrom<unknown>(...ODD), moved);
  const edits = array(tuple(constantFrom(...PLACES), anything), { minLength: 1, maxLength: 4 });
  const seen = { taken: 0, refused: 0 };
  const any = property(edits, (changes) => {
    const value = structuredClone(WHOLE);
    for (const [path, put] of changes) putAt(value, path, structuredClone(put));
    seen[attempt(stringify(value))] += 1;
  });
  expect(defaultReportMessage(check(any, { numRuns: 500 }))).toBeUndefined();
  // Were all refused for the same small thing, nothing behind it would have been tried.
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(5);
});

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  const below = keys.flatMap((key) => pathsOf(at(value, [key]), [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((found, key) => (found as Record<string | number, unknown> | null)?.[key], value);
}

function putAt(value: unknown, path: Path, put: unknown): void {
  const holder = at(value, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof holder !== 'object' || holder === null || key === undefined) return;
  (holder as Record<string | number, unknown>)[key] = put;
}
