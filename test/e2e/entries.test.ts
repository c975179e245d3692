import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openForEntry } from '../../src/store/file.ts';
import { openLedger } from '../../src/store/ledger.ts';
import { MIGRATIONS, migrate } from '../../src/store/migrations.ts';
import { addRecords } from '../../src/store/records.ts';
import { runProgram, startProgram, type Program } from './program.ts';

// The commands with which people enter exclusions and records, beside an agent that runs and without one.

let folder: string;
let config: string;
let store: string;
const running: Program[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-entries-'));
  config = path.join(folder, 'agent.yaml');
  store = path.join(folder, 'store.db');
  // Nothing listens there: what the agent finds is of no matter here.
  writeFileSync(
    config,
    `agent: { store: store.db, listen: "127.0.0.1:0", witnesses: [] }
systems:
  - { name: hq, webmail: { url: "http://127.0.0.1:9/" } }
`,
  );
});

afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** An agent that runs. */
async function agent(): Promise<Program> {
  const program = startProgram(['run', '--config', config]);
  running.push(program);
  await program.until(/"page":"http:[^"]+"/);
  return program;
}

/** A store that no agent has open. */
function storeAlone(): void {
  const now = Date.now();
  openLedger({ path: store, vantage: 'main', now }).close(now);
}

async function run(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return await runProgram([...args, '--config', config], { cwd: folder });
}

const window = ['--ground', 'a', '--from', '2026-10-05 02:00', '--to', '2026-10-05 04:00', '--note', 'new storage'];
const good = (out: string) => ({ code: 0, out, err: '' });
const wrong = (err: string) => ({ code: 2, out: '', err });

function file(name: string, text: string): string {
  writeFileSync(path.join(folder, name), text);
  return name;
}

async function listed(what: 'exclude' | 'record'): Promise<readonly Record<string, unknown>[]> {
  const { code, out, err } = await run(what, 'list', '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Record<string, unknown>[];
}

test('windows and records are entered while an agent runs, and it goes on', async () => {
  const program = await agent();
  expect(await run('exclude', 'add', ...window, '--by', 'Li Wei', '--announced', '2026-09-30T02:00:00Z')).toEqual(
    good(
      'X-2026-0001 entered for hq: ground a, 2026-10-05T02:00:00+08:00 to 2026-10-05T04:00:00+08:00; it counts once somebody else approves it\n'.replaceAll(
        '2026-0001',
        `${new Date().getUTCFullYear()}-0001`,
      ),
    ),
  );
  const [{ id } = { id: '' }] = await listed('exclude');
  const by = (name: string) => run('exclude', 'approve', String(id), '--by', name);
  expect(await by('li wei')).toEqual(
    wrong('exclude approve: --by: expected somebody else than the person who entered the window, got "li wei"\n'),
  );
  expect(await by('Chen Jie')).toEqual(good(`${String(id)} of hq approved by Chen Jie\n`));
  expect(await listed('exclude')).toMatchObject([
    {
      id,
      from: '2026-10-05T02:00:00+08:00',
      to: '2026-10-05T04:00:00+08:00',
      ground: 'a',
      entered_by: 'Li Wei',
      announced_at: '2026-09-30T10:00:00+08:00',
      approved_by: 'Chen Jie',
      note: 'new storage',
      state: 'counts',
    },
  ]);

  const billing = ['record', 'add', 'billing', 'customers=120', 'wrong=2', '--by', 'Li Wei', '--id', 'B1'];
  expect(await run(...billing, '--at', '2026-10-31 18:00')).toEqual(
    good('B1 entered for hq: billing at 2026-10-31T18:00:00+08:00\n'),
  );
  expect(await listed('record')).toMatchObject([{ id: 'B1', kind: 'billing', customers: 120, wrong: 2 }]);

  program.child.kill('SIGTERM');
  expect(await program.ended).toBe(0);
  expect(program.err()).not.toMatch(/"level":50/);
});

test('an approval that was given before is entered with the window or after it, each by somebody else', async () => {
  storeAlone();
  const add = (...more: readonly string[]) => run('exclude', 'add', ...window, '--by', 'Li Wei', ...more);
  const approved = ['--approved', '2026-09-29 10:00', '--approved-by', 'Chen Jie'];
  expect(await add('--id', 'one', ...approved)).toEqual(
    good(
      'one entered for hq: ground a, 2026-10-05T02:00:00+08:00 to 2026-10-05T04:00:00+08:00; approved by Chen Jie at 2026-09-29T10:00:00+08:00\n',
    ),
  );
  expect(await add('--id', 'two')).toMatchObject({ code: 0 });
  expect(await run('exclude', 'approve', 'two', '--by', 'Chen Jie', '--at', '2026-09-30 10:00')).toEqual(
    good('two of hq approved by Chen Jie at 2026-09-30T10:00:00+08:00\n'),
  );
  const list = await listed('exclude');
  expect(list).toMatchObject([
    { id: 'one', state: 'counts', approved_by: 'Chen Jie', approved_at: '2026-09-29T10:00:00+08:00' },
    { id: 'two', state: 'counts', approved_by: 'Chen Jie', approved_at: '2026-09-30T10:00:00+08:00' },
  ]);
  expect(list[0]?.['approval_entered_at']).toBe(list[0]?.['entered_at']);
  const { out } = await run('exclude', 'list');
  expect(out).toContain('approved by Chen Jie, at 2026-09-29T10:00:00+08:00, entered ');

  expect(await add('--id', 'x', '--approved', '2026-09-29 10:00', '--approved-by', 'li wei')).toEqual(
    wrong('exclude add: --approved-by: expected somebody else than the person who entered the window, got "li wei"\n'),
  );
  expect(await add('--id', 'x', '--approved', '2999-09-29 10:00', '--approved-by', 'Chen Jie')).toEqual(
    wrong('exclude add: --approved: expected an instant that is not in the future\n'),
  );
  expect(await add('--id', 'x', '--approved', '2026-09-29 10:00')).toEqual(
    wrong('exclude add: --approved-by: expected who approved it, beside --approved\n'),
  );
  expect(await add('--id', 'x', '--approved-by', 'Chen Jie')).toEqual(
    wrong('exclude add: --approved: expected when it was approved, beside --approved-by\n'),
  );
  expect(await run('exclude', 'approve', 'two', '--by', 'Wu', '--at', 'soon')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^exclude approve: --at: expected /) as string,
  });
  expect(await listed('exclude')).toHaveLength(2);
});

