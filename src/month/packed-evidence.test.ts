import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeEvidence } from '../evidence/write.ts';
import type { Fact } from '../facts/facts.ts';
import { packEvidence, unpackEvidence } from './packed-evidence.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-packed-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const HEADER: Fact = {
  type: 'header',
  format: 'mailwitness-evidence',
  version: 1,
  system: 'corp',
  timezone: 'UTC',
  from: 0,
  to: 1,
  checks: {},
  product: 'mailwitness',
};

function* facts(count: number): Generator<Fact> {
  yield HEADER;
  for (let n = 0; n < count; n++) yield { type: 'gap', vantage: `v${n ** 2}`, from: n, to: n + 1, why: 'stopped' };
}

test.each([0, 1, 60_000])('evidence of %d lines comes back byte for byte, and leaves no file', async (count) => {
  const plain = new PassThrough();
  const lines = text(plain);
  await writeEvidence(facts(count), plain);
  plain.end();
  const packed = await packEvidence(facts(count), path.join(dir, 'store.db'));
  expect(readdirSync(dir)).toEqual([]);
  const parts = [...packed.parts()];
  await packed.close();
  const out = new PassThrough();
  const [again] = await Promise.all([text(out), unpackEvidence(parts, out)]);
  expect(again).toBe(await lines);
  expect(packed.bytes).toBe(Buffer.byteLength(again));
  expect(parts.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(packed.bytes / (count > 1 ? 5 : 0.5));
});

test('a folder that cannot be written to is refused', async () => {
  await expect(packEvidence(facts(1), path.join(dir, 'nowhere', 'store.db'))).rejects.toThrow(
    /nowhere: expected a folder in which evidence can be written/,
  );
});
