import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { inFolder, sweepFolders } from './own-folders.ts';

test('what a killed process left is swept; what others keep beside it stays', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-sweep-'));
  const prefix = path.join(dir, 'store.db.evidence-');
  writeFileSync(path.join(mkdtempSync(prefix), 'evidence.ndjson'), 'x');
  const kept = [
    'other.db.evidence-AbC123',
    'store.db.evidence-AbC1234',
    'store.db.evidence-may.1x',
    'store.db.evidence-',
  ];
  for (const name of kept) mkdirSync(path.join(dir, name));
  const files = ['store.db.evidence-2026-10.ndjson', 'store.db.evidence-202610', 'store.db'];
  for (const name of files) writeFileSync(path.join(dir, name), 'x');
  sweepFolders(prefix);
  expect(readdirSync(dir).sort()).toEqual([...kept, ...files].sort());
  rmSync(dir, { recursive: true });
});

test('a folder to work in is gone afterwards, whether the work was done or failed', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-work-'));
  const prefix = path.join(dir, 'store.db.pdf-');
  const work = async (folder: string): Promise<string> => {
    writeFileSync(path.join(folder, 'out'), 'x');
    return readdirSync(folder).join(' ');
  };
  expect(await inFolder(prefix, work)).toBe('out');
  const failing = inFolder(prefix, async (folder) => {
    await work(folder);
    throw new Error('disk full');
  });
  await expect(failing).rejects.toThrow('disk full');
  expect(readdirSync(dir)).toEqual([]);
  rmSync(dir, { recursive: true });
});
