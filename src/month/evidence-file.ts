import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { writeEvidence, type WriteOptions, type WrittenEvidence } from '../evidence/write.ts';
import type { Fact } from '../facts/facts.ts';
import { ConfigError, messageOf } from '../lib/errors.ts';
import { syncFolder } from '../store/file.ts';

/**
 * Writes evidence to a file that is whole or not there: it stands under another name until it is on disk. Throws ConfigError
 * where it cannot be written.
 */
export async function writeEvidenceFile(
  facts: Iterable<Fact>,
  file: string,
  options: WriteOptions = {},
): Promise<WrittenEvidence> {
  const draft = `${file}.part`;
  try {
    const out = createWriteStream(draft, { flush: true });
    try {
      const written = await writeEvidence(facts, out, options);
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
