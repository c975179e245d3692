import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../lib/errors.ts';
import { launchedState } from '../probe/correlate.ts';
import { backupStore } from './backup.ts';
import { lockStore, openCurrentReadOnly, openForEntry } from './file.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { APPLICATION_ID, MIGRATIONS, migrate, versionOf } from './migrations.ts';

const T = 1_790_000_000_000;
const probe = launchedState({ id: 'a', system: 'corp', route: 'in', kind: 'inbound', mailbox: 'hq', launchedAt: T });

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-file-'));
  file = path.join(dir, 'store.db');
});

afterEach(() => rmSync(dir, { recursive: true }));

function open(vantage = 'home'): Ledger {
  return openLedger({ path: file, vantage, now: T });
}

/** A store with one probe in it, closed. */
function make(): void {
  const ledger = open();
  ledger.commit([{ kind: 'event', event: { kind: 'launched', at: T, probe } }]);
  ledger.close(T);
}

function change(sql: string): void {
  const db = new Database(file);
  db.exec(sql);
  db.close();
}

function digest(of: string = file): string {
  return createHash('sha256').update(readFileSync(of)).digest('hex');
}

describe('a new store', () => {
  test('has an identity of its own that stays', () => {
    const ledger = open();
    const { instance, key, vantage } = ledger.identity();
    expect(instance).toMatch(/^[a-z2-7]{12}$/);
    expect(key).toHaveLength(32);
    expect(vantage).toBe('home');
    expect(ledger.lastAliveAt()).toBeNull();
    ledger.close(T + 1);
    const again = open();
    expect(again.identity()).toEqual({ instance, key, vantage });
    expect(again.lastAliveAt()).toBe(T + 1);
    again.close(null);
  });

  test('is for its owner only, in a folder that is made, and leaves no draft', () => {
    file = path.join(dir, 'deep/er/store.db');
    open().close(T);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(file)).sort()).toEqual(['store.db', 'store.db.lock']);
  });

  test('takes the place of an empty file', () => {
    writeFileSync(file, '');
    make();
    expect(statSync(file).size).toBeGreaterThan(0);
  });
});

describe('a file that cannot be the store is refused and left as it is', () => {
  const rows: [string, () => void, string][] = [
    [
      'text',
      () => writeFileSync(file, 'Dear diary\n'),
      'expected a store of mailwitness, got a file that is no SQLite database; it was left as it is',
    ],
    [
      'longer text',
      () => writeFileSync(file, 'Dear diary\n'.repeat(9_999)),
      'expected a store of mailwitness, got a file that is no SQLite database; it was left as it is',
    ],
    [
      "another program's database",
      () => change('PRAGMA user_version = 1; CREATE TABLE t (a)'),
      "expected a store of mailwitness, got another program's database; it was left as it is",
    ],
    [
      'a newer schema',
      () => {
        make();
        change('PRAGMA user_version = 99');
      },
      `expected a store of schema ${MIGRATIONS.length} or older, got one of schema 99, which a newer mailwitness wrote; run that one`,
    ],
    [
      'another vantage',
      () => {
        open('away').close(T);
      },
      'expected the store of vantage "home", got that of vantage "away"; figures of two places do not belong into one store, name another',
    ],
    [
      'a store that was cut short',
      () => {
        make();
        truncateSync(file, 8_192);
      },
      'expected a whole store, got a damaged one (database disk image is malformed); restore a backup',
    ],
    [
      'a store with a damaged page',
      () => {
        make();
        const bytes = readFileSync(file);
        writeFileSync(file, bytes.fill(0xff, 3 * 4_096, 4 * 4_096));
      },
      'expected a whole store, got a damaged one',
    ],
  ];
  test.each(rows)('%s', (_name, prepare, words) => {
    prepare();
    const before = digest();
    expect(open).toThrow(ConfigError);
    expect(open).toThrow(`${file}: ${words}`);
    expect(digest()).toBe(before);
  });

  test('a folder', () => {
    file = dir;
    expect(open).toThrow('expected a store of mailwitness, got no file; it was left as it is');
  });

  test('a store in use, and it is free again after the close', () => {
    const first = open();
    const words = `${file}: expected a store that no other agent uses, got one that another agent has open`;
    expect(open).toThrow(words);
    expect(open).toThrow(words);
    first.close(T);
    open().close(T);
  });
});

