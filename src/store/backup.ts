import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../lib/errors.ts';
import { openReadOnly, refusal, syncFolder, type Db } from './file.ts';

/**
 * Copies a store, from any process, while its agent runs: a snapshot in one read transaction, which holds up nobody.
 * The copy carries the store's key, so only its owner may read it. Throws ConfigError, and never overwrites a file.
 */
export async function backupStore(store: string, file: string): Promise<void> {
  const db = openReadOnly(store);
  try {
    // One step for all pages: between steps a write of another process would make SQLite begin again.
    await backupTo(db, file, 0x7fffffff);
  } finally {
    db.close();
  }
}

/** The same through an open connection, `pagesAStep` at a time; its own writes in between are carried into the copy. */
export async function backupTo(db: Db, file: string, pagesAStep: number): Promise<void> {
  if (existsSync(file)) throw refusal(file, 'a name that is free', 'a file that exists; it was left as it is');
  const draft = `${file}.part`;
  try {
    rmSync(draft, { force: true });
    closeSync(openSync(draft, 'wx', 0o600));
    await db.backup(draft, { progress: () => pagesAStep });
    sync(draft);
    // A link fails where the name was taken meanwhile; a rename would overwrite it.
    linkSync(draft, file);
    syncFolder(path.dirname(path.resolve(file)));
  } catch (error) {
    throw refusal(file, 'a place to which the backup can be written', messageOf(error));
  } finally {
    for (const leftover of [draft, `${draft}-journal`]) rmSync(leftover, { force: true });
  }
}

function sync(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
