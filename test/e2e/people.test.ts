import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DAY, MINUTE } from '../../src/lib/time.ts';
import type { DelayClause, Report, TimeClause } from '../../src/sla/report.ts';
import { writeYear } from '../support/year-store.ts';
import { runProgram, startProgram, type Program } from './program.ts';

// People on the pages of the built program: a user is made, signs in, enters; another approves; the report changes.

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Midnight in Shanghai. */
const OCTOBER = { from: Date.UTC(2026, 8, 30, 16), to: Date.UTC(2026, 9, 31, 16) };
const PASSWORDS = { 'Li Wei': 'correct horse battery', 'Chen Jie': 'staple correct horse' };

let folder: string;
const running: Program[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-people-'));
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

function userAdd(name: keyof typeof PASSWORDS, role: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'user', 'add', name, '--role', role], {
    input: `${PASSWORDS[name]}\n`,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).not.toContain(PASSWORDS[name]);
  return stdout;
}

/** Signs in over HTTP as a browser does, and sends forms as the pages have them. */
async function visit(url: string, name: keyof typeof PASSWORDS) {
  const cookies = new Map<string, string>();
  async function ask(to: string, body?: URLSearchParams): Promise<{ status: number; text: string; at: string | null }> {
    const response = await fetch(new URL(to, url), {
      redirect: 'manual',
      headers: {
        Cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join('; '),
        ...(body !== undefined && { Origin: new URL(url).origin }),
      },
      ...(body !== undefined && { method: 'POST', body }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(key, value);
    }
    return { status: response.status, text: await response.text(), at: response.headers.get('location') };
  }
  async function send(to: string, fields: Record<string, string> = {}) {
    const { text } = await ask(to);
    const hidden = [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
    const own = Object.fromEntries(hidden.map(([, key = '', value = '']) => [key, value]));
    return ask(to, new URLSearchParams({ ...own, ...fields }));
  }
  expect(await send('sign-in', { name, password: PASSWORDS[name] })).toMatchObject({ status: 303, at: '/exclusions' });
  return { ask, send };
}

test('a window is entered by one, approved by another, and the month changes as the preview said', async () => {
  const store = path.join(folder, 'store.db');
  const pace = { seed: 3, checkEvery: 5 * MINUTE, routeEvery: 30 * MINUTE, outages: 40 };
  writeYear({ file: store, system: 'hq', from: OCTOBER.from - 2 * DAY, to: OCTOBER.to + 2 * DAY, ...pace });
  const [li, chen] = [userAdd('Li Wei', 'operator'), userAdd('Chen Jie', 'customer')];
  const entryOf = (out: string): string => out.slice(out.indexOf('users:\n') + 'users:\n'.length);
  writeFileSync(
    path.join(folder, 'agent.yaml'),
    `agent:
  store: store.db
  vantage: home
  listen: 127.0.0.1:0
  witnesses: []
  users:
${entryOf(li)}${entryOf(chen)}systems:
  - { name: hq, webmail: { url: "http://127.0.0.1:9/" } }
`,
  );
  const program = startProgram(['run', '--config', 'agent.yaml'], { cwd: folder });
  running.push(program);
  const [, url = ''] = await program.until(/"page":"(http:[^"]+)"/);

  async function october(): Promise<{ readonly down: number | null; readonly n: number; readonly text: string }> {
    const args = ['report', '--config', 'agent.yaml', '--month', '2026-10', '--live', '--format', 'json'];
    const { code, out, err } = await runProgram(args, { cwd: folder });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { clauses, exclusions } = JSON.parse(out) as Report;
    const time = clauses.find(({ id }) => id === '1') as TimeClause;
    const delay = clauses.find(({ id }) => id === '2a') as DelayClause;
    return { down: time.value, n: delay.n, text: JSON.stringify(exclusions) };
  }

  const before = await october();
  expect(before.down).toBeGreaterThan(0);
  const operator = await visit(url, 'Li Wei');
  const fields = { ground: 'a', from: '2026-10-02 00:00', to: '2026-10-30 00:00', note: 'new storage', id: 'W1' };
  const preview = await operator.send('exclusions/new?system=hq', { ...fields, do: 'preview' });
  expect(preview.status).toBe(200);
  expect(preview.text).toContain('needs the approval of the customer');
  expect((await october()).text).toBe('[]');
  expect(await operator.send('exclusions/new?system=hq', { ...fields, do: 'enter' })).toMatchObject({ status: 303 });
  expect(await october()).toMatchObject({ down: before.down, n: before.n });
  expect((await operator.ask('exclusions/W1/approve?system=hq')).status).toBe(403);

  const customer = await visit(url, 'Chen Jie');
  const shown = await customer.ask('exclusions/W1/approve?system=hq');
  const [, promised = ''] =
    /<th scope="row">1 .*?<\/td><td class="figure" data-label="[^"]*">([\d.]+) min/s.exec(shown.text) ?? [];
  expect(await customer.send('exclusions/W1/approve?system=hq')).toMatchObject({ status: 303 });
  const after = await october();
  expect(after.down?.toFixed(2)).toBe(promised);
  expect(after.down).toBeLessThan(before.down ?? 0);
  expect(after.n).toBeLessThan(before.n);
  expect(JSON.parse(after.text)).toMatchObject([{ id: 'W1', entered_by: 'Li Wei', approved_by: 'Chen Jie' }]);

  expect(program.err()).toMatch(/"act":"approve exclusion","person":"Chen Jie","role":"customer"/);
  for (const secret of [...Object.values(PASSWORDS), '$scrypt$']) expect(program.err()).not.toContain(secret);
  program.child.kill('SIGTERM');
  expect(await program.ended).toBe(0);
});

test.each([
  ['a password that is short', 'Li Wei', 'operator', 'short\n', /^user add: the password: expected one of 12 to 1000/],
  ['no password', 'Li Wei', 'operator', '', /^user add: the password: expected/],
  ['a name of two lines', 'Li\nWei', 'operator', 'correct horse battery\n', /^user add: <name>: expected a line/],
  ['a role that there is not', 'Li Wei', 'admin', '', /Allowed choices are viewer, operator, customer/],
])('%s is refused', (_, name, role, input, expected) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'user', 'add', name, '--role', role], {
    input,
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(expected);
});