describe('migrations', () => {
  // A released step is never edited: a store that did it would differ from one that does it now. Append, here too.
  const RELEASED = [
    'fa2c2d2a7db46502',
    '0e6cc7c69cbb0633',
    '75b24af1572d989e',
    'de41bdfa579c90cd',
    '75a855f9ad689ab4',
    'e673af2653e10c81',
    '389765b1e119e009',
    '4b29c10b8231d8cf',
    '80398384542bfa07',
  ];
  test('stay as they were released', () => {
    expect(MIGRATIONS.map((sql) => createHash('sha256').update(sql).digest('hex').slice(0, 16))).toEqual(RELEASED);
  });

  test('carry a store of the previous version over with its rows', () => {
    make();
    const db = new Database(file);
    migrate(db, [...MIGRATIONS, 'ALTER TABLE probes ADD COLUMN size INTEGER NOT NULL DEFAULT 7']);
    expect(versionOf(db)).toBe(MIGRATIONS.length + 1);
    expect(db.prepare('SELECT id, size FROM probes').all()).toEqual([{ id: 'a', size: 7 }]);
    expect(db.pragma('application_id', { simple: true })).toBe(APPLICATION_ID);
    db.close();
  });

  test('carry a store of schema 1 over: its rows stay, and what people enter has its tables', () => {
    makeOfSchema1();
    const ledger = open();
    expect(ledger.probe('old')).toMatchObject({ outcome: 'delivered', settledAt: T / 1_000 });
    ledger.close(T);
    const db = new Database(file);
    expect(versionOf(db)).toBe(MIGRATIONS.length);
    expect(db.prepare('SELECT id FROM exclusions UNION ALL SELECT id FROM records').all()).toEqual([]);
    expect(() => db.exec('DELETE FROM probes')).toThrow('a settled probe never changes');
    expect(() => db.exec('DELETE FROM sightings')).toThrow('a sighting never changes');
    db.close();
  });

  test('are done whole or not at all', () => {
    make();
    const before = digest();
    const db = new Database(file);
    expect(() =>
      migrate(db, [...MIGRATIONS, 'ALTER TABLE probes ADD COLUMN size INTEGER', 'DROP TABLE missing']),
    ).toThrow('no such table');
    expect(versionOf(db)).toBe(MIGRATIONS.length);
    db.close();
    expect(digest()).toBe(before);
  });
});

/** A store as the version before step 2 left it: one settled probe with a sighting. */
function makeOfSchema1(): void {
  const db = new Database(file);
  migrate(db, MIGRATIONS.slice(0, 1));
  db.exec(`
    PRAGMA journal_mode = WAL;
    INSERT INTO meta (one, instance, key, vantage, created_at) VALUES (1, 'abcdefghijkl', x'07', 'home', ${T});
    INSERT INTO routes (n, system, route, kind, mailbox) VALUES (1, 'corp', 'in', 'inbound', 'hq');
    INSERT INTO probes (n, id, route, launched_at, outcome, accepted_at, uncertain, misfiled, contacts, copies, settled_at)
      VALUES (1, 'old', 1, ${T}, 'delivered', ${T}, 0, 0, 0, 1, ${T});
    INSERT INTO sightings (probe, at, kind, meaning, copy) VALUES (1, ${T}, 'visible', 'duplicate', 'x');`);
  db.close();
}

