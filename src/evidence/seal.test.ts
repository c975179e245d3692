import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readEvidence, type Evidence } from './read.ts';
import { createSealChain, hashOf, sealLine } from './seal.ts';
import { writeEvidence } from './write.ts';
import type { Fact } from '../facts/facts.ts';

const HEADER =
  '{"type":"header","format":"mailwitness-evidence","version":1,"system":"s","timezone":"Asia/Shanghai",' +
  '"from":"2026-10-01T00:00:00+08:00","to":"2026-11-01T00:00:00+08:00","checks":{},"product":"by hand"}\n';
const GAP =
  '{"type":"gap","vantage":"hq","from":"2026-10-01T00:00:00+08:00","to":"2026-10-01T00:01:00+08:00","why":"stopped"}\n';
const NOTE = `${GAP.slice(0, -2)},"note":"\u7DAD\u4FEE"}\n`;

const sha = (...parts: string[]): string => createHash('sha256').update(parts.join('')).digest('hex');
const sealOf = (sha256: string, previous: string): string =>
  `{"type":"seal","sha256":"${sha256}","previous":"${previous}"}\n`;

const FIRST = sha(HEADER, GAP);
const SECOND = sha(FIRST, NOTE);

async function read(...parts: string[]): Promise<Evidence> {
  async function* source(): AsyncIterable<Uint8Array> {
    yield Buffer.from(parts.join(''));
  }
  return readEvidence(source(), { file: 'x' });
}

describe('a chain that holds', () => {
  test.each<[string, string[], { sealed: boolean; seal?: string }]>([
    ['none at all', [HEADER, GAP], { sealed: false }],
    ['one seal at the end', [HEADER, GAP, sealOf(FIRST, '')], { sealed: true, seal: FIRST }],
    ['a seal without its line feed', [HEADER, GAP, sealOf(FIRST, '').trim()], { sealed: true, seal: FIRST }],
    ['lines after the seal', [HEADER, GAP, sealOf(FIRST, ''), NOTE], { sealed: false, seal: FIRST }],
    [
      'a second seal over them, and what the first one said',
      [HEADER, GAP, sealOf(FIRST, ''), NOTE, sealOf(SECOND, FIRST)],
      { sealed: true, seal: SECOND },
    ],
    [
      'a seal over nothing new',
      [HEADER, sealOf(sha(HEADER), ''), sealOf(sha(sha(HEADER)), sha(HEADER))],
      { sealed: true, seal: sha(sha(HEADER)) },
    ],
    [
      'carriage returns, which are bytes like any other',
      [HEADER.replace('\n', '\r\n'), sealOf(sha(HEADER.replace('\n', '\r\n')), '')],
      { sealed: true, seal: sha(HEADER.replace('\n', '\r\n')) },
    ],
    [
      'a byte order mark, which is sealed too',
      [`\uFEFF${HEADER}`, sealOf(sha(`\uFEFF${HEADER}`), '')],
      { sealed: true, seal: sha(`\uFEFF${HEADER}`) },
    ],
    [
      'a signature, which this version does not look at',
      [HEADER, sealOf(sha(HEADER), '').replace('}', ',"signature":"abc"}')],
      { sealed: true, seal: sha(HEADER) },
    ],
  ])('%s', async (_name, parts, expected) => {
    const { sealed, seal, sha256 } = await read(...parts);
    expect({ sealed, ...(seal === undefined ? {} : { seal }) }).toEqual(expected);
    expect(sha256).toBe(sha(...parts));
  });
});