test('what was replaced or withdrawn stays in the list, and nothing more is done to it', async () => {
  storeAlone();
  const add = (...more: readonly string[]) => run('exclude', 'add', ...window, '--by', 'Li Wei', ...more);
  for (const id of ['one', 'two']) expect(await add('--id', id)).toMatchObject({ code: 0 });
  expect(await add('--id', 'next', '--replaces', 'one')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^next entered for hq in place of one: /) as string,
  });
  expect(await run('exclude', 'withdraw', 'two', '--by', 'Li Wei')).toEqual(good('two of hq withdrawn by Li Wei\n'));
  expect(await run('exclude', 'approve', 'one', '--by', 'Wu')).toEqual(
    wrong('exclude approve: <id>: expected a window that still stands, got one, which next replaced\n'),
  );
  expect(await run('exclude', 'approve', 'two', '--by', 'Wu')).toEqual(
    wrong('exclude approve: <id>: expected a window that still stands, got two, which Li Wei withdrew\n'),
  );
  expect(await add('--replaces', 'two')).toEqual(
    wrong('exclude add: --replaces: expected a window that still stands, got two, which Li Wei withdrew\n'),
  );
  expect((await listed('exclude')).map(({ id, state }) => [id, state])).toEqual([
    ['one', 'replaced'],
    ['two', 'withdrawn'],
    ['next', 'waiting'],
  ]);
  const { out } = await run('exclude', 'list');
  expect(out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
    ['id', 'state', 'ground'],
    ['one', 'replaced', 'a'],
    ['two', 'withdrawn', 'a'],
    ['next', 'waiting', 'a'],
    [''],
  ]);
});

test('a record that is withdrawn stays in the list, and nothing more is done to it', async () => {
  storeAlone();
  const db = openForEntry(store);
  const billing = { kind: 'billing', at: Date.UTC(2026, 9, 31, 10), body: { customers: 9, wrong: 1 } } as const;
  const entered = [
    { ...billing, id: 'one' },
    { ...billing, id: 'two', replaces: 'one' },
  ];
  addRecords(db, entered, { system: 'hq', by: 'Li Wei', now: Date.now() });
  db.close();
  const withdraw = (id: string) => run('record', 'withdraw', id, '--by', 'Chen Jie');
  expect(await withdraw('two')).toEqual(good('two of hq withdrawn by Chen Jie\n'));
  const said = 'record withdraw: <id>: expected a record';
  expect(await withdraw('two')).toEqual(wrong(`${said} that still stands, got two, which Chen Jie withdrew\n`));
  expect(await withdraw('R-1')).toEqual(wrong(`${said} of system hq; see mailwitness record list, got "R-1"\n`));
  const [one, two] = await listed('record');
  expect([one?.['replaced_by'], two?.['withdrawn_by'], one?.['withdrawn_by']]).toEqual(['two', 'Chen Jie', undefined]);
  expect(two?.['withdrawn_at']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+\+08:00$/);
  const { out } = await run('record', 'list');
  expect(out).toMatch(/^one +replaced .*\ntwo +withdrawn .* replaces one, withdrawn by Chen Jie\n$/m);
});

