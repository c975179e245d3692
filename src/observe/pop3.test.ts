import { afterEach, describe, expect, test, vi } from 'vitest';
import { startScriptedLines, type Rule } from '../../test/support/scripted-lines.ts';
import type { Clock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { Secret } from '../lib/secret.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { createResolver } from '../net/resolve.ts';
import { createAuthPacing } from '../probe/auth-pacing.ts';
import type { Probe } from '../probe/probe.ts';
import type { Sighting } from '../probe/sighting.ts';
import { createTokens, newProbeId, TOKEN_HEADER } from '../probe/token.ts';
import type { Failure } from '../probe/visit.ts';
import { createTurns } from '../probe/turns.ts';
import { createPop3Watcher } from './pop3.ts';

const clock = createSystemClock();
const tokens = createTokens({ instance: 'here', key: Buffer.alloc(32, 7) });
const PATIENCE = { timeout: 15_000, interval: 5 };
const cleanUp: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

test('a probe is seen in one session and deleted in the next, and no other letter is', async () => {
  const letters = new Map([['a', 'Subject: dinner\r\n\r\n']]);
  const server = await startPop3(letters);
  const { watcher, sightings, upkeep } = await watch(server.port);
  const probe = newProbe();
  letters.set('b', letterOf(probe));
  letters.set('c', 'Subject: .\r\n\r\n');
  watcher.expect(probe);
  await expect
    .poll(() => sightings, PATIENCE)
    .toMatchObject([{ kind: 'visible', probeId: probe.id, folder: 'INBOX', junk: false }]);
  expect(letters.has('b')).toBe(true);
  await expect.poll(() => upkeep, PATIENCE).toEqual([{ deleted: 1, left: 0 }]);
  expect([...letters.keys()]).toEqual(['a', 'c']);
  expect(server.lines.filter((line) => line.startsWith('DELE'))).toEqual(['DELE 2']);
  // A look costs a login: nothing is read twice, but what is to be deleted.
  expect(server.lines.filter((line) => line.startsWith('TOP'))).toEqual(['TOP 1 0', 'TOP 2 0', 'TOP 3 0', 'TOP 2 0']);
});

test('a probe is not deleted before what it tells is in the ledger', async () => {
  const letters = new Map<string, string>();
  const server = await startPop3(letters);
  const ledger = { behind: true };
  const { watcher, sightings } = await watch(server.port, true, () => ledger.behind);
  const probe = newProbe();
  letters.set('a', letterOf(probe));
  watcher.expect(probe);
  await expect.poll(() => sightings, PATIENCE).toMatchObject([{ probeId: probe.id, signed: probe }]);
  const seen = server.lines.length;
  await expect.poll(() => server.lines.slice(seen).filter((line) => line === 'QUIT').length, PATIENCE).toBe(2);
  expect([...letters.keys()]).toEqual(['a']);
  ledger.behind = false;
  await expect.poll(() => letters.size, PATIENCE).toBe(0);
});

test('a probe for another mailbox is left to the watcher of that one', async () => {
  const letters = new Map<string, string>();
  const server = await startPop3(letters);
  const { watcher, sightings, foreign } = await watch(server.port);
  const probe = newProbe();
  letters.set('a', letterOf({ ...newProbe(), mailbox: 'bob' })).set('b', letterOf(probe));
  watcher.expect(probe);
  await expect.poll(() => letters.has('b'), PATIENCE).toBe(false);
  expect(sightings.map((it) => it.kind === 'visible' && it.probeId)).toEqual([probe.id]);
  expect([...letters.keys()]).toEqual(['a']);
  expect(foreign).toEqual(['replayed']);
});

test('a letter that took over the unique id of a probe is not deleted', async () => {
  const letters = new Map<string, string>();
  const server = await startPop3(letters);
  const { watcher, sightings } = await watch(server.port);
  const [probe, next] = [newProbe(), newProbe()];
  letters.set('1', letterOf(probe));
  watcher.expect(probe);
  await expect.poll(() => sightings.length, PATIENCE).toBe(1);
  letters.set('1', 'Subject: dinner\r\n\r\n').set('2', letterOf(next));
  await expect.poll(() => sightings.length, PATIENCE).toBe(2);
  await expect.poll(() => letters.has('2'), PATIENCE).toBe(false);
  expect([...letters.keys()]).toEqual(['1']);
});

test('a letter that cannot be deleted is told, and the next probe is seen all the same', async () => {
  const letters = new Map<string, string>();
  const server = await startPop3(letters, [[/^DELE 1$/, '-ERR read-only']]);
  const { watcher, sightings, failures, upkeep } = await watch(server.port);
  const [probe, next] = [newProbe(), newProbe()];
  letters.set('a', letterOf(probe));
  watcher.expect(probe);
  await expect.poll(() => upkeep, PATIENCE).toEqual([{ deleted: 0, left: 1 }]);
  letters.set('b', letterOf(next));
  watcher.expect(next);
  await expect.poll(() => sightings.map((it) => it.probeId), PATIENCE).toEqual([probe.id, next.id]);
  await expect.poll(() => upkeep.at(-1), PATIENCE).toEqual({ deleted: 1, left: 1 });
  expect([...letters.keys()]).toEqual(['a']);
  expect(failures).toEqual([]);
});

test('letters whose deletion was refused are tried again, ever more seldom, and count no longer once they are gone', async () => {
  const letters = new Map<string, string>();
  const way = { refuses: true };
  const server = await startPop3(letters, [], () => way.refuses);
  const { watcher, upkeep } = await watch(server.port, true, undefined, 200);
  const probes = [newProbe(), newProbe()];
  for (const [n, probe] of probes.entries()) {
    letters.set(`p${n}`, letterOf(probe));
    watcher.expect(probe);
  }
  await expect.poll(() => upkeep.length, PATIENCE).toBeGreaterThan(2);
  expect(upkeep.slice(0, 3).map(({ left }) => left)).toEqual([1, 2, 2]);
  way.refuses = false;
  await expect.poll(() => upkeep.at(-1), PATIENCE).toEqual({ deleted: 2, left: 0 });
  expect(letters.size).toBe(0);
});

test('a session reads and deletes fifty letters at most, and what is left keeps the instant at which it was shown', async () => {
  const letters = new Map<string, string>();
  const server = await startPop3(letters);
  const { watcher, sightings, upkeep } = await watch(server.port, true, undefined, 5);
  const probes = Array.from({ length: 60 }, newProbe);
  for (const [n, probe] of probes.entries()) letters.set(`p${n}`, letterOf(probe));
  probes.forEach(watcher.expect);
  await expect.poll(() => sightings.length, PATIENCE).toBe(60);
  await expect.poll(() => letters.size, PATIENCE).toBe(0);
  const sessions = server.lines.join('\n').split('QUIT');
  const most = (command: string) => Math.max(...sessions.map((lines) => lines.split(command).length - 1));
  // Fifty are read for the first time, and those that go are looked at once more.
  expect(most('TOP')).toBeLessThanOrEqual(100);
  expect(most('DELE')).toBeLessThanOrEqual(50);
  expect(upkeep.reduce((sum, { deleted }) => sum + deleted, 0)).toBe(60);
  const shown = sightings.map((it) => it.kind === 'visible' && `${it.unseenUntil} ${it.at}`);
  expect(new Set(shown).size).toBe(1);
});

test('a letter that another client deleted counts no longer', async () => {
  const letters = new Map<string, string>();
  const server = await startPop3(letters, [], () => true);
  const { watcher, upkeep } = await watch(server.port, true, undefined, 200);
  const probe = newProbe();
  letters.set('a', letterOf(probe));
  watcher.expect(probe);
  await expect.poll(() => upkeep.at(-1), PATIENCE).toEqual({ deleted: 0, left: 1 });
  letters.delete('a');
  await expect.poll(() => upkeep.at(-1), PATIENCE).toEqual({ deleted: 0, left: 0 });
});

describe('a server that will not', () => {
  test.each<[string, Rule, Failure['cause']]>([
    ['refuses the login', [/^PASS/, '-ERR wrong secret, alice'], 'auth'],
    ['has the mailbox locked', [/^PASS/, '-ERR [IN-USE] try later'], 'refused'],
    ['has it locked and knows no codes', [/^PASS/, '-ERR maildrop already locked'], 'refused'],
    ['has the account locked', [/^PASS/, '-ERR account locked'], 'auth'],
    ['refuses it and hangs up', [/^PASS/, (socket) => void socket.end('-ERR no\r\n')], 'auth'],
    ['cannot judge the password now', [/^PASS/, '-ERR [SYS/TEMP] try later'], 'refused'],
    ['knows no UIDL', [/^UIDL/, '-ERR unknown command'], 'refused'],
    ['falls silent', [/^UIDL/, ''], 'timeout'],
    ['answers something else', [/^USER/, 'hello?'], 'protocol'],
    ['sends lines without end', [/^UIDL/, (socket) => void socket.write(`+OK\r\n${'x'.repeat(100_000)}`)], 'protocol'],
  ])('%s: that is told', async (_name, rule, cause) => {
    const server = await startPop3(new Map(), [rule, [/^CAPA$/, '-ERR unknown command']]);
    const { failures } = await watch(server.port, false);
    await expect.poll(() => failures.map((it) => it.cause), PATIENCE).toEqual([cause]);
    expect(JSON.stringify(failures)).not.toContain('secret');
  });

  test('refuses the login without a code, and would give a wrong one its code: it was not wrong', async () => {
    const server = await startPop3(new Map(), [
      [/^PASS/, '-ERR sorry'],
      [/^CAPA$/, '+OK\nUSER\nAUTH-RESP-CODE\n.'],
    ]);
    const { failures } = await watch(server.port, false);
    await expect.poll(() => failures.map((it) => it.cause), PATIENCE).toEqual(['refused']);
  });
});

async function watch(port: number, ready = true, ledgerIsBehind = (): boolean => false, speed = 1) {
  const sightings: Sighting[] = [];
  const foreign: string[] = [];
  const failures: Failure[] = [];
  const states: string[] = [];
  const upkeep: { deleted: number; left: number }[] = [];
  const watcher = createPop3Watcher({
    system: 'corp',
    mailbox: {
      name: 'alice',
      address: 'alice@corp.example',
      user: 'alice',
      password: new Secret('secret'),
      junk: null,
      watch: 'pop3',
    },
    pop3: { host: '127.0.0.1', port, tls: 'none', verify: true },
    gapMs: 0,
    refused_login_wait: 300_000,
    turns: createTurns(),
    tokens,
    watermarks: { isBlank: true, get: async () => null, set: async () => undefined },
    resolver: createResolver({ servers: [], family: 'ipv4-only' }),
    clock: speed === 1 ? clock : fast(speed),
    logins: createAuthPacing(),
    log: silentLog,
    random: () => 0,
    observer: {
      sighted: (sighting) => void sightings.push(sighting),
      foreign: (_place, what) => void foreign.push(what),
      watching(_mailbox, state, failure) {
        states.push(state);
        if (failure !== undefined) failures.push(failure);
      },
      upkeep: (_mailbox, deleted, left) => void upkeep.push({ deleted, left }),
      ledgerIsBehind,
      written: async () => {},
    },
    limitMs: 300 * speed,
  });
  cleanUp.push(() => watcher.stop());
  watcher.start();
  if (ready) await vi.waitUntil(() => states[0] === 'up', PATIENCE);
  return { watcher, sightings, foreign, failures, upkeep };
}

/** As much of a POP3 server as the watcher speaks to. `letters` by unique id; each session sees them as they are. */
async function startPop3(letters: Map<string, string>, rules: readonly Rule[] = [], refuses = (): boolean => false) {
  const doomed: string[] = [];
  const uid = (number: string | undefined): string => [...letters.keys()][Number(number) - 1] ?? '';
  const list = (): string => [...letters.keys()].map((id, index) => `${index + 1} ${id}\r\n`).join('');
  const server = await startScriptedLines({
    greeting: '+OK ready',
    rules: [
      ...rules,
      [/^UIDL$/, (socket) => void socket.write(`+OK\r\n${list()}.\r\n`)],
      [/^TOP (\d+) 0$/, (socket, [, number]) => void socket.write(`+OK\r\n${letters.get(uid(number)) ?? ''}.\r\n`)],
      [/^DELE (\d+)$/, (_socket, [, number]) => (refuses() ? '-ERR read-only' : (doomed.push(uid(number)), '+OK'))],
      [
        /^QUIT$/,
        (socket) => {
          for (const id of doomed.splice(0)) letters.delete(id);
          socket.end('+OK bye\r\n');
        },
      ],
      [/.*/, '+OK'],
    ],
  });
  cleanUp.push(() => server.close());
  return server;
}

/** A clock that runs so many times as fast: the waits of minutes are real ones. */
function fast(speed: number): Clock {
  const start = clock.now();
  return {
    now: () => start + (clock.now() - start) * speed,
    shiftAt: () => 0,
    after: (ms, run) => clock.after(ms / speed, run),
  };
}

function letterOf(probe: Probe): string {
  return `Subject: probe\r\n${TOKEN_HEADER}: ${tokens.sign(probe)}\r\n\r\n`;
}

function newProbe(): Probe {
  const launchedAt = Math.floor(clock.now());
  return { id: newProbeId(), system: 'corp', route: 'in', kind: 'internal', mailbox: 'alice', launchedAt };
}
