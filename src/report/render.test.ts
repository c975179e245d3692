import { describe, expect, test } from 'vitest';
import { CREDITS, MISSED, NO_DATA, OPEN, QUIET, SAMPLE_META } from '../../test/support/sample-reports.ts';
import type { RenderMeta } from './context.ts';
import { REPORT_STYLE } from './html-style.ts';
import { LANGUAGES } from './language.ts';
import { REPORT_FORMATS, render } from './render.ts';

const CLOSED: RenderMeta = {
  ...SAMPLE_META,
  evidenceSha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  contractSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  closedAt: '2026-04-03T00:00:00+08:00',
  changes: [
    { clause: '1', figure: 'value', before: 12.5, after: 0 },
    { clause: '1', figure: 'verdict', before: 'open', after: 'met' },
    { clause: null, figure: 'provisional', before: true, after: false },
  ],
};

const SAMPLES = [
  { name: 'quiet', report: QUIET, meta: CLOSED },
  { name: 'missed', report: MISSED, meta: { ...SAMPLE_META, closedAt: '2026-04-03T00:00:00+08:00', changes: [] } },
  { name: 'open', report: OPEN, meta: SAMPLE_META },
  { name: 'no-data', report: NO_DATA, meta: SAMPLE_META },
  { name: 'credits', report: CREDITS, meta: { ...SAMPLE_META, evidenceSha256: 'e3b0'.repeat(16) } },
];

test.each([
  ['zh', '第 2 版定稿之后又有 2 项可能涉及本月的事实（排除时段、登记记录或迟到的邮件），未计入以下数字。'],
  [
    'en',
    '2 facts that may touch this month entered since revision 2 (windows, records, late mail): not in the figures below.',
  ],
] as const)('a closed report says of what was entered since, in %s', async (lang, words) => {
  const plain = (text: string): string => text.replaceAll(/[\s!]+/g, lang === 'zh' ? '' : ' ');
  for (const format of ['text', 'html', 'md'] as const) {
    const written = (later: number): Promise<string> => render(QUIET, { format, lang, meta: { ...CLOSED, later } });
    expect(plain(await written(2))).toContain(plain(words));
    expect(plain(await written(0))).not.toContain(plain(words));
  }
});

// Not plain .html, which a formatter would take for a source.
const EXTENSIONS = { text: 'txt', html: 'html.golden', csv: 'csv', md: 'md' } as const;

// Renewed with `npx vitest run src/report -u`, and then read.
describe.each(SAMPLES)('the report "$name"', ({ name, report, meta }) => {
  describe.each(LANGUAGES)('in %s', (lang) => {
    test.each(['text', 'html', 'csv', 'md'] as const)('as %s', async (format) => {
      const rendered = (await render(report, { format, lang, meta })).replace(
        REPORT_STYLE,
        '\n/* the style sheet */\n',
      );
      await expect(rendered).toMatchFileSnapshot(`golden/${name}.${lang}.${EXTENSIONS[format]}`);
    });
  });

  test('as JSON is itself', async () => {
    expect(JSON.parse(await render(report, { format: 'json', lang: 'en', meta }))).toEqual(report);
  });

  test.each(REPORT_FORMATS)('gives the same bytes each time as %s', async (format) => {
    const once = await render(report, { format, lang: 'zh', meta });
    expect(await render(structuredClone(report), { format, lang: 'zh', meta })).toBe(once);
  });
});