describe('an import enters all of a file or nothing', () => {
  beforeEach(storeAlone);
  const importing = (name: string, ...more: readonly string[]) =>
    run('record', 'import', name, '--by', 'Li Wei', ...more);

  test('CSV and NDJSON say the same', async () => {
    file('a.csv', '\uFEFFid,at,paid_at,opened_at,domain\r\n\r\na,2026-10-05 11:00,2026-10-05 09:00,,own\r\n');
    file(
      'b.ndjson',
      '{"id":"b","kind":"opening","at":"2026-10-05T03:00:00Z","paid_at":"2026-10-05 09:00","domain":"own"}\n',
    );
    expect(await importing('a.csv', '--kind', 'opening')).toEqual(good('1 records entered for hq: a\n'));
    expect(await importing('b.ndjson')).toEqual(good('1 records entered for hq: b\n'));
    const [a, b] = await listed('record');
    expect({ ...a, id: '', entered_at: '' }).toEqual({ ...b, id: '', entered_at: '' });
    expect(a).toMatchObject({ kind: 'opening', at: '2026-10-05T11:00:00+08:00', paid_at: '2026-10-05T09:00:00+08:00' });
  });

  test('a wrong third line is told, and nothing is entered', async () => {
    const line = (customers: string): string => `billing,2026-10-31 18:00,${customers},1\n`;
    file('x.csv', `kind,at,customers,wrong\n${line('9')}${line('nine')}${line('8')}`);
    expect(await importing('x.csv')).toEqual(wrong('x.csv:3: customers: expected a whole number from 0, got "nine"\n'));
    expect(await listed('record')).toEqual([]);
  });

  test('a file that is imported twice is refused', async () => {
    file('x.csv', 'kind,at,updated_at\ndefinitions,2026-10-31 18:00,2026-10-31 18:00\n');
    expect(await importing('x.csv')).toMatchObject({ code: 0 });
    expect(await importing('x.csv')).toMatchObject({
      code: 2,
      err: expect.stringContaining('x.csv:2: id: ') as string,
    });
    expect(await listed('record')).toHaveLength(1);
  });

  test('a process that is killed in the middle of it leaves nothing', async () => {
    const line = (n: number): string => `service-contact,2026-10-31T18:00:00Z,phone ${n},true\n`;
    file('x.csv', `kind,at,channel,answered\n${Array.from({ length: 150_000 }, (_, n) => line(n)).join('')}`);
    const program = startProgram(['record', 'import', 'x.csv', '--config', config, '--by', 'Li Wei'], { cwd: folder });
    running.push(program);
    const other = new Database(store, { timeout: 0 });
    await untilLocked(other, program);
    program.child.kill('SIGKILL');
    if (program.child.signalCode === null) await once(program.child, 'exit');
    expect([program.child.signalCode, program.out()]).toEqual(['SIGKILL', '']);
    expect(other.prepare('SELECT count(*) FROM records').pluck().get()).toBe(0);
    other.close();
    file('y.csv', 'kind,at,updated_at\ndefinitions,2026-10-31 18:00,2026-10-31 18:00\n');
    expect(await importing('y.csv')).toMatchObject({ code: 0 });
    expect(await listed('record')).toHaveLength(1);
  });
});

