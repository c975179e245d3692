import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchedState } from '../probe/correlate.ts';
import type { AgentEvent } from '../probe/event.ts';
import { backupStore } from './backup.ts';
import { openLedger } from './ledger.ts';
import { openStore, type OpenStore } from './store.ts';

const T = 1_790_000_000_000;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-store-'));
  file = path.join(dir, 'store.db');
});

afterEach(() => rmSync(dir, { recursive: true }));

function launched(id: string): AgentEvent {
  const probe = { id, system: 'corp', route: 'in', kind: 'inbound', mailbox: 'hq', launchedAt: T } as const;
  return { kind: 'launched', at: T, probe: launchedState(probe) };
}

async function open(onTrouble?: (message: string) => void): Promise<OpenStore> {
  return await openStore({ path: file, vantage: 'home', now: T, onTrouble });
}

describe('in this thread', () => {
  test('upkeep empties the write-ahead log and loses nothing', async () => {
    const store = await open();
    await Promise.all(Array.from({ length: 100 }, (_, i) => store.append(launched(`p${i}`))));
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    await store.tidy();
    expect(statSync(`${file}-wal`).size).toBe(0);
    expect(await store.openProbes()).toHaveLength(100);
    await store.close(T);
  });

  test('a burst of appends is one transaction, and each is there when its promise resolves', async () => {
    const store = await open();
    await Promise.all(Array.from({ length: 100 }, (_, i) => store.append(launched(`p${i}`))));
    expect(store.stats()).toMatchObject({ open: true, queue: 0, commits: 1 });
    expect(await store.openProbes()).toHaveLength(100);
    await store.close(T);
    expect(store.stats().open).toBe(false);
  });

  test('it is blank from its making to the first launch, and under a later run never again', async () => {
    const store = await open();
    expect(store.isBlank).toBe(true);
    const written = store.append(launched('p1'));
    // Before it is on disk: its letter may come out while that is full.
    expect(store.isBlank).toBe(false);
    await written;
    await store.close(T);
    const again = await open();
    expect(again.isBlank).toBe(false);
    await again.close(T);
  });

  test('the port keeps what it is told', async () => {
    const create = { instance: 'abcdefghijkl', key: Buffer.alloc(32, 7) };
    const store = await openStore({ path: file, vantage: 'home', now: T, create });
    expect([store.instance, store.key]).toEqual([create.instance, create.key]);
    await store.set('corp', 'hq', 'INBOX', { uidValidity: '1', uidNext: 2 });
    expect(await store.get('corp', 'hq', 'INBOX')).toEqual({ uidValidity: '1', uidNext: 2 });
    await store.checkpoint(T + 5);
    expect(await store.lastAliveAt()).toBe(T + 5);
    await store.close(T + 9);
    await store.close(T + 10);
    await expect(store.append(launched('late'))).rejects.toThrow('the store is closed');
    const again = await open();
    expect([again.key, await again.lastAliveAt()]).toEqual([create.key, T + 9]);
    await again.close(T + 11);
  });

  test('a file locked by another connection delays the entries, and they go through by themselves', async () => {
    const told: string[] = [];
    const store = await open((message) => void told.push(message));
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    const appended = store.append(launched('a'));
    // By then it was tried for the first time.
    for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve));
    expect(store.stats()).toMatchObject({ queue: 1, commits: 0 });
    other.exec('COMMIT');
    await appended;
    expect(told).toEqual([]);
    expect((await store.openProbes()).map(({ id }) => id)).toEqual(['a']);
    other.close();
    await store.close(T);
  });
});

