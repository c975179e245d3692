import { describe, expect, test } from 'vitest';
import { CREDITS, MISSED, NO_DATA, OPEN, QUIET, SAMPLE_META } from '../../test/support/sample-reports.ts';
import type { Report } from '../sla/report.ts';
import { LANGUAGES } from './language.ts';
import { render, type ReportFormat } from './render.ts';
import { TEXT_WIDTH } from './to-text.ts';
import { widthOf, wrap } from './text-width.ts';

const ALL = { QUIET, MISSED, OPEN, NO_DATA, CREDITS };
const put = (report: Report, format: ReportFormat, lang: 'zh' | 'en' = 'en'): Promise<string> =>
  render(report, { format, lang, meta: SAMPLE_META });

describe('words of a hostile server', () => {
  test('are text in HTML: no element, attribute or script of theirs', async () => {
    const html = await put(MISSED, 'html');
    expect(html).not.toMatch(/<(img|script|iframe|a|link|object)\b/i);
    expect(html).not.toMatch(/\son\w+=["']/i);
    expect(html).toContain('&#60;img src=x onerror=&#34;alert(1)&#34;&#62;');
  });

  test.each(['text', 'html', 'md', 'csv'] as const)('bring no control character into %s', async (format) => {
    const allowed = format === 'csv' ? /[\r\n]/g : /\n/g;
    expect((await put(MISSED, format)).replace(allowed, '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  });

  test('are no markup, table cell or link in Markdown', async () => {
    const md = await put(MISSED, 'md');
    expect(md).not.toMatch(/(?<!\\)<(?!br>)/);
    expect(md).not.toMatch(/(?<!\\):\/\//);
    for (const row of md.split('\n').filter((line) => line.includes('onerror')))
      expect(row.match(/(?<!\\)\|/g)).toHaveLength(row.includes('x-3') ? 8 : 7);
  });

  test('are cut', async () => {
    const [clause] = MISSED.clauses;
    if (clause?.kind !== 'time') throw new Error('the first clause of the sample is about time');
    const outages = clause.outages.map((outage) => ({ ...outage, detail: 'x'.repeat(1_000_000) }));
    expect((await put({ ...MISSED, clauses: [{ ...clause, outages }] }, 'html')).length).toBeLessThan(40_000);
  });
});

describe('HTML', () => {
  test.each(LANGUAGES)('needs nothing from anywhere, in %s', async (lang) => {
    const html = await put(MISSED, 'html', lang);
    expect(html).not.toMatch(/\b(?:src|href|action|data)=(?!x)["']/);
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/url\((?!#)|@import|<script/);
    expect(html).not.toMatch(/\sstyle=/);
    expect(html.match(/<style>/g)).toHaveLength(1);
  });

  test('has each id once, and every picture a title and a description', async () => {
    const html = await put(MISSED, 'html');
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, names = ''] of html.matchAll(/aria-labelledby="([^"]+)"/g))
      for (const name of names.split(' ')) expect(ids).toContain(name);
    expect(html.match(/<svg /g)).toHaveLength(2);
  });
});

describe('text', () => {
  test.each(Object.entries(ALL))('of %s fits the terminal in both languages', async (_, report) => {
    for (const lang of LANGUAGES) {
      const tooWide = (await put(report, 'text', lang)).split('\n').filter((line) => widthOf(line) > TEXT_WIDTH);
      expect(tooWide).toEqual([]);
    }
  });

  test.each([
    ['abc', 3],
    ['中断', 4],
    ['12.50 分钟', 10],
    ['（不含）', 8],
    ['e\u0301', 1],
    ['', 0],
  ])('"%s" takes %d columns', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test.each([
    ['words go to the next line', 'one two three', 8, ['one two', 'three']],
    ['Chinese is broken between characters', '一二三四五', 6, ['一二三', '四五']],
    ['punctuation does not begin a line', '一二三，四', 6, ['一二', '三，四']],
    ['a word that is too long is cut', 'abcdefghij k', 4, ['abcd', 'efgh', 'ij k']],
    ['nothing is one empty line', '', 4, ['']],
  ])('%s', (_, text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});

describe('CSV', () => {
  const rows = async (report: Report, lang: 'zh' | 'en' = 'en'): Promise<string[][]> =>
    parse(await put(report, 'csv', lang));

  test('has a row for each objective, all of one length', async () => {
    const all = await rows(MISSED);
    expect(all).toHaveLength(1 + 2 + 2 + 1 + 1);
    expect(new Set(all.map((row) => row.length)).size).toBe(1);
  });

  test('has a row for a clause that was left blank, and empty cells where there is no data', async () => {
    expect((await rows(QUIET)).at(-1)).toEqual(expect.arrayContaining(['6', 'left blank']));
    const [heads = [], first = []] = await rows(NO_DATA);
    for (const key of ['value', 'best', 'worst', 'margin', 'gross']) expect(first[heads.indexOf(key)]).toBe('');
  });

  test('has numbers as numbers, below zero too', async () => {
    const [heads = [], first = []] = await rows(MISSED);
    expect(first[heads.indexOf('value')]).toBe('44.3');
    expect(first[heads.indexOf('margin')]).toBe('-0.3');
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', ' =1', '\t=1', '＝1'])('a title "%s" is no formula', async (title) => {
    const clauses = QUIET.clauses.map((clause) => ({ ...clause, title: { zh: title, en: title } }));
    const [heads = [], first = []] = await rows({ ...QUIET, clauses });
    expect(first[heads.indexOf('title')]).toBe(`'${title.trim()}`);
  });

  test('quotes commas, quotes and nothing else; lines end with CR LF', async () => {
    const clauses = QUIET.clauses.map((clause) => ({ ...clause, title: { zh: '甲', en: 'a "b", c\nd' } }));
    const csv = await put({ ...QUIET, clauses }, 'csv');
    expect(csv).toContain(',"a ""b"", c d",');
    expect(csv.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  test('tells a spreadsheet its encoding in Chinese alone', async () => {
    expect((await put(QUIET, 'csv', 'zh')).startsWith('\ufeff')).toBe(true);
    expect((await put(QUIET, 'csv', 'en')).startsWith('system,')).toBe(true);
  });
});

describe('what may be signed', () => {
  const CLOSED = { ...SAMPLE_META, closedAt: '2026-04-03T00:00:00+08:00' };
  const RUNNING: Report = { ...QUIET, provisional: true, known_at: '2026-03-20T12:00:00+08:00' };
  const WORDS = {
    zh: { draft: '草稿，不供签署：本报告反映截至', sign: '双方签署', revision: /版次|第 2 版/ },
    en: {
      draft: 'Draft, not for signature: the month as it stands at',
      sign: 'Signatures',
      revision: /revision +2|revision \| 2/i,
    },
  };

  describe.each(LANGUAGES)('in %s', (lang) => {
    test.each([
      ['a closed revision', QUIET, CLOSED, { draft: false, revision: true }],
      ['a revision that was closed provisionally', RUNNING, CLOSED, { draft: true, revision: true }],
      ['a month that runs', RUNNING, SAMPLE_META, { draft: true, revision: false }],
      ['a month that is over and was not closed', QUIET, SAMPLE_META, { draft: true, revision: false }],
      [
        'a month out of its evidence alone',
        QUIET,
        { ...SAMPLE_META, evidenceSha256: 'e3'.repeat(32) },
        { draft: false, revision: false },
      ],
      [
        'a month that runs, out of its evidence alone',
        RUNNING,
        { ...SAMPLE_META, evidenceSha256: 'e3'.repeat(32) },
        { draft: true, revision: false },
      ],
    ])('%s', async (_, report, meta, { draft, revision }) => {
      for (const format of ['text', 'html', 'md'] as const) {
        const text = (await render(report, { format, lang, meta }))
          .replace(/<style>.*?<\/style>/s, '')
          .replace(/<\/dt><dd>/g, ' ');
        expect([format, text.includes(WORDS[lang].draft)]).toEqual([format, draft]);
        expect([format, text.includes(WORDS[lang].sign)]).toEqual([format, !draft]);
        expect([format, WORDS[lang].revision.test(text)]).toEqual([format, revision]);
      }
    });
  });

  test('a page that is printed says on each sheet that it is a draft', async () => {
    const html = (report: Report): Promise<string> => render(report, { format: 'html', lang: 'zh', meta: CLOSED });
    expect(await html(RUNNING)).toContain('<body class="draft">');
    expect(await html(QUIET)).toContain('<body>');
  });
});

describe('no data', () => {
  test.each(['text', 'md', 'html'] as const)('as %s is said in words, never as a good month', async (format) => {
    const rendered = (await put(NO_DATA, format)).replace(/<style>.*?<\/style>/s, '');
    expect(rendered).toMatch(/— no data/);
    expect(rendered).toMatch(/Nothing of the month was measured/);
    expect(rendered).not.toMatch(/\b100 %|0 min\b(?<!640 min)|✓/);
  });
});

/** RFC 4180, as a reader apart from the writer sees it. */
function parse(csv: string): string[][] {
  const lines = csv.replace(/^\ufeff/, '').split('\r\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) =>
      quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
    ),
  );
}