/** Resolves once another process is in the middle of writing. */
async function untilLocked(db: Database.Database, program: Program): Promise<void> {
  while (program.child.exitCode === null) {
    try {
      db.exec('BEGIN IMMEDIATE; ROLLBACK');
    } catch (error) {
      if (error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY') return;
      throw error;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`it ended before it was seen writing: ${program.out()}${program.err()}`);
}

describe('where nothing can be entered', () => {
  const entering = [
    ['exclude', 'add', ...window, '--by', 'Li Wei'],
    ['record', 'add', 'definitions', 'updated_at=2026-10-31 18:00', '--at', '2026-10-31 18:00', '--by', 'Li Wei'],
    ['exclude', 'list'],
    ['record', 'list'],
  ];
  test.each(entering)('%s %s makes no store', async (...args) => {
    expect(await run(...args)).toEqual(
      wrong(`${store}: expected a store of mailwitness that can be read, got unable to open database file\n`),
    );
  });

  test("another program's database is refused and left as it is", async () => {
    const db = new Database(store);
    db.exec('CREATE TABLE t (a)');
    db.close();
    const before = readFileSync(store);
    for (const args of entering)
      expect(await run(...args)).toEqual(
        wrong(`${store}: expected a store of mailwitness, got another program's database\n`),
      );
    expect(readFileSync(store).equals(before)).toBe(true);
  });

  test('a store of an older schema that an agent has open is refused, and taken over once it has not', async () => {
    const db = new Database(store);
    migrate(db, MIGRATIONS.slice(0, 1));
    db.close();
    const lock = new Database(`${store}.lock`);
    lock.exec('BEGIN EXCLUSIVE');
    const [add = []] = entering;
    expect(await run(...add)).toEqual(
      wrong(
        `${store}: expected a store of schema ${MIGRATIONS.length}, got one of schema 1, which an agent of an older version has open; restart that agent with this version\n`,
      ),
    );
    lock.close();
    expect(await run(...add)).toMatchObject({ code: 0 });
  });
});

describe('wrong options are exit 2, with one line each', () => {
  beforeEach(storeAlone);
  const rows: [readonly string[], string][] = [
    [
      ['exclude', 'add', ...window, '--by', 'Li Wei', '--ground', 'z'],
      'exclude add: --ground: expected a ground of the contract: a, b, c, d, e, f, got "z"\n',
    ],
    [
      ['exclude', 'add', ...window, '--by', 'Li Wei', '--system', 'branch'],
      `exclude add: --system: expected one of the systems hq of CONFIG, got "branch"\n`,
    ],
    [
      ['exclude', 'approve', 'X-1', '--by', 'Wu'],
      'exclude approve: <id>: expected a window of system hq; see mailwitness exclude list, got "X-1"\n',
    ],
    [
      ['record', 'add', 'gossip', 'a=1', '--at', '2026-10-05 02:00', '--by', 'Wu'],
      'record add: <kind>: expected one of billing, page-load, opening, spam-case, complaint, server-list, blocklist, service-contact, definitions, setting, account-lock, backup, got "gossip"\n',
    ],
    [
      ['record', 'add', 'billing', 'customers=1', '--at', 'noon', '--by', 'Wu'],
      'record add: --at: expected a time such as "2026-10-05 02:00" (as clocks in Asia/Shanghai show it) or "2026-10-05T02:00:00+08:00", got "noon"\nrecord add: wrong: expected a whole number from 0; it is missing\n',
    ],
  ];
  test.each(rows)('mailwitness %j', async (args, words) => {
    expect(await run(...args)).toEqual(wrong(words.replace('CONFIG', config)));
  });

  test('a local time that comes twice is refused, with both offsets', async () => {
    const berlin = file('berlin.yaml', BERLIN);
    const at = [
      '--from',
      '2026-10-25 02:30',
      '--to',
      '2026-10-25 04:00',
      '--by',
      'Li Wei',
      '--contract',
      path.join(folder, berlin),
    ];
    expect(await run('exclude', 'add', '--ground', 'm', '--note', 'x', ...at)).toEqual(
      wrong(
        'exclude add: --from: expected a time that is one instant (2026-10-25T02:30:00 comes twice in Europe/Berlin, where the clocks are put back over it: write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00), got "2026-10-25 02:30"\n',
      ),
    );
    expect(
      await run('exclude', 'add', '--ground', 'm', '--note', 'x', ...at, '--from', '2026-10-25T02:30:00+01:00'),
    ).toMatchObject({
      code: 0,
      out: expect.stringContaining('ground m, 2026-10-25T02:30:00+01:00 to 2026-10-25T04:00:00+01:00\n') as string,
    });
  });
});

const BERLIN = `contract: berlin
version: 1
timezone: Europe/Berlin
grounds: { m: { title: { zh: 维护, en: Maintenance } } }
clauses:
  - { id: "1", title: { zh: 可用, en: Availability }, measure: downtime, exclude: [m],
      objectives: [ { metric: availability, op: ">=", limit: 0.999 } ] }
`;
