import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { ConfigError, messageOf } from '../lib/errors.ts';
import type { Instant } from '../lib/time.ts';
import { readIdentity, writeIdentity, type Identity } from './meta.ts';
import { APPLICATION_ID, MIGRATIONS, migrate, versionOf } from './migrations.ts';

export type Db = Database.Database;

/** Longest wait for another connection's write, in ms; whoever writes tries again by itself after that. */
const BUSY_MS = 250;
/** The same for a command, which would give up after it. */
const ENTRY_BUSY_MS = 15_000;

/**
 * Takes the lock that one agent holds on a store: an open transaction on a file beside it. The kernel lets go of it
 * when the process ends, however it ends, and the store itself stays free for readers. Throws ConfigError.
 */
export function lockStore(file: string): Db {
  const lock = tryLock(file);
  if (lock !== null) return lock;
  const got = 'one that another agent has open (stop it, or name another store)';
  throw refusal(file, 'a store that no other agent uses', got);
}

/** Null: somebody else holds it. */
function tryLock(file: string): Db | null {
  return refusing(file, 'a folder in which it may write', () => {
    mkdirSync(path.dirname(file), { recursive: true });
    const lockFile = `${file}.lock`;
    if (!existsSync(lockFile)) closeSync(openSync(lockFile, 'a', 0o600));
    const lock = new Database(lockFile, { timeout: 0 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return lock;
    } catch (error) {
      lock.close();
      if (codeOf(error) !== 'SQLITE_BUSY') throw error;
      return null;
    }
  });
}

/**
 * Opens a store for its one agent, whose lock is held, or creates it. What is no store of ours, or is damaged or
 * newer, is refused with a ConfigError and left as it is.
 */
export function openStoreFile(file: string, now: Instant, identity: Identity): Db {
  const stranger = whatIs(file);
  if (stranger !== null) throw refusal(file, 'a store of mailwitness', `${stranger}; it was left as it is`);
  return refusing(file, 'a store of mailwitness that can be opened', () => {
    if (isAbsent(file)) createStoreFile(file, now, identity);
    checkFile(file);
    const db = new Database(file, { fileMustExist: true, timeout: 5_000 });
    try {
      configure(db);
      migrate(db);
      db.pragma(`busy_timeout = ${BUSY_MS}`);
      const found = readIdentity(db);
      if (found === null) throw refusal(file, 'a whole store', 'one without its identity; restore a backup');
      if (found.vantage !== identity.vantage) {
        throw refusal(
          file,
          `the store of vantage "${identity.vantage}"`,
          `that of vantage "${found.vantage}"; figures of two places do not belong into one store, name another`,
        );
      }
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Opens a store for reading beside its agent, from any process. Throws ConfigError where it is none. */
export function openReadOnly(file: string): Db {
  return refusing(file, 'a store of mailwitness that can be read', () => {
    const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 5_000 });
    try {
      if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
        throw refusal(file, 'a store of mailwitness', "another program's database");
      }
      checkVersion(db, file);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** The same for whoever needs the tables of this version. */
export function openCurrentReadOnly(file: string): Db {
  const db = openReadOnly(file);
  const version = versionOf(db);
  if (version === MIGRATIONS.length) return db;
  db.close();
  const got = `one of schema ${version}; start the agent of this version on it once, which carries it over`;
  throw refusal(file, `a store of schema ${MIGRATIONS.length}`, got);
}

/**
 * Opens a store for what people enter, from any process, whether its agent runs or not: writers wait for each other.
 * Never makes a store. One of an older schema is carried over first, unless an agent has it open: that agent is older than
 * this program, and does not know the tables. Throws ConfigError.
 */
export function openForEntry(file: string): Db {
  // What is none of ours, or is not whole, is not opened for writing at all.
  openReadOnly(file).close();
  refusing(file, 'a store of mailwitness that can be read', () => checkFile(file));
  return openCheckedForEntry(file);
}

/** The same for the agent of this process, which has checked the store when it opened it. */
export function openCheckedForEntry(file: string): Db {
  return refusing(file, 'a store of mailwitness that can be written', () => {
    const db = new Database(file, { fileMustExist: true, timeout: ENTRY_BUSY_MS });
    try {
      if (versionOf(db) < MIGRATIONS.length) migrateAlone(db, file);
      configure(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

function migrateAlone(db: Db, file: string): void {
  const lock = tryLock(file);
  if (lock === null) {
    const got = `one of schema ${versionOf(db)}, which an agent of an older version has open; restart that agent with this version`;
    throw refusal(file, `a store of schema ${MIGRATIONS.length}`, got);
  }
  try {
    migrate(db);
  } finally {
    lock.close();
  }
}

export function refusal(file: string, expected: string, got: string): ConfigError {
  return new ConfigError([{ file, path: '', expected, got }]);
}

/** SQLite's own code of what it threw (`SQLITE_FULL`), or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Database.SqliteError ? error.code : undefined;
}

// A store exists whole or not at all: it is made under another name.
function createStoreFile(file: string, now: Instant, identity: Identity): void {
  const draft = `${file}.new`;
  for (const leftover of [draft, `${draft}-journal`]) rmSync(leftover, { force: true });
  closeSync(openSync(draft, 'wx', 0o600));
  const db = new Database(draft);
  try {
    db.pragma('synchronous = FULL');
    migrate(db);
    writeIdentity(db, identity, now);
  } finally {
    db.close();
  }
  renameSync(draft, file);
  syncFolder(path.dirname(file));
}

function configure(db: Db): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  db.pragma('recursive_triggers = ON');
  db.pragma('cache_size = -16000');
  db.pragma('journal_size_limit = 67108864');
}

/** Reads only: whoever may write carries what a killed agent left in the WAL over into the file when it closes it. */
function checkFile(file: string): void {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 5_000 });
  try {
    checkVersion(db, file);
    checkPages(db, file);
  } catch (error) {
    if (codeOf(error)?.startsWith('SQLITE_CORRUPT') === true) throw damaged(file, messageOf(error));
    throw error;
  } finally {
    db.close();
  }
}

function checkVersion(db: Db, file: string): void {
  const version = versionOf(db);
  if (version <= MIGRATIONS.length) return;
  const known = `a store of schema ${MIGRATIONS.length} or older`;
  throw refusal(file, known, `one of schema ${version}, which a newer mailwitness wrote; run that one`);
}

function checkPages(db: Db, file: string): void {
  const found = db.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw damaged(file, String(found));
}

function damaged(file: string, words: string): ConfigError {
  return refusal(file, 'a whole store', `a damaged one (${words.replaceAll('\n', ' ')}); restore a backup`);
}

/** There is no store yet. */
export function isAbsent(file: string): boolean {
  return !existsSync(file) || statSync(file).size === 0;
}

// Read by hand, so that SQLite touches nothing that is not ours. Safe only under the lock: closing a file drops the
// locks that this process holds on it (fcntl), and nobody else in it can have the store open for writing now.
function whatIs(file: string): string | null {
  if (isAbsent(file)) return null;
  if (!statSync(file).isFile()) return 'no file';
  const header = Buffer.alloc(100);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, header, 0, 100, 0);
  } finally {
    closeSync(handle);
  }
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') return 'a file that is no SQLite database';
  // https://www.sqlite.org/fileformat.html, 1.3: the application id stands at offset 68.
  return header.readUInt32BE(68) === APPLICATION_ID ? null : "another program's database";
}

function refusing<T>(file: string, expected: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw refusal(file, expected, messageOf(error));
  }
}

/** Makes a rename or a new name in a folder survive a power failure. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
