import { closeSync, createWriteStream, openSync, readSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { writeEvidence, type WriteOptions, type WrittenEvidence } from '../evidence/write.ts';
import type { Fact } from '../facts/facts.ts';
import { ConfigError, messageOf } from '../lib/errors.ts';
import { syncFolder } from '../store/file.ts';

/** Writes evidence to a file: see below. */
export async function writeEvidenceFile(
  facts: Iterable<Fact>,
  file: string,
  options: WriteOptions = {},
): Promise<WrittenEvidence> {
  return await writeWholeFile(file, (out) => writeEvidence(facts, out, options));
}

/**
 * Writes a file that is whole or not there: it stands under another name until it is on disk. `write` may end what it writes
 * to. Throws ConfigError where it cannot be written.
 */
export async function writeWholeFile<T>(file: string, write: (out: Writable) => Promise<T>): Promise<T> {
  // Of each process its own: two that write the same file must not write into one another.
  const draft = `${file}.${process.pid}.part`;
  try {
    if (!mayBeReplaced(file))
      throw new ConfigError([{ file, path: '', expected: 'a file that is no store, or a name that is free' }]);
    const out = createWriteStream(draft, { flush: true });
    try {
      const written = await write(out);
      out.end();
      await finished(out);
      await rename(draft, file);
      syncFolder(path.dirname(path.resolve(file)));
      return written;
    } finally {
      out.destroy();
    }
  } catch (error) {
    await rm(draft, { force: true });
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new ConfigError([{ file, path: '', expected: `a file that can be written (${messageOf(error)})` }]);
  }
}

/** A device or a pipe would be gone, with a file in its place; and a store, with all that was measured. */
function mayBeReplaced(file: string): boolean {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there === undefined) return true;
  if (!there.isFile()) return false;
  const head = Buffer.alloc(SQLITE.length);
  const handle = openSync(file, 'r');
  try {
    return readSync(handle, head) < head.length || !head.equals(SQLITE);
  } finally {
    closeSync(handle);
  }
}

const SQLITE = Buffer.from('SQLite format 3\0');
