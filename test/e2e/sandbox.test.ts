import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runProgram, startProgram, type Program } from './program.ts';

let folder: string;
const running: Program[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-e2e-'));
});
afterEach(async () => {
  for (const program of running.splice(0)) {
    program.child.kill('SIGKILL');
    await program.ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

function sandbox(...args: string[]): Program {
  const program = startProgram(['sandbox', '--with-agent', '--listen', '127.0.0.1:0', ...args], { cwd: folder });
  running.push(program);
  return program;
}

function rows<T>(sql: string): T[] {
  const db = new Database(path.join(folder, 'data/sandbox.db'), { readonly: true });
  try {
    return db.prepare(sql).all() as T[];
  } finally {
    db.close();
  }
}

const page = async (program: Program): Promise<string> => (await program.until(/page +(http:\S+)/))[1] ?? '';

describe('the quick start', () => {
  test('prints its page, then a line for what happens, and ends at Ctrl-C with all in the store', async () => {
    const program = sandbox();
    const url = await page(program);
    await Promise.all(
      [/outbound: relayed after/, /inbound: visible in INBOX after/, /internal: visible in INBOX after/].map(
        program.until,
      ),
    );
    await Promise.all(
      ['submission 127.0.0.1', 'mx 127.0.0.1', 'imap alice', 'imap bob', 'webmail 127.0.0.1'].map((it) =>
        program.until(new RegExp(`check ${it}: good in`)),
      ),
    );
    const [html, health, metrics] = await Promise.all(
      ['', 'healthz', 'metrics'].map(async (name) => {
        const response = await fetch(`${url}${name}`);
        return { status: response.status, text: await response.text() };
      }),
    );
    expect(html).toMatchObject({ status: 200, text: expect.stringContaining('sandbox') });
    expect(health?.status).toBe(200);
    expect(metrics?.text).toMatch(/^mailwitness_send_delay_seconds_bucket\{le="60",/m);
    expect(metrics?.text).toMatch(/^mailwitness_send_delay_seconds_bucket\{le="3600",/m);
    program.child.kill('SIGINT');
    expect(await program.ended).toBe(0);
    expect(program.err()).toBe('');
    expect(readdirSync(folder)).toEqual(['data']);
    expect(rows('SELECT outcome FROM probes').length).toBeGreaterThanOrEqual(3);
    expect(rows('SELECT * FROM runs').length).toBeGreaterThanOrEqual(5);
  });

  test('killed and started again goes on with what was open, and the time between is a gap', async () => {
    const first = sandbox('--fault', 'hold');
    await page(first);
    await first.until(/inbound: a probe goes out/);
    await first.until(/check imap alice: good/);
    await first.until(/check mx \S+: good/);
    first.child.kill('SIGKILL');
    await first.ended;
    const before = rows<{ id: string }>('SELECT id FROM probes');
    expect(before.length).toBeGreaterThan(0);
    const second = sandbox();
    await second.until(/unmeasured for .* \(stopped\)/);
    await second.until(/inbound: visible in INBOX/);
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
    const after = rows<{ id: string }>('SELECT id FROM probes').map(({ id }) => id);
    expect(after).toEqual(expect.arrayContaining(before.map(({ id }) => id)));
    expect(new Set(after).size).toBe(after.length);
    expect(rows('SELECT * FROM gaps').length).toBeGreaterThan(0);
  });

  test('refuses a store that another agent uses, and leaves it alone', async () => {
    const first = sandbox();
    await page(first);
    const second = await runProgram(['sandbox', '--with-agent', '--listen', '127.0.0.1:0'], { cwd: folder });
    expect(second.code).toBe(2);
    expect(second.err).toMatch(/expected a store that no other agent uses/);
    await first.until(/inbound: visible in INBOX after/);
  });

  test('says which port is taken, and what to do', async () => {
    const first = sandbox();
    const { port } = new URL(await page(first));
    const second = await runProgram(
      ['sandbox', '--with-agent', '--listen', `127.0.0.1:${port}`, '--store', 'other.db'],
      { cwd: folder },
    );
    expect(second.code).not.toBe(0);
    expect(second.err.trim().split('\n')).toEqual([expect.stringContaining('another program listens there')]);
  });
});

describe('what a fault of the sandbox looks like', () => {
  test.each([
    ['imap-refused', /check imap alice.* bad: /i],
    ['refuse-auth', /submission 127\.0\.0\.1: bad: .*535/i],
    ['webmail-503', /webmail .*bad: .*503/i],
    ['certificate-expired', /imap alice: bad: .*certificate/i],
    ['junk', /inbound: visible in Junk after/],
    ['duplicate', /duplicate/],
    ['bounce', /internal: bounced/],
    ['refuse-data', /outbound: refused: .*451/],
  ])('%s', async (fault, line) => {
    const program = sandbox('--fault', fault);
    await program.until(new RegExp(line.source.replace('check imap', '(check )?imap'), line.flags));
    program.child.kill('SIGINT');
    expect(await program.ended).toBe(0);
  });
});
