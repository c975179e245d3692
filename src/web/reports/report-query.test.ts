import { describe, expect, test } from 'vitest';
import type { Text } from '../../report/language.ts';
import { reportQuery, systemAsked, type Key } from './report-query.ts';

const KEYS: readonly Key[] = ['month', 'system', 'revision', 'lang'];
const BOTH = ['hq', 'web'];

const ask = (query: string, systems: readonly string[] = BOTH) =>
  reportQuery(new URLSearchParams(query), { keys: KEYS, systems });

describe('what is right', () => {
  test.each([
    ['month and system', 'month=2026-10&system=web', BOTH, { system: 'web', revision: null, lang: null }],
    ['no system where there is one alone', 'month=2026-10', ['hq'], { system: 'hq', revision: null, lang: null }],
    ['a revision', 'month=2026-10&system=hq&revision=12', BOTH, { system: 'hq', revision: 12, lang: null }],
    ['a language', 'month=2026-10&system=hq&lang=zh', BOTH, { system: 'hq', revision: null, lang: 'zh' }],
  ])('%s', (_, query, systems, expected) => {
    expect(ask(query, systems)).toEqual({ month: '2026-10', ...expected });
  });

  test('the month may stand in the path', () => {
    expect(reportQuery(new URLSearchParams(''), { keys: ['system'], systems: ['hq'], month: '2026-10' })).toEqual({
      system: 'hq',
      month: '2026-10',
      revision: null,
      lang: null,
    });
  });
});

describe('what is refused, in one line that says what was expected', () => {
  test.each([
    ['no month', 'system=hq', 400, 'month: expected a month such as 2026-10, got none'],
    ['a month that is none', 'month=2026-13&system=hq', 400, 'month: expected a month such as 2026-10, got "2026-13"'],
    ['a day', 'month=2026-10-01&system=hq', 400, 'month: expected a month such as 2026-10, got "2026-10-01"'],
    ['no system of two', 'month=2026-10', 400, 'system: expected "hq" or "web", got none'],
    ['an unknown system', 'month=2026-10&system=x', 404, 'system: expected "hq" or "web", got "x"'],
    ['revision 0', 'month=2026-10&system=hq&revision=0', 400, 'revision: expected a number from 1 on, got "0"'],
    [
      'a revision that is none',
      'month=2026-10&system=hq&revision=-1',
      400,
      'revision: expected a number from 1 on, got "-1"',
    ],
    ['an empty revision', 'month=2026-10&system=hq&revision=', 400, 'revision: expected a number from 1 on, got ""'],
    ['another language', 'month=2026-10&system=hq&lang=de', 400, 'lang: expected zh or en, got "de"'],
    ['the same twice', 'month=2026-10&month=2026-11&system=hq', 400, 'month: expected one value, got 2'],
    [
      'a slip in a name',
      'month=2026-10&sytem=hq',
      400,
      'expected no other parameters than month, system, revision, lang, got "sytem"',
    ],
  ])('%s', (_, query, status, error) => {
    expect(ask(query)).toEqual({ status, why: { en: error, zh: expect.stringContaining('应') as string } });
  });

  test('another one is quoted shortly and without control characters', () => {
    const refused = systemAsked(new URLSearchParams({ system: `a\r\nb\u001b[31m${'x'.repeat(1_000)}` }), BOTH);
    expect(refused).toMatchObject({ status: 404 });
    const { why } = refused as { why: Text };
    for (const line of Object.values(why)) {
      expect(line.length).toBeLessThan(120);
      // oxlint-disable-next-line no-control-regex -- that is what must not be there
      expect(line).not.toMatch(/[\u0000-\u001f]/);
    }
  });
});
