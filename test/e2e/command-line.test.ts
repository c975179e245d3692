import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSystemClock } from '../../src/lib/system-clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { sandboxYaml } from '../../src/sandbox/sandbox-settings.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { runProgram, startProgram } from './program.ts';

describe('every command teaches', () => {
  test.each([
    [['--help'], /sandbox --with-agent[^]*Exit codes: 0 good, 1 the mail system is not/],
    [['run', '--help'], /Example:\n +\$ mailwitness run --config/],
    [['check', '--help'], /Example:\n +\$ mailwitness check --config/],
    [['config', 'check', '--help'], /Example:\n +\$ mailwitness config check/],
    [['config', 'schema', '--help'], /Example:\n +\$ mailwitness config schema/],
    [['sandbox', '--help'], /Examples:\n +\$ mailwitness sandbox/],
    [['backup', '--help'], /Example:\n +\$ mailwitness backup/],
    [['exclude', 'add', '--help'], /Example:\n +\$ mailwitness exclude add/],
    [['exclude', 'approve', '--help'], /Example:\n +\$ mailwitness exclude approve/],
    [['exclude', 'withdraw', '--help'], /Example:\n +\$ mailwitness exclude withdraw/],
    [['record', 'withdraw', '--help'], /Example:\n +\$ mailwitness record withdraw/],
    [['exclude', 'list', '--help'], /Example:\n +\$ mailwitness exclude list/],
    [['record', 'add', '--help'], /Example:\n +\$ mailwitness record add[^]* billing +customers, wrong\n/],
    [['record', 'import', '--help'], /Example:\n +\$ mailwitness record import/],
    [['record', 'list', '--help'], /Example:\n +\$ mailwitness record list/],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
    [['sandbox', '--list-faults'], /greylist=2s +\S/],
    [['config', 'schema'], /"submission"/],
  ])('mailwitness %j', async (args, expected) => {
    const { code, out, err } = await runProgram(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(expected);
  });
});

describe('wrong input is exit 2, with one clear error and nothing on standard output', () => {
  test.each([
    [['runn'], /unknown command 'runn'/],
    [['run'], /^run: --config: expected a configuration: --config FILE, MAILWITNESS_CONFIG, or \.\/agent\.yaml/],
    [
      ['run', '--config', '/nowhere/agent.yaml'],
      /\/nowhere\/agent\.yaml: expected a configuration file that can be read/,
    ],
    [['config', 'check', '/nowhere/agent.yaml'], /expected a configuration file/],
    [['check', '--config', '/nowhere/agent.yaml'], /expected a configuration file/],
    [['check', '--config', 'x', '--wait', 'soon'], /expected a duration such as 60s/],
    [['sandbox', '--fault', 'gremlins'], /expected one of the faults/],
    [['sandbox', '--with-agent', '--listen', '127.0.0.1:99999'], /expected host:port such as 127\.0\.0\.1:9725/],
    [['sandbox', '--with-agent', '--listen', '127.0.0.1'], /expected host:port/],
    [['sandbox', '--listen', '127.0.0.1:9726'], /'--listen' needs '--with-agent'/],
    [['sandbox', '--store', 'other.db'], /'--store' needs '--with-agent'/],
    [['backup', '/tmp/x', '--config', '/nowhere/agent.yaml'], /expected a configuration file/],
  ])('mailwitness %j', async (args, expected) => {
    const { code, out, err } = await runProgram(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(expected);
    expect(err).not.toMatch(/^\s+at /m);
  });
});

describe('beside a mail system', () => {
  let folder: string;
  let config: string;
  let sandbox: Sandbox;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-cli-'));
    config = path.join(folder, 'agent.yaml');
    const sinkPort = 20_000 + Math.floor(Math.random() * 10_000);
    const sink = { host: '127.0.0.1', port: sinkPort };
    sandbox = createSandbox({ clock: createSystemClock(), log: silentLog, sink: { ...sink, domain: 'sink.example' } });
    const yaml = sandboxYaml(await sandbox.start(), { store: 'agent.db', sink, listen: '127.0.0.1:0' });
    writeFileSync(config, yaml);
  });
  afterAll(async () => {
    await sandbox?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('config check says what it holds', async () => {
    expect(await runProgram(['config', 'check', config])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/is good: 1 system, 3 routes, 5 checks/),
    });
  });

  test('check is exit 0 when all is good, with phases, and shows the dialogues without secrets', async () => {
    const { code, out, err } = await runProgram(['check', '--config', config, '--transcript']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const check of ['submission', 'mx', 'imap', 'pop3', 'webmail'])
      expect(out).toMatch(new RegExp(`good +sandbox ${check} `));
    expect(out).toMatch(/good +sandbox inbound  [^]*visible in INBOX .* after it was accepted \(receive delay\)/);
    expect(out).toMatch(/reached the sink .* after it was accepted \(send delay\)/);
    expect(out).toMatch(/greeting \d/);
    expect(out).toMatch(/-> MAIL FROM/);
    expect(out).not.toContain('alice-of-the-sandbox');
    expect(out).not.toContain(Buffer.from('\0alice@sandbox.example\0alice-of-the-sandbox').toString('base64'));
  });

  test('check is exit 1 when something is not, and says what', async () => {
    await sandbox.faults.set('refuse-auth', true);
    try {
      const { code, out } = await runProgram(['check', '--config', config, '--wait', '5s']);
      expect(code).toBe(1);
      expect(out).toMatch(/bad +sandbox submission[^]*      auth: .*535/);
    } finally {
      await sandbox.faults.reset();
    }
  });

  test('a mailbox that cannot be read is why a probe did not come out', async () => {
    await sandbox.faults.set('imap-refused', true);
    try {
      const { code, out } = await runProgram(['check', '--config', config, '--wait', '3s']);
      expect(code).toBe(1);
      expect(out).toMatch(/bad +sandbox inbound +\S.*\n +pending: mailbox alice cannot be read: connect: .*imap/);
      expect(out).not.toMatch(/the daemon would go on watching/);
    } finally {
      await sandbox.faults.reset();
    }
  });

  test('check ends at Ctrl-C, whatever it waits for, and leaves nothing behind', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const at = `{ host: 127.0.0.1, port: ${(silent.address() as AddressInfo).port}, tls: none`;
    const file = path.join(folder, 'silent.yaml');
    writeFileSync(
      file,
      `agent: { witnesses: [] }\nsystems:\n  - name: hq\n    submission: ${at}, user: a@example.org, password: hunter2 }\n` +
        '    checks: [{ kind: submission, timeout: 10m }]\n    routes: []\n',
    );
    const temporary = path.join(folder, 'tmp');
    mkdirSync(temporary);
    const program = startProgram(['check', '--config', file], { env: { TMPDIR: temporary } });
    try {
      await once(silent, 'connection');
      program.child.kill('SIGINT');
      expect(await program.ended).toBe(1);
      expect(program.err()).toBe('');
      expect(readdirSync(temporary)).toEqual([]);
    } finally {
      program.child.kill('SIGKILL');
      silent.close();
    }
  });

  test('config check says what is probably not meant, with its line, and takes it', async () => {
    const file = path.join(folder, 'odd.yaml');
    writeFileSync(
      file,
      'agent: { witnesses: [] }\nsystems:\n  - name: hq\n    webmail: { url: "https://example.org/" }\n',
    );
    const { code, out } = await runProgram(['config', 'check', file]);
    expect(code).toBe(0);
    expect(out).toMatch(/is good: 1 system.*\nlook again {2}\S+odd\.yaml:4: systems\[0\]\.webmail: without text/);
  });

  test('run is the daemon: it measures, is backed up while it runs, and ends at SIGTERM with code 0', async () => {
    const program = startProgram(['run', '--config', config]);
    try {
      await program.until(/"page":"http:[^"]+"/);
      await program.until(/"outcome":"delivered"/);
      const copy = path.join(folder, 'copy.db');
      expect(await runProgram(['backup', copy, '--config', config])).toMatchObject({ code: 0 });
      expect(await runProgram(['backup', copy, '--config', config])).toMatchObject({ code: 2 });
      const second = await runProgram(['run', '--config', config]);
      expect(second).toMatchObject({
        code: 2,
        err: expect.stringMatching(/expected a store that no other agent uses/),
      });
    } finally {
      program.child.kill('SIGTERM');
    }
    expect(await program.ended).toBe(0);
    expect(program.out()).toBe('');
    expect(program.err()).not.toContain('alice-of-the-sandbox');
    for (const line of program.err().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  });

  test('run that is told to stop while it starts, stops in order', async () => {
    const odd = path.join(folder, 'stops.yaml');
    // What is probably not meant is told before anything starts.
    const doubtful = readFileSync(config, 'utf8')
      .replace('agent.db', 'stops.db')
      .replace(/^ +text: .*\n/mu, '');
    writeFileSync(odd, doubtful);
    const program = startProgram(['run', '--config', odd]);
    try {
      await program.until(/a person should look again/);
      program.child.kill('SIGTERM');
      expect(await program.ended).toBe(0);
      expect(program.err()).toMatch(/"msg":"stopped"/);
    } finally {
      program.child.kill('SIGKILL');
    }
  });
});
