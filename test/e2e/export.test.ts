import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { DAY, MINUTE } from '../../src/lib/time.ts';
import { writeYear } from '../support/year-store.ts';
import { runProgram, startProgram } from './program.ts';

// Evidence of a month that the program writes, and the report that it computes from it.

/** Midnight in Shanghai. */
const OCTOBER = { from: Date.UTC(2026, 8, 30, 16), to: Date.UTC(2026, 9, 31, 16) };
const SPAN = { from: OCTOBER.from - 5 * DAY, to: OCTOBER.to + 2 * DAY };

let master: string;
let folder: string;
const named = (name: string): string => path.join(folder, name);

beforeAll(() => {
  master = mkdtempSync(path.join(tmpdir(), 'mailwitness-export-master-'));
  const pace = { seed: 4, checkEvery: 5 * MINUTE, routeEvery: 10 * MINUTE, outages: 40 };
  writeYear({ file: path.join(master, 'store.db'), system: 'hq', ...SPAN, ...pace });
});
afterAll(() => rmSync(master, { recursive: true }));

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-export-'));
  copyFileSync(path.join(master, 'store.db'), named('store.db'));
  writeFileSync(
    named('agent.yaml'),
    `agent: { store: store.db, vantage: home, listen: "127.0.0.1:0", witnesses: [] }
systems:
  - { name: hq, webmail: { url: "http://127.0.0.1:9/" } }
`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

async function exported(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return await runProgram(['export', '--config', 'agent.yaml', ...args], { cwd: folder });
}

function exportRows(): unknown {
  const db = new Database(named('store.db'), { readonly: true });
  try {
    return db.prepare('SELECT month, sha256, lines FROM exports').all();
  } finally {
    db.close();
  }
}

test('a month is exported to a file and to standard output, the same both times, and reported from it', async () => {
  const toFile = await exported('--month', '2026-10', '--out', 'october.ndjson');
  const bytes = readFileSync(named('october.ndjson'));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const lines = bytes.toString().trimEnd().split('\n').length;
  const size = (bytes.length / 1_000_000).toFixed(1);
  const told = `${lines} lines, ${size} MB, sha256 ${sha256}`;
  expect(toFile).toEqual({ code: 0, out: '', err: `2026-10 of hq written to october.ndjson: ${told}\n` });
  const printed = await exported('--month', '2026-10');
  expect(printed).toEqual({
    code: 0,
    out: bytes.toString(),
    err: `2026-10 of hq written to standard output: ${told}\n`,
  });
  expect(exportRows()).toEqual(Array.from({ length: 2 }, () => ({ month: '2026-10', sha256, lines })));

  const report = ['report', '--month', '2026-10', '--format', 'json'];
  const alone = await runProgram([...report, '--evidence', named('october.ndjson')]);
  const fromStore = await runProgram([...report, '--config', 'agent.yaml'], { cwd: folder });
  expect(alone.code).toBe(0);
  expect(JSON.parse(alone.out)).toEqual(JSON.parse(fromStore.out));
  expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
});

test('a reader that leaves early leaves nothing behind, and it is not remembered as exported', async () => {
  const temporary = named('tmp');
  mkdirSync(temporary);
  const { child, ended } = startProgram(['export', '--config', 'agent.yaml', '--month', '2026-10'], {
    cwd: folder,
    env: { TMPDIR: temporary },
  });
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect(await ended).toBe(0);
  expect(readdirSync(temporary)).toEqual([]);
  expect(exportRows()).toEqual([]);
});

test('what is redacted, or not over, is told and not remembered', async () => {
  const redacted = await exported('--month', '2026-10', '--redact', '--out', 'redacted.ndjson');
  expect(redacted.err).toMatch(/; redacted\n$/);
  expect(readFileSync(named('redacted.ndjson'), 'utf8')).not.toContain('refused"');
  const running = await exported('--month', '2026-11', '--out', 'november.ndjson');
  expect(running.err).toMatch(/; the month is not over\n$/);
  expect(exportRows()).toEqual([]);
});

test.each([
  [['--month', '2026-08'], 'export: --month: expected a month that the store has data of, got 2026-08; of hq it has'],
  [['--month', '2026-13'], 'export: --month: expected a month such as 2026-10, got "2026-13"'],
  [['--month', '2026-10', '--out', 'no/such/folder'], 'no/such/folder: expected a file that can be written'],
  [['--month', '2026-10', '--system', 'other'], 'export: --system: expected one of the systems hq of agent.yaml'],
])('%j is refused in one line, and nothing is written', async (args, words) => {
  const { code, out, err } = await exported(...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^[^\n]+\n$/);
  expect(err.startsWith(words)).toBe(true);
  expect(existsSync(named('no'))).toBe(false);
  expect(exportRows()).toEqual([]);
});
