import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report, TimeClause } from '../../src/sla/report.ts';
import { runProgram } from './program.ts';

const HEADER = {
  type: 'header',
  format: 'mailwitness-evidence',
  version: 1,
  system: 'corp.example',
  timezone: 'Asia/Shanghai',
  from: '2026-03-01T00:00:00+08:00',
  to: '2026-04-02T00:00:00+08:00',
  checks: { imap: { interval_s: 60 } },
  product: 'another 1.0',
};
const RUN = { type: 'run', vantage: 'here', check: 'imap', samples: 60 };
const GOOD = { ...RUN, ok: true, from: '2026-02-28T23:00:00+08:00', to: '2026-03-10T10:02:00+08:00' };
const BAD = {
  ...RUN,
  ok: false,
  from: '2026-03-10T10:03:00+08:00',
  to: '2026-03-10T10:05:00+08:00',
  cause: 'connect',
  detail: '<script>alert(1)</script>',
};
const AGAIN = { ...RUN, ok: true, from: '2026-03-10T10:06:00+08:00', to: '2026-04-01T01:00:00+08:00' };

describe('mailwitness report --evidence', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-report-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function file(name: string, lines: readonly object[]): string {
    const full = path.join(folder, name);
    writeFileSync(full, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return full;
  }

  test('computes the month from the file alone, and knows it from its header', async () => {
    const evidence = file('good.ndjson', [HEADER, AGAIN, GOOD, BAD]);
    const { code, out, err } = await runProgram(['report', '--evidence', evidence, '--format', 'json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const report = JSON.parse(out) as Report;
    const clause = report.clauses.find(({ id }) => id === '1') as TimeClause;
    expect([report.month, clause.value, clause.least, clause.most]).toEqual(['2026-03', 3, 2, 4]);
  });

  test('is not held in memory: the messages of 200,000 lines are more than the heap that it gets', async () => {
    const begin = Date.parse(HEADER.from);
    const lines = Array.from({ length: 200_000 }, (_, index) => ({
      type: 'message',
      vantage: 'here',
      id: `message-${String(index).padStart(12, '0')}`,
      route: 'inbound',
      target: 'probe@corp.example',
      accepted_at: new Date(begin + index * 13_000).toISOString(),
      visible_at: new Date(begin + index * 13_000 + 2_000 + (index % 100)).toISOString(),
      unseen_until: new Date(begin + index * 13_000 + 1_990).toISOString(),
      outcome: 'delivered',
      folder: 'INBOX',
    }));
    const evidence = file('many.ndjson', [HEADER, GOOD, BAD, AGAIN, ...lines, ...lines.slice(-1_000)]);
    const args = ['report', '--evidence', evidence, '--format', 'json'];
    const { code, out } = await runProgram(args, { env: { NODE_OPTIONS: '--max-old-space-size=64' } });
    expect(code).toBe(0);
    const clause = (JSON.parse(out) as Report).clauses.find(({ id }) => id === '2b');
    expect(clause).toMatchObject({ n: 200_000, mean_s: 2.0495, p50_s: 2.049, p99_s: 2.098, max_s: 2.099, pending: 0 });
  });

  test.each([
    ['text', 'en', /Monthly service report/],
    ['md', 'zh', /邮箱连通性/],
    ['html', 'en', /&#60;script/],
    ['csv', 'en', /down_minutes/],
  ])('writes it as %s in %s', async (format, lang, expected) => {
    const evidence = file('good.ndjson', [HEADER, AGAIN, GOOD, BAD]);
    const { code, out } = await runProgram([
      'report',
      '--evidence',
      evidence,
      '--month',
      '2026-03',
      '--format',
      format,
      '--lang',
      lang,
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(expected);
    expect(format === 'html' && out.includes('<script')).toBe(false);
  });

  test('writes it to a file', async () => {
    const evidence = file('good.ndjson', [HEADER, AGAIN, GOOD, BAD]);
    const to = path.join(folder, 'report.json');
    const { code, out } = await runProgram(['report', '--evidence', evidence, '--format', 'json', '--out', to]);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect((JSON.parse(readFileSync(to, 'utf8')) as Report).format).toBe('mailwitness-report');
  });

  test.each<[string, readonly object[], readonly string[], RegExp]>([
    ['runs that overlap', [HEADER, GOOD, { ...BAD, from: GOOD.from }], [], /overlap\.ndjson:3: .+/],
    ['an unknown type', [HEADER, { type: 'guess' }], [], /type\.ndjson:2: .+/],
    ['a month that the file does not cover', [HEADER, GOOD], ['--month', '2026-05'], /month\.ndjson:1: .+2026-05/],
    ['a month that is none', [HEADER, GOOD], ['--month', '2026-13'], /a month such as 2026-10/],
    [
      'a place that cannot be written to',
      [HEADER, GOOD],
      ['--out', '/nowhere/report.html'],
      /^\/nowhere\/report\.html: expected a file that can be written/,
    ],
    [
      'a contract that is none',
      [HEADER, GOOD],
      ['--contract', '/nowhere.yaml'],
      /\/nowhere\.yaml: expected a contract file/,
    ],
  ])(
    '%s is one line on standard error, exit 2, and nothing on standard output',
    async (name, lines, args, expected) => {
      const evidence = file(
        `${name.split(' ').at(-1) === 'overlap' ? 'overlap' : name.includes('type') ? 'type' : 'month'}.ndjson`,
        lines,
      );
      const { code, out, err } = await runProgram(['report', '--evidence', evidence, ...args]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(expected);
      expect(err.trimEnd().split('\n')).toHaveLength(1);
    },
  );

  test('of a contract with many mistakes the first is told, in one line, and where to see the others', async () => {
    const contract = path.join(folder, 'wrong.yaml');
    writeFileSync(contract, 'contract: c\nversion: 2\nclauses:\n  - { id: "1", measure: uptime }\n');
    const evidence = file('good.ndjson', [HEADER, GOOD]);
    const { code, out, err } = await runProgram(['report', '--evidence', evidence, '--contract', contract]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/wrong\.yaml:2: version: expected .+ more: mailwitness config check --contract .+\n$/);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});
