import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { DAY, MINUTE } from '../../src/lib/time.ts';
import type { createClosing as createClosingType } from '../../src/month/closing.ts';
import type { Report, TimeClause } from '../../src/sla/report.ts';
import { writeYear } from '../support/year-store.ts';
import { runProgram, startProgram, type Program } from './program.ts';

// A month from the store: closed, corrected by a late fact, purged, and answered from what was closed.

/** Midnight in Shanghai. */
const OCTOBER = { from: Date.UTC(2026, 8, 30, 16), to: Date.UTC(2026, 9, 31, 16) };
const SPAN = { from: OCTOBER.from - 5 * DAY, to: OCTOBER.to + 2 * DAY };
const MONTH = ['--month', '2026-10'];

let master: string;
let folder: string;
let store: string;
const running: Program[] = [];

beforeAll(() => {
  master = mkdtempSync(path.join(tmpdir(), 'mailwitness-close-master-'));
  const pace = { seed: 3, checkEvery: 5 * MINUTE, routeEvery: 10 * MINUTE, outages: 40 };
  writeYear({ file: path.join(master, 'store.db'), system: 'hq', ...SPAN, ...pace });
});
afterAll(() => rmSync(master, { recursive: true, force: true }));

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-close-'));
  store = path.join(folder, 'store.db');
  copyFileSync(path.join(master, 'store.db'), store);
  writeFileSync(
    path.join(folder, 'agent.yaml'),
    `agent: { store: store.db, vantage: home, listen: "127.0.0.1:0", witnesses: [] }
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

function start(...args: readonly string[]): Program {
  const program = startProgram([...args, '--config', 'agent.yaml'], { cwd: folder });
  running.push(program);
  return program;
}

async function run(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return await runProgram([...args, '--config', 'agent.yaml'], { cwd: folder });
}

/** What a command says on standard output when all is well. */
async function said(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await run(...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

/** Why a command refused what it was asked, in one line. */
async function refusal(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await run(...args);
  expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringMatching(/^.+\n$/) as string });
  return err;
}

const json = (...more: readonly string[]) => said('report', ...MONTH, '--format', 'json', ...more);
const outOf = (name: string): string => path.join(folder, name);

function countOf(sql: string): number {
  const db = new Database(store, { readonly: true });
  try {
    return Number(db.prepare(sql).pluck().get());
  } finally {
    db.close();
  }
}

test('a month is closed, corrected, purged, and answers all the time', async () => {
  const live = await json();
  const closed = await said('close', ...MONTH, '--out', 'october.ndjson');
  const sha256 = createHash('sha256')
    .update(readFileSync(outOf('october.ndjson')))
    .digest('hex');
  expect(closed).toBe(`2026-10 of hq closed: revision 1\nevidence: sha256 ${sha256}, in october.ndjson\n`);
  const first = await json();
  expect(first).toBe(live);
  const alone = await runProgram(['report', '--evidence', outOf('october.ndjson'), '--format', 'json']);
  expect(JSON.parse(alone.out)).toEqual(JSON.parse(first));
  expect(await said('close', ...MONTH)).toBe('2026-10 of hq: nothing changed since revision 1, which stands\n');

  // A late fact: the carrier was to blame for an outage.
  const clause = (JSON.parse(first) as Report).clauses.find(({ id }) => id === '1') as TimeClause;
  const [outage] = clause.outages;
  if (outage === undefined) throw new Error('the store has no outage');
  const entry = ['--ground', 'e', '--from', outage.from, '--to', outage.to, '--by', 'Li Wei', '--note', 'carrier'];
  await said('exclude', 'add', ...entry, '--id', 'X1');
  expect(await json()).toBe(first);
  expect((JSON.parse(await json('--live')) as Report).revision).toBe(2);
  const second = await said('close', ...MONTH);
  expect(second).toMatch(/^2026-10 of hq closed: revision 2\n/);
  expect(second).toContain('\n  exclusions: none -> X1 counts\n');
  expect(second).toMatch(/\n {2}clause 1 down_minutes: [\d.]+ -> [\d.]+\n/);
  expect(await json('--revision', '1')).toBe(first);
  const newest = await json();
  expect((JSON.parse(newest) as Report).revision).toBe(2);
  const page = await said('report', ...MONTH, '--format', 'text', '--lang', 'en');
  expect(page).toContain('What changed since the former revision');
  expect(page).toContain('X1 counts');
  expect(await refusal('report', ...MONTH, '--revision', '3')).toBe(
    'report: --revision: expected a revision of 2026-10 (there are 2), got 3\n',
  );

  // Its messages go, and what was published stays.
  const kept = countOf('SELECT count(*) FROM runs') + countOf('SELECT count(*) FROM gaps');
  const { code, out, err } = await run('purge', ...MONTH);
  expect([code, err]).toEqual([2, 'purge: expected --yes, or yes typed at a terminal, got neither\n']);
  expect(out).toMatch(/deletes: \d+ messages, accepted from 2026-10-01T\S+\+08:00 to 2026-10-31T\S+\+08:00/);
  const before = countOf('SELECT count(*) FROM probes');
  const done = await said('purge', ...MONTH, '--yes');
  const [, deleted] = /\n(\d+) messages of 2026-10 of hq deleted\n$/.exec(done) ?? [];
  expect(Number(deleted)).toBeGreaterThan(13_000);
  expect(countOf('SELECT count(*) FROM probes')).toBe(before - Number(deleted));
  expect(countOf('SELECT count(*) FROM runs') + countOf('SELECT count(*) FROM gaps')).toBe(kept);
  expect(await json()).toBe(newest);
  expect(await json('--revision', '1')).toBe(first);
  const again = await run('export', ...MONTH, '--revision', '1');
  expect([again.code, again.out]).toEqual([0, readFileSync(outOf('october.ndjson'), 'utf8')]);
  expect(again.err).toContain(`sha256 ${sha256}`);
  for (const args of [
    ['close', ...MONTH],
    ['close', ...MONTH, '--provisional'],
    ['report', ...MONTH, '--live'],
  ])
    expect(await refusal(...args)).toMatch(
      /: --month: expected a month whose messages are in the store, got 2026-10, whose/,
    );
  expect(await said('purge', ...MONTH, '--yes')).toMatch(
    /^2026-10 of hq was purged at \S+; nothing of it is left to go\n$/,
  );
  // The days of the year are told from what stays.
  const november = JSON.parse(await said('report', '--month', '2026-11', '--format', 'json')) as Report;
  const faultDays = (report: Report): readonly string[] =>
    report.clauses.flatMap((one) => (one.kind === 'days' ? one.fault_days : []));
  const october = faultDays(JSON.parse(newest) as Report).filter((date) => date.startsWith('2026-10'));
  expect(october.length).toBeGreaterThan(3);
  expect(faultDays(november).filter((date) => date.startsWith('2026-10'))).toEqual(october);
}, 240_000);

test('what cannot be is refused, and nothing is closed or deleted', async () => {
  const words = async (...args: readonly string[]): Promise<string> =>
    (await refusal(...args)).replace(/, got .*\n$/, '');
  expect(await words('close', '--month', '2026-11')).toBe(
    'close: --month: expected a month that is over with all messages ended (or --provisional)',
  );
  for (const command of ['close', 'report']) {
    expect(await words(command, '--month', '2026-08')).toBe(
      `${command}: --month: expected a month that the store has data of`,
    );
    expect(await words(command, '--month', '2027-01')).toBe(`${command}: --month: expected a month that has begun`);
    expect(await words(command, '--month', '2026-13')).toBe(`${command}: --month: expected a month such as 2026-10`);
    expect(await words(command, ...MONTH, '--system', 'x')).toMatch(/^\w+: --system: expected one of the systems hq /);
  }
  expect(await words('purge', ...MONTH, '--yes')).toMatch(
    /^purge: --month: expected a month that is closed, and not prov/,
  );
  await said('close', '--month', '2026-11', '--provisional', '--out', 'november.ndjson');
  expect(await words('purge', '--month', '2026-11', '--yes')).toMatch(/expected a month that is closed, and not prov/);
  await said('close', ...MONTH);
  expect(await words('purge', ...MONTH, '--yes')).toMatch(/expected a month whose evidence was exported after its end/);
  expect(await refusal('report', ...MONTH, '--revision', '1', '--live')).toMatch(/--revision.*--live/);
  writeFileSync(outOf('other.yaml'), readFileSync(path.resolve('config/contract.yaml'), 'utf8').replace('24h', '25h'));
  expect(await words('report', ...MONTH, '--contract', 'other.yaml')).toBe(
    'report: --contract: expected the contract under which 2026-10 was closed, or --live',
  );
  expect(countOf('SELECT count(*) FROM purges')).toBe(0);
  expect(countOf("SELECT count(*) FROM revisions WHERE month = '2026-10'")).toBe(1);
});

test('an agent closes what is due in a thread of its own', async () => {
  const built = new URL('../../dist/month/closing.js', import.meta.url).href;
  const { createClosing } = (await import(built)) as { createClosing: typeof createClosingType };
  const closing = createClosing({ thread: true });
  const systems = [{ name: 'hq', contract: path.resolve('config/contract.yaml') }];
  const asked = { store, now: SPAN.to, systems };
  const both = await Promise.all([closing.run(asked), closing.run(asked)]);
  const due = ['2026-09', '2026-10'].map((month) => ({ kind: 'closed', system: 'hq', month, revision: 1 }));
  expect(both).toEqual([due, []]);
  expect(await closing.run(asked)).toEqual([]);
  await expect(closing.run({ ...asked, store: outOf('nowhere.db') })).rejects.toThrow(/nowhere\.db: expected a store/);
  // Ended in the middle it answers all the same, and nothing begins any more.
  const last = closing.run(asked);
  await closing.stop();
  expect([await last, await closing.run(asked)]).toEqual([[], []]);
  expect(await said('close', ...MONTH)).toMatch(/nothing changed since revision 1/);
});

test('two that close at once make one revision', async () => {
  const both = await Promise.all([run('close', ...MONTH), run('close', ...MONTH)]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(new Set(both.map(({ out }) => out.split('\n')[0]))).toEqual(
    new Set(['2026-10 of hq closed: revision 1', '2026-10 of hq: nothing changed since revision 1, which stands']),
  );
  expect(countOf('SELECT count(*) FROM revisions')).toBe(1);
});

test('a close that is killed at whatever point leaves a whole revision or none', async () => {
  // From before it began to write its evidence until after it ended.
  for (const round of [0, 1, 2, 3]) {
    const program = start('close', ...MONTH, '--out', `${round}.ndjson`);
    const point = [`${round}.ndjson.part`, `${round}.ndjson.part`, `${round}.ndjson`][round];
    if (point !== undefined) await untilThere(point, program);
    program.child.kill('SIGKILL');
    if (program.child.signalCode === null && program.child.exitCode === null) await once(program.child, 'exit');
    expect([0, 1]).toContain(countOf('SELECT count(*) FROM revisions'));
    expect(JSON.parse(await json())).toMatchObject({ month: '2026-10', revision: 1 });
  }
  await said('close', ...MONTH);
  expect(countOf('SELECT count(*) FROM revisions')).toBe(1);
});

test('a purge that is killed is finished by calling it again, and answers meanwhile', async () => {
  await said('close', ...MONTH, '--out', 'october.ndjson');
  const closed = await json();
  const all = countOf('SELECT count(*) FROM probes');
  const program = start('purge', ...MONTH, '--yes');
  while (countOf('SELECT count(*) FROM probes') === all && program.child.exitCode === null)
    await new Promise((resolve) => setImmediate(resolve));
  program.child.kill('SIGKILL');
  await program.ended;
  const left = countOf('SELECT count(*) FROM probes');
  expect(left).toBeLessThan(all);
  expect(await json()).toBe(closed);
  expect(await refusal('close', ...MONTH)).toMatch(/whose messages were purged/);
  // It was agreed to once.
  const out = await said('purge', ...MONTH);
  expect(out).toMatch(/^The purge of 2026-10 of hq, begun at \S+ and cut short\n/);
  const [, rest] = /\n(\d+) messages of 2026-10 of hq deleted\n$/.exec(out) ?? [];
  expect(countOf('SELECT count(*) FROM probes')).toBe(left - Number(rest));
  expect(await json()).toBe(closed);
});

async function untilThere(name: string, { child }: Program): Promise<void> {
  while (!readdirSync(folder).includes(name) && child.exitCode === null)
    await new Promise((resolve) => setImmediate(resolve));
}