// A thread and another process run compiled code only, so a build of the store is made for them.
describe('compiled', () => {
  let build: string;
  const children: ChildProcess[] = [];

  beforeAll(() => {
    build = mkdtempSync(path.join(tmpdir(), 'mailwitness-build-'));
    mkdirSync(path.join(build, 'out'));
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(build, 'node_modules'));
    writeFileSync(path.join(build, 'package.json'), '{ "type": "module" }');
    const files = ['store', 'backup', 'ledger-thread'].map((name) => path.join(ROOT, `src/store/${name}.ts`));
    const compilerOptions = { rootDir: path.join(ROOT, 'src'), outDir: path.join(build, 'out'), sourceMap: false };
    const config = { extends: path.join(ROOT, 'tsconfig.build.json'), compilerOptions, files, include: [] };
    writeFileSync(path.join(build, 'tsconfig.json'), JSON.stringify(config));
    execFileSync(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', build], {
      stdio: 'inherit',
    });
    writeFileSync(path.join(build, 'child.mjs'), CHILD);
  });

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  afterAll(() => rmSync(build, { recursive: true }));

  function start(what: string): { child: ChildProcess; lines: Interface } {
    const child = spawn(process.execPath, [path.join(build, 'child.mjs'), what, file], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    return { child, lines: createInterface({ input: child.stdout }) };
  }

  async function kill(child: ChildProcess): Promise<void> {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  test('through the thread all calls work, and the process ends by itself after the close', async () => {
    const { child, lines } = start('calls');
    const exited = once(child, 'exit');
    const said: string[] = [];
    for await (const line of lines) said.push(line);
    expect(said).toEqual([
      'opened in a thread',
      'key 32 bytes',
      'probes 200 in few transactions: true',
      'watermark {"uidValidity":"1","uidNext":9}',
      'alive 1790000000007',
      'backup refused twice: true ConfigError',
      'second opening: ConfigError expected a store that no other agent uses',
      'closed',
    ]);
    expect((await exited)[0]).toBe(0);
    const copy = openLedger({ path: `${file}.copy`, vantage: 'home', now: T });
    expect(copy.openProbes(null)).toHaveLength(200);
    copy.close(null);
  });

  test('a store in use is refused to another process, can be read and copied, and is free after kill -9', async () => {
    const { child, lines } = start('hold');
    await once(lines, 'line');
    await expect(open()).rejects.toThrow('expected a store that no other agent uses');
    const copy = path.join(dir, 'copy.db');
    await backupStore(file, copy);
    const reader = new Database(copy, { readonly: true });
    expect(reader.prepare('SELECT id FROM probes').all()).toEqual([{ id: 'held' }]);
    reader.close();
    await expect(open()).rejects.toThrow('expected a store that no other agent uses');
    await kill(child);
    const store = await open();
    expect((await store.probe('held'))?.id).toBe('held');
    await store.close(T);
  });

  test.each([1, 200, 1_000])('kill -9 after %i acknowledged entries loses none of them', async (count) => {
    const { child, lines } = start('write');
    const acknowledged: string[] = [];
    await new Promise<void>((resolve) => {
      lines.on('line', (id) => {
        acknowledged.push(id);
        if (acknowledged.length === count) resolve();
      });
    });
    await kill(child);
    const store = await open();
    const kept = new Set((await store.openProbes()).map(({ id }) => id));
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    await store.close(T);
    const db = new Database(file, { readonly: true });
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare('SELECT count(*) FROM runs WHERE closed = 0').pluck().get()).toBe(0);
    db.close();
  });
});

const CHILD = `
import { openStore } from './out/store/store.js';
const [what, file] = process.argv.slice(2);
const T = ${T};
const options = { path: file, vantage: 'home', now: T };
const state = { uncertain: false, misfiled: false, contacts: 0, copies: 0, outcome: 'pending', acceptedAt: null, relayedAt: null,
  visibleAt: null, unseenUntil: null, folder: null, copyId: null, failure: null, deferral: null, settledAt: null };
const launched = (id) => ({ kind: 'launched', at: T,
  probe: { ...state, id, system: 'corp', route: 'in', kind: 'inbound', mailbox: 'hq', launchedAt: T } });
const sampled = (at) => ({ kind: 'sampled', at, visits: [], sample: { system: 'corp', check: 'imap', target: 'hq',
  from: at, to: at + 5, ok: at % 3 > 0, holdMs: 45000, phases: [{ phase: 'auth', ms: 3 }] } });
const say = (text) => process.stdout.write(text + '\\n');
const store = await openStore(options);

if (what === 'hold') {
  await store.append(launched('held'));
  say('open');
}

if (what === 'write') {
  // Many flows at once, each awaiting its own entries, as the agent does.
  for (let flow = 0; flow < 20; flow++) void (async () => {
    for (let i = 0; ; i++) {
      const id = flow + '-' + i;
      await store.append(launched(id));
      say(id);
      await store.append(sampled(T + i * 1000 + flow));
    }
  })();
}

if (what === 'calls') {
  say('opened in a thread');
  say('key ' + store.key.length + ' bytes');
  await Promise.all(Array.from({ length: 200 }, (_, i) => store.append(launched('p' + i))));
  say('probes ' + (await store.openProbes()).length + ' in few transactions: ' + (store.stats().commits <= 3));
  await store.set('corp', 'hq', 'INBOX', { uidValidity: '1', uidNext: 9 });
  say('watermark ' + JSON.stringify(await store.get('corp', 'hq', 'INBOX')));
  await store.checkpoint(T + 7);
  say('alive ' + (await store.lastAliveAt()));
  await store.backup(file + '.copy');
  const again = await store.backup(file + '.copy').catch((error) => error);
  say('backup refused twice: ' + (again instanceof Error) + ' ' + again.name);
  const second = await openStore(options).catch((error) => error);
  say('second opening: ' + second.name + ' ' + /expected [^,]*/.exec(second.message)?.[0]);
  await store.close(T + 8);
  say('closed');
}
`;
