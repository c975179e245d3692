import { expect, test } from 'vitest';
import { preferredLanguage } from './accept-language.ts';

test.each([
  ['none', undefined, 'en'],
  ['an empty one', '', 'en'],
  ['Chinese as a browser in China says it', 'zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
  ['traditional Chinese', 'zh-Hant-TW', 'zh'],
  ['English first', 'en-GB,en;q=0.9,zh;q=0.8', 'en'],
  ['English first by its weight only', 'zh;q=0.3, en;q=0.7', 'en'],
  ['Chinese first by its weight only', 'en;q=0.3, zh;q=0.70', 'zh'],
  ['the first of two that weigh the same', 'zh,en', 'zh'],
  ['another language, then Chinese', 'fr-CH, fr;q=0.9, zh;q=0.5, *;q=0.1', 'zh'],
  ['another language alone', 'de', 'en'],
  ['anything', '*', 'en'],
  ['Chinese refused', 'zh;q=0', 'en'],
  ['a language that begins alike', 'zha;q=1', 'en'],
  ['nonsense', ';;q=,zh;q=2', 'en'],
  ['an endless one', `${'fr,'.repeat(100_000)}zh`, 'en'],
])('%s', (_, header, expected) => {
  expect(preferredLanguage(header)).toBe(expected);
});