describe('a chain that does not hold is refused', () => {
  const kept = sealOf(FIRST, '');
  test.each<[string, string[], string]>([
    [
      'a line was changed',
      [HEADER, GAP.replace('stopped', 'suspend'), kept],
      `x:3: sha256: expected ${sha(HEADER, GAP.replace('stopped', 'suspend'))}, the SHA-256 of the lines before it: they are not what was sealed, got "${FIRST.slice(0, 59)}…`,
    ],
    ['a space was added', [HEADER, GAP.replace('}', ' }'), kept], 'x:3: sha256: expected'],
    ['a line was taken out', [HEADER, kept], 'x:2: sha256: expected'],
    ['a line was put in', [HEADER, GAP, NOTE, kept], 'x:4: sha256: expected'],
    ['the header was changed', [HEADER.replace('by hand', 'by head'), GAP, kept], 'x:3: sha256: expected'],
    ['a blank line was put in at the end', [HEADER, GAP, '\n', kept], 'x:3: expected a JSON object'],
    ['the hash is in capitals', [HEADER, GAP, sealOf(FIRST.toUpperCase(), '')], 'x:3: sha256: expected'],
    ['the hash is missing', [HEADER, GAP, '{"type":"seal","previous":""}\n'], '; the key is missing'],
    [
      'the first seal names one before it',
      [HEADER, GAP, sealOf(sha(FIRST, HEADER, GAP), FIRST)],
      'x:3: previous: expected "", for no seal stands before it, got "',
    ],
    [
      'the first seal names none, not even none',
      [HEADER, GAP, `{"type":"seal","sha256":"${FIRST}"}`],
      'x:3: previous: expected "", for no seal stands before it; the key is missing',
    ],
    [
      'the second seal does not name the first',
      [HEADER, GAP, kept, NOTE, sealOf(sha(NOTE), '')],
      'x:5: previous: expected the sha256 of the seal before it, got ""',
    ],
    ['the first seal was taken out', [HEADER, GAP, NOTE, sealOf(SECOND, FIRST)], 'x:4: previous: expected ""'],
    [
      'the same seal stands twice',
      [HEADER, GAP, kept, kept],
      'x:4: previous: expected the sha256 of the seal before it, got ""',
    ],
    ['a line between two seals was changed', [HEADER, GAP, kept, GAP, sealOf(SECOND, FIRST)], 'x:5: sha256: expected'],
  ])('%s', async (_name, parts, expected) => {
    await expect(read(...parts)).rejects.toThrow(expected);
  });
});

test('a chain over bytes in any portions, larger than a batch too', () => {
  const bytes = Buffer.alloc(200_000, 'mail');
  const [whole, pieces] = [createSealChain(), createSealChain()];
  whole.add(bytes);
  for (let at = 0, size = 1; at < bytes.length; at += size, size += 997) pieces.add(bytes.subarray(at, at + size));
  expect(pieces.seal()).toEqual({ sha256: sha(bytes.toString()), previous: '' });
  const first = whole.seal();
  whole.add(Buffer.from('x'));
  expect(whole.seal()).toEqual({ sha256: sha(first.sha256, 'x'), previous: first.sha256 });
  expect(hashOf(bytes)).toBe(first.sha256);
});

test('what docs/evidence.md tells a counterparty to type gives the hash of the seal', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-seal-'));
  try {
    const header: Fact = {
      type: 'header',
      format: 'mailwitness-evidence',
      version: 1,
      system: 's\u7CFB',
      timezone: 'UTC',
      from: 0,
      to: 1,
      checks: {},
      product: '',
    };
    let file = '';
    const written = await writeEvidence([header], (line) => {
      file += line;
    });
    expect(file.endsWith(`${sealLine({ sha256: written.seal, previous: '' })}\n`)).toBe(true);
    writeFileSync(path.join(folder, 'october.ndjson'), file);
    const shell = (command: string): string => execFileSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
    expect(shell("sed '$d' october.ndjson | sha256sum")).toBe(`${written.seal}  -\n`);
    expect(shell('sha256sum october.ndjson')).toBe(`${written.sha256}  october.ndjson\n`);

    // Somebody goes on, and seals again.
    writeFileSync(path.join(folder, 'october.ndjson'), `${file}${NOTE}`);
    const second = shell(`{ printf %s ${written.seal}; sed -n '3,3p' october.ndjson; } | sha256sum`).slice(0, 64);
    expect((await read(file, NOTE, sealOf(second, written.seal))).seal).toBe(second);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
