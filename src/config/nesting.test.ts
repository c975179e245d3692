import { expect, test } from 'vitest';
import { nestsTooDeep } from './nesting.ts';

test.each([
  ['open lists', '['.repeat(20_000)],
  ['open mappings', '{a: '.repeat(20_000)],
  ['brackets closed in quotes only', `["]", `.repeat(20_000)],
  ['lists in one line', '- '.repeat(20_000)],
  ['keys in one line', '? '.repeat(20_000)],
  ['indented keys', Array.from({ length: 300 }, (_, level) => `${' '.repeat(level)}a:\n`).join('')],
])('%s without end are too deep', (_, text) => {
  expect(nestsTooDeep(text)).toBe(true);
});

test.each([
  ['a list of a thousand lists', '- [[1], {a: 1}]\n'.repeat(1_000)],
  ['brackets in quotes', `- "${'['.repeat(500)}"\n- '${'{'.repeat(500)}'\n`],
  ['brackets in a comment', `# ${'['.repeat(500)}\na: 1\n`],
  ['brackets in a block of text', `a: |\n  ${'['.repeat(500)}\n`],
  ['a ruler in a comment', `# ${'-'.repeat(500)}\na: 1\n`],
])('%s are not', (_, text) => {
  expect(nestsTooDeep(text)).toBe(false);
});
