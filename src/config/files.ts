import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../lib/errors.ts';

/** What the schema may ask of the disk: paths in a configuration are relative to the file that names them. */
export interface Files {
  resolve(path: string): string;
  /** The text of a file, or in plain words why it could not be read. */
  read(path: string): { readonly text: string } | { readonly why: string };
}

/** Keys, certificates and passwords are small; a file larger than this is another file. */
const LARGEST = 4_000_000;

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'no permission',
  EPERM: 'no permission',
  ENOTDIR: 'no such folder',
  EISDIR: 'it is a folder',
  ELOOP: 'its links form a circle',
  ENAMETOOLONG: 'the name is too long',
};

export function filesOf(folder: string): Files {
  return {
    resolve: (path) => resolve(folder, path),
    read: (path) => readTextFile(resolve(folder, path)),
  };
}

/** Reads UTF-8 text; says why not in plain words instead of throwing, since that is the operator's to mend. */
export function readTextFile(path: string): { readonly text: string } | { readonly why: string } {
  try {
    const found = statSync(path);
    if (found.isDirectory()) return { why: 'it is a folder' };
    // A FIFO is fine (a shell's `<(...)`); a device such as /dev/zero would never end.
    if (!found.isFile() && !found.isFIFO()) return { why: 'it is no regular file' };
    if (found.size > LARGEST) return { why: `it is larger than ${LARGEST / 1e6} MB` };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      return { why: 'it is not UTF-8 text' };
    }
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { why: WORDS[code] ?? (code === '' ? messageOf(error) : code) };
  }
}
