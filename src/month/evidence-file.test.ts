import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HeaderFact } from '../facts/facts.ts';
import { writeEvidenceFile } from './evidence-file.ts';

const header: HeaderFact = {
  type: 'header',
  format: 'mailwitness-evidence',
  version: 1,
  system: 'hq',
  timezone: 'Asia/Shanghai',
  from: 0,
  to: 1,
  checks: {},
  product: 'test 1',
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-evidence-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('only a file that is no store is replaced: a pipe, a device, a folder or a store would be lost', async () => {
  const pipe = path.join(dir, 'pipe');
  execFileSync('mkfifo', [pipe]);
  mkdirSync(path.join(dir, 'folder'));
  writeFileSync(path.join(dir, 'store.db'), 'SQLite format 3\0 and so on');
  for (const name of ['pipe', 'folder', 'store.db'])
    await expect(writeEvidenceFile([header], path.join(dir, name))).rejects.toThrow(
      `${name}: expected a file that is no store, or a name that is free`,
    );
  expect(lstatSync(pipe).isFIFO()).toBe(true);
  expect(readdirSync(dir).sort()).toEqual(['folder', 'pipe', 'store.db']);
});
