import { describe, expect, test } from 'vitest';
import { CREDITS, HOSTILE, MISSED, NO_DATA, OPEN, QUIET, SAMPLE_META } from '../../test/support/sample-reports.ts';
import type { Report } from '../sla/report.ts';
import { CATALOGUE } from './catalogue.ts';
import { count } from './language.ts';
import { render } from './render.ts';

const CHINESE = /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/;
const REPORTS: [string, Report][] = Object.entries({ QUIET, MISSED, OPEN, NO_DATA, CREDITS });
const FORMATS = ['text', 'md', 'csv', 'html'] as const;

/** Words in Latin letters that Chinese text has, too: names, units of computing, what the facts themselves say. */
const NAMES =
  /^(?:SHA|IMAP|POP3|MX|IP|mailwitness|Asia|Shanghai|Europe|Berlin|enterprise|hosted|mail|guarantee|credits|credit|availability|corp|example)$/;

describe('no text of a language leaks into the other', () => {
  test.each(REPORTS)('the report %s in English has no Chinese character', async (_, report) => {
    for (const format of FORMATS) {
      const found = (await render(report, { format, lang: 'en', meta: SAMPLE_META }))
        .split('\n')
        .filter((line) => !line.includes('font') && CHINESE.test(line));
      expect({ format, found }).toEqual({ format, found: [] });
    }
  });

  test.each(REPORTS)('the report %s in Chinese has no English word but names', async (_, report) => {
    for (const format of FORMATS) {
      const rendered = visible(await render(withoutFreeText(report), { format, lang: 'zh', meta: SAMPLE_META }));
      const found = (rendered.match(/[A-Za-z][A-Za-z0-9]{2,}/g) ?? []).filter((word) => !NAMES.test(word));
      expect({ format, found }).toEqual({ format, found: [] });
    }
  });

  test('every entry of the catalogue is Chinese in Chinese, and has none in English', () => {
    const texts = textsIn(CATALOGUE);
    expect(texts.length).toBeGreaterThan(200);
    expect(texts.filter(({ en }) => CHINESE.test(en))).toEqual([]);
    const same = texts.filter(({ zh }) => !CHINESE.test(zh)).map(({ zh }) => zh);
    expect([...new Set(same)]).toEqual(['IMAP', 'POP3']);
  });
});

test.each([
  [0, '0 messages'],
  [1, '1 message'],
  [2, '2 messages'],
  [44000, '44,000 messages'],
])('%d is counted as "%s"', (n, words) => {
  expect(count(n, 'message', 'messages')).toBe(words);
});

/** Texts that people and servers wrote stand as they are in both languages. */
function withoutFreeText(report: Report): Report {
  const json = JSON.stringify(report, (key, value: unknown) =>
    ['note', 'detail', 'entered_by', 'approved_by', 'withdrawn_by'].includes(key) && value !== null ? '' : value,
  );
  expect(json).not.toContain(JSON.stringify(HOSTILE).slice(1, -1));
  return JSON.parse(json) as Report;
}

/** What a reader sees or hears of a document. */
function visible(rendered: string): string {
  return rendered
    .replace(/<head>.*?<\/head>/s, (head) => /<title>(.*?)<\/title>/.exec(head)?.[1] ?? '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#\d+;/g, ' ');
}

function textsIn(node: unknown): { zh: string; en: string }[] {
  if (typeof node !== 'object' || node === null) return [];
  if ('zh' in node && 'en' in node)
    return typeof node.zh === 'string' && typeof node.en === 'string' ? [{ zh: node.zh, en: node.en }] : [];
  return Object.values(node)
    .flatMap(textsIn)
    .filter(({ zh, en }) => !(zh === '、' && en === ', ') && zh !== '');
}
