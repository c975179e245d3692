import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { readSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { PassThrough, Readable, type Writable } from 'node:stream';
import path from 'node:path';
import { createGunzip, createGzip } from 'node:zlib';
import { writeEvidence, type WrittenEvidence } from '../evidence/write.ts';
import type { Fact } from '../facts/facts.ts';
import { ConfigError, messageOf } from '../lib/errors.ts';

/** Evidence that was written and packed: some tenth of its size. */
export interface PackedEvidence extends WrittenEvidence {
  /** Each from its beginning. */
  parts(): Iterable<Uint8Array>;
  close(): Promise<void>;
}

const PART = 1_048_576;

/**
 * Writes evidence as packed bytes into a file without a name, so that memory stays flat and nothing stays behind. `beside`: a
 * file in whose folder there is room. Throws ConfigError where there is none.
 */
export async function packEvidence(facts: Iterable<Fact>, beside: string): Promise<PackedEvidence> {
  try {
    return await pack(facts, beside);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const expected = `a folder in which evidence can be written (${messageOf(error)})`;
    throw new ConfigError([{ file: path.dirname(beside), path: '', expected }]);
  }
}

async function pack(facts: Iterable<Fact>, beside: string): Promise<PackedEvidence> {
  const file = await openNameless(`${beside}.${randomUUID()}.packing`);
  try {
    const lines = new PassThrough();
    const packed = pipeline(lines, createGzip(), async (blocks) => {
      for await (const block of blocks as AsyncIterable<Uint8Array>) await file.appendFile(block);
    });
    // A disk that is full ends the writing of lines, too; the one that failed first is told.
    const [written] = await Promise.all([writeEvidence(facts, lines).finally(() => lines.end()), packed]);
    return { ...written, parts: () => partsOf(file.fd), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Unpacks what was packed. */
export async function unpackEvidence(parts: Iterable<Uint8Array>, out: Writable): Promise<void> {
  await pipeline(Readable.from(parts, { objectMode: false }), createGunzip(), out);
}

async function openNameless(name: string): Promise<FileHandle> {
  const file = await open(name, 'wx+', 0o600);
  await rm(name);
  return file;
}

function* partsOf(fd: number): Generator<Uint8Array> {
  for (let at = 0; ;) {
    const part = new Uint8Array(PART);
    const length = readSync(fd, part, 0, PART, at);
    if (length === 0) return;
    yield part.subarray(0, length);
    at += length;
  }
}
