import { expect, test } from 'vitest';
import { isOneLine } from './one-line.ts';

test.each([
  ['Li Wei', true],
  ['李伟，变更 47', true],
  ['a'.repeat(9), true],
  ['a'.repeat(10), false],
  ['', false],
  ['a\nb', false],
  ['a\u001b[2J', false],
  ['a\u009bb', false],
  ['a\u2028b', false],
  ['a\u202eb', false],
])('%j is a line: %s', (text, yes) => {
  expect(isOneLine(text, 9)).toBe(yes);
});
