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
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { ConfigError } from '../lib/errors.ts';
import { parseContract } from './load-contract.ts';

// Whatever is loaded, there is a contract or a ConfigError whose problems have lines.

/** Throws when the outcome is neither, or a message does not say what it should. */
function attempt(text: string): 'taken' | 'refused' {
  try {
    parseContract(text, { file: 'any.yaml' });
    return 'taken';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // What stood there is quoted last.
    const slip = /undefined|Invalid|\[object|NaN/.exec(error.problems.map(({ expected }) => expected).join('\n'))?.[0];
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

test('any text of the characters and words that mean something', () => {
  const words = [
    '\n  ',
    ': ',
    '- ',
    '&a ',
    '*a',
    '<<: ',
    'contract:',
    'clauses:',
    'id: 1',
    'measure: ',
    'downtime',
    'blank: true',
  ];
  const unit = constantFrom(...' \n\t:-[]{},"\'|>&*!#%@`?~$.0e'.split(''), ...words);
  const any = property(array(unit, { maxLength: 60 }), (parts) => void attempt(parts.join('')));
  expect(defaultReportMessage(check(any, { numRuns: 400 }))).toBeUndefined();
});

type Path = readonly (string | number)[];

const WHOLE: unknown = {
  ...(parse(readFileSync(new URL('../../config/contract.yaml', import.meta.url), 'utf8')) as object),
  clauses: [
    {
      id: '1',
      title: '一',
      measure: 'downtime',
      exclude: ['a', 'b'],
      objectives: [{ metric: 'availability', op: '>=', limit: 0.999, governs: false }],
      remedy: [{ metric: 'availability', below: 0.999, remedy: 'month-free' }],
    },
    { id: '2a', measure: 'send_delay', objectives: [{ metric: 'exceedances', over_s: 3600, op: '<', limit: 2 }] },
    {
      id: '8a',
      measure: 'opening',
      where: { domain: 'own' },
      within: '24h',
      remedy: 'month-free',
      objectives: [{ metric: 'late', op: '<=', limit: 0 }],
    },
    { id: '6', blank: true },
  ],
};
const PLACES = pathsOf(WHOLE);
const ODD = [
  '',
  null,
  0,
  -1,
  1e300,
  0.1,
  NaN,
  true,
  [],
  {},
  [null],
  [[]],
  { all: [] },
  'a',
  '60s',
  '5%',
  '1 workdays',
  '\0',
  '__proto__',
  'toString',
];

test('a right contract, as the places to put things into', () => {
  expect(() => parseContract(stringify(WHOLE), { file: 'any.yaml' })).not.toThrow();
  expect(PLACES.length).toBeGreaterThan(50);
});

test('a right contract with anything put in anywhere, or moved to another place', () => {
  const moved = constantFrom(...PLACES).map((path) => at(WHOLE, path));
  const anything = oneof(jsonValue({ maxDepth: 3 }), constantFrom<unknown>(...ODD), moved);
  const edits = array(tuple(constantFrom(...PLACES), anything), { minLength: 1, maxLength: 4 });
  const seen = { taken: 0, refused: 0 };
  const any = property(edits, (changes) => {
    const value = structuredClone(WHOLE);
    for (const [path, put] of changes) putAt(value, path, structuredClone(put));
    seen[attempt(stringify(value))] += 1;
  });
  expect(defaultReportMessage(check(any, { numRuns: 600 }))).toBeUndefined();
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