describe('opened for what people enter', () => {
  test('it can be written while an agent has it open', () => {
    const ledger = open();
    const db = openForEntry(file);
    db.exec("INSERT INTO paces (system, check_name, since_at) VALUES ('corp', 'imap', 1)");
    ledger.commit([{ kind: 'event', event: { kind: 'launched', at: T, probe } }]);
    expect(() => db.exec('DELETE FROM paces')).toThrow('what was configured stays told');
    expect(() =>
      db.exec("INSERT OR REPLACE INTO paces (n, system, check_name, since_at) VALUES (1, 'x', 'x', 2)"),
    ).toThrow('what was configured stays told');
    db.close();
    ledger.close(T);
  });

  test('none is made where there is none', () => {
    expect(() => openForEntry(file)).toThrow(`${file}: expected a store of mailwitness that can be read`);
    expect(readdirSync(dir)).toEqual([]);
  });

  test("another program's database is refused and left as it is", () => {
    change('PRAGMA user_version = 1; CREATE TABLE t (a)');
    const before = digest();
    expect(() => openForEntry(file)).toThrow("expected a store of mailwitness, got another program's database");
    expect(digest()).toBe(before);
  });

  test.each([
    ['damaged', 'PRAGMA user_version', 'got a damaged one'],
    ['damaged and of an older schema', 'PRAGMA user_version = 1', 'got a damaged one'],
    ['newer', 'PRAGMA user_version = 99', 'got one of schema 99'],
  ])('a %s one is only read, and what a killed agent left in its WAL stays there', (name, sql, words) => {
    make();
    change(sql);
    const killed = new Database(file);
    killed.exec("INSERT INTO paces (system, check_name, since_at) VALUES ('corp', 'imap', 1)");
    const left = path.join(dir, 'left.db');
    for (const end of ['', '-wal']) copyFileSync(`${file}${end}`, `${left}${end}`);
    killed.close();
    if (name.startsWith('damaged')) {
      const bytes = readFileSync(left);
      // The last page: what was written last lies in the WAL, and does not hide it.
      writeFileSync(left, bytes.fill(0xff, bytes.length - 4_096));
    }
    file = left;
    const before = [digest(), digest(`${left}-wal`)];
    expect(() => openForEntry(left)).toThrow(words);
    expect([digest(), digest(`${left}-wal`)]).toEqual(before);
  });

  test('a newer one is refused', () => {
    make();
    change('PRAGMA user_version = 99');
    expect(() => openForEntry(file)).toThrow('got one of schema 99, which a newer mailwitness wrote; run that one');
  });

  test('an older one is carried over', () => {
    makeOfSchema1();
    expect(() => openCurrentReadOnly(file)).toThrow(
      `expected a store of schema ${MIGRATIONS.length}, got one of schema 1; start the agent of this version on it once`,
    );
    const db = openForEntry(file);
    expect(versionOf(db)).toBe(MIGRATIONS.length);
    db.close();
    openCurrentReadOnly(file).close();
    open().close(T);
  });

  test('an older one is refused and left as it is while its agent runs', () => {
    makeOfSchema1();
    const lock = lockStore(file);
    const before = digest();
    expect(() => openForEntry(file)).toThrow(
      `${file}: expected a store of schema ${MIGRATIONS.length}, got one of schema 1, which an agent of an older version has open; restart that agent with this version`,
    );
    lock.close();
    expect(digest()).toBe(before);
  });
});

describe('a backup', () => {
  test('of a store in use is a store with all that was acknowledged', async () => {
    const copy = path.join(dir, 'copy.db');
    const ledger = open();
    ledger.commit([{ kind: 'event', event: { kind: 'launched', at: T, probe } }]);
    await backupStore(file, copy);
    ledger.close(T);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    const restored = openLedger({ path: copy, vantage: 'home', now: T });
    expect(restored.identity()).toEqual(ledger.identity());
    expect(restored.probe('a')).toEqual(probe);
    restored.close(T);
  });

  test('overwrites nothing, by either way', async () => {
    const copy = path.join(dir, 'copy.db');
    writeFileSync(copy, 'mine');
    const ledger = open();
    const words = `${copy}: expected a name that is free, got a file that exists; it was left as it is`;
    await expect(backupStore(file, copy)).rejects.toThrow(words);
    await expect(ledger.backup(copy)).rejects.toThrow(words);
    ledger.close(T);
    expect(readFileSync(copy, 'utf8')).toBe('mine');
  });

  test('leaves nothing behind where it cannot be written', async () => {
    make();
    await expect(backupStore(file, path.join(dir, 'nowhere/copy.db'))).rejects.toThrow(ConfigError);
    expect(readdirSync(dir).filter((name) => !name.startsWith('store.db'))).toEqual([]);
  });

  test('of what is no store is refused', async () => {
    writeFileSync(file, 'Dear diary\n'.repeat(99));
    await expect(backupStore(file, path.join(dir, 'copy.db'))).rejects.toThrow(
      `${file}: expected a store of mailwitness that can be read`,
    );
    await expect(backupStore(path.join(dir, 'none.db'), path.join(dir, 'copy.db'))).rejects.toThrow(ConfigError);
  });
});
