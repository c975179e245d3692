import type { Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CUT, startScriptedLines, type Rule } from '../../test/support/scripted-lines.ts';
import type { EndpointSettings } from '../config/settings.ts';
import { silentLog } from '../lib/log.ts';
import { Secret } from '../lib/secret.ts';
import type { Clock } from '../lib/clock.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { HOUR, SECOND } from '../lib/time.ts';
import { createResolver } from '../net/resolve.ts';
import type { Watermark } from '../probe/ports.ts';
import { createAuthPacing } from '../probe/auth-pacing.ts';
import type { Probe } from '../probe/probe.ts';
import type { Sighting } from '../probe/sighting.ts';
import { createTokens, newProbeId, TOKEN_HEADER } from '../probe/token.ts';
import type { Failure } from '../probe/visit.ts';
import { createMailboxWatcher } from './mailbox.ts';

const clock = createSystemClock();
const resolver = createResolver({ servers: [], family: 'ipv4-only' });
const tokens = createTokens({ instance: 'here', key: Buffer.alloc(32, 7) });
const PATIENCE = { timeout: 10_000, interval: 5 };
const cleanUp: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

describe('how letters are deleted', () => {
  test.each([
    ['with UIDPLUS by UID EXPUNGE', 'UIDPLUS MOVE', [/^\S+ UID STORE 2 \+FLAGS\.SILENT/, /^\S+ UID EXPUNGE 2$/], 0],
    ['without it by MOVE to Trash', 'MOVE', [/^\S+ UID MOVE 2 Trash$/], 0],
    ['in Gmail by MOVE to Trash, UIDPLUS or not', 'UIDPLUS MOVE X-GM-EXT-1', [/^\S+ UID MOVE 2 Trash$/], 0],
    ['without either they are marked only, and told to stay', '', [/^\S+ UID STORE 2 \+FLAGS\.SILENT/], 1],
  ])('%s', async (_name, capabilities, commands, left) => {
    const server = await startImap({ capabilities, trash: true });
    const { watcher, sightings, upkeep } = await watch(server.port);
    server.letters.push({ uid: 1, text: 'Subject: dinner\r\n\r\n' });
    const probe = newProbe();
    server.letters.push(letterOf(2, probe));
    watcher.expect(probe);
    await expect.poll(() => sightings.length, PATIENCE).toBe(1);
    await watcher.stop();
    expect(upkeep).toMatchObject([{ deleted: 1 - left, left }]);
    const said = server.lines.filter((line) => /STORE|EXPUNGE|MOVE|COPY/.test(line));
    expect(said).toHaveLength(commands.length);
    for (const [index, command] of commands.entries()) expect(said[index]).toMatch(command);
  });

  test('those that are marked only are counted by each run, and no longer once others took them out', async () => {
    let flagged = '1 2 3';
    const rules: Rule[] = [
      [
        /^(\S+) UID SEARCH DELETED/,
        (socket, [, tag]) => void socket.write(`* SEARCH ${flagged}\r\n${tag} OK done\r\n`),
      ],
    ];
    const server = await startImap({ rules });
    server.letters.push(letterOf(1, newProbe()), { uid: 2, text: 'Subject: dinner\r\n\r\n' }, letterOf(3, newProbe()));
    const { upkeep } = await watch(server.port, { clock: hurried(1_000) });
    await expect.poll(() => upkeep, PATIENCE).toEqual([{ deleted: 0, left: 2, words: undefined }]);
    flagged = '2 3';
    await expect.poll(() => upkeep.at(-1)?.left, PATIENCE).toBe(1);
    flagged = '';
    await expect.poll(() => upkeep.at(-1)?.left, PATIENCE).toBe(0);
  });

  test('where MOVE has no Trash to go to they are marked only', async () => {
    const server = await startImap({ capabilities: 'MOVE', trash: false });
    const { watcher, upkeep } = await watch(server.port);
    const probe = newProbe();
    server.letters.push(letterOf(1, probe));
    watcher.expect(probe);
    await expect.poll(() => server.lines.filter((line) => line.includes('FETCH')).length, PATIENCE).toBeGreaterThan(0);
    await watcher.stop();
    expect(upkeep).toMatchObject([{ deleted: 0, left: 1 }]);
    expect(server.lines.filter((line) => /EXPUNGE|MOVE|COPY/.test(line))).toEqual([]);
  });

  test('not before what they tell is in the ledger', async () => {
    const server = await startImap({ capabilities: 'UIDPLUS' });
    const ledger = { behind: true };
    const seenAt = hurried(100);
    const { watcher, sightings } = await watch(server.port, { clock: seenAt, ledgerIsBehind: () => ledger.behind });
    const probe = newProbe();
    server.letters.push(letterOf(1, probe));
    watcher.expect(probe);
    await expect.poll(() => sightings, PATIENCE).toMatchObject([{ probeId: probe.id, signed: probe }]);
    // Long past the time at which it would go.
    const at = sightings[0]?.at ?? 0;
    await expect.poll(() => seenAt.now() - at > 30 * SECOND, PATIENCE).toBe(true);
    expect(server.letters).toHaveLength(1);
    ledger.behind = false;
    await expect.poll(() => server.letters, PATIENCE).toEqual([]);
  });

  test("a refusal is told with the server's words, and the connection is kept", async () => {
    const server = await startImap({
      capabilities: 'UIDPLUS',
      rules: [[/^(\S+) UID STORE/, (_socket, [, tag]) => `${tag} NO [NOPERM] this mailbox is read-only`]],
    });
    const { watcher, upkeep, states } = await watch(server.port);
    const probe = newProbe();
    server.letters.push(letterOf(1, probe));
    watcher.expect(probe);
    await expect
      .poll(() => upkeep, { ...PATIENCE, timeout: 15_000 })
      .toMatchObject([{ deleted: 0, left: 1, words: expect.stringContaining('read-only') }]);
    expect(states).toEqual(['up']);
    expect(server.lines.filter((line) => line.includes('EXPUNGE'))).toEqual([]);
  });
});

describe('no letter of others is deleted', () => {
  test('where Junk was made anew between STATUS and SELECT', async () => {
    const server = await startImap({ capabilities: 'UIDPLUS' });
    const stale: Rule = [/^(\S+) UID STORE/, (_socket, [, tag]) => `${tag} NO not now`];
    server.rules.push(stale);
    const { watcher, sightings, upkeep } = await watch(server.port);
    const probe = newProbe();
    watcher.expect(probe);
    server.junk.push(letterOf(1, probe));
    await expect.poll(() => upkeep, PATIENCE).toMatchObject([{ deleted: 0, left: 1 }]);
    // Another folder by that name from here on, of which STATUS does not know yet.
    server.rules.pop();
    server.junkValidity = 7;
    const next = newProbe();
    server.junk.splice(0, 1, { uid: 1, text: 'Subject: dinner\r\n\r\n' }, letterOf(3, next));
    watcher.expect(next);
    await expect.poll(() => sightings.map((it) => it.probeId), PATIENCE).toEqual([probe.id, next.id]);
    await expect.poll(() => upkeep.at(-1)?.deleted, PATIENCE).toBe(1);
    await watcher.stop();
    expect(server.junk.map((it) => it.uid)).toEqual([1]);
    expect(server.lines.filter((line) => line.includes('EXPUNGE'))).toEqual([expect.stringMatching(/ UID EXPUNGE 3$/)]);
  });

  test('where the answer to the question for a report is another letter', async () => {
    const probe = newProbe();
    const server = await startImap({
      capabilities: 'UIDPLUS',
      rules: [
        [
          /^(\S+) UID FETCH 1 .*BODY\.PEEK\[\]/,
          (socket, [, tag]) => {
            const text = reportOf(probe);
            socket.write(`* 2 FETCH (UID 2 BODY[]<0> {${text.length}}\r\n${text})\r\n${tag} OK done\r\n`);
          },
        ],
      ],
    });
    const { watcher, sightings, upkeep } = await watch(server.port);
    server.letters.push({ uid: 1, text: 'Content-Type: multipart/report; boundary=b\r\n\r\n' }, letterOf(2, probe));
    await expect.poll(() => upkeep, { ...PATIENCE, timeout: 15_000 }).toHaveLength(1);
    await watcher.stop();
    expect(server.letters.map((it) => it.uid)).toEqual([1]);
    expect(sightings.map((it) => it.kind)).toEqual(['visible']);
  });
});

describe('what is read', () => {
  test('at the first start old letters are left unread, but for probes under way', async () => {
    const server = await startImap();
    const [old, open] = [newProbe(), newProbe()];
    server.letters.push(letterOf(1, old), { uid: 2, text: 'Subject: dinner\r\n\r\n' });
    const idle = await watch(server.port);
    await idle.watcher.stop();
    expect(idle.sightings).toEqual([]);
    expect(server.lines.filter((line) => line.includes('FETCH'))).toEqual([]);
    server.letters.push(letterOf(3, open));
    const busy = await watch(server.port, { open });
    await expect.poll(() => busy.sightings.map((it) => it.probeId).sort(), PATIENCE).toEqual([old.id, open.id].sort());
    // The scan asks for two fields; whole headers only of letters that may be ours.
    expect(server.lines.filter((line) => /BODY\.PEEK\[HEADER\]/.test(line))).toEqual([
      expect.stringContaining('UID FETCH 1,3 '),
    ]);
  });

  test('where SELECT leaves UIDNEXT out, STATUS tells it: old letters stay, a probe is seen and deleted', async () => {
    const server = await startImap({ capabilities: 'UIDPLUS', uidNext: 'status only' });
    server.letters.push(letterOf(1, newProbe()), letterOf(2, newProbe()));
    const { watcher, sightings, upkeep, states } = await watch(server.port);
    await expect.poll(() => states, PATIENCE).toEqual(['up']);
    const probe = newProbe();
    watcher.expect(probe);
    server.letters.push(letterOf(3, probe));
    await expect.poll(() => upkeep, { ...PATIENCE, timeout: 15_000 }).toMatchObject([{ deleted: 1, left: 0 }]);
    expect(sightings.map((it) => it.probeId)).toEqual([probe.id]);
    expect(server.letters.map((it) => it.uid)).toEqual([1, 2]);
  });

  test('no letter is marked as read, and none is searched for', async () => {
    const server = await startImap({ capabilities: 'UIDPLUS' });
    const { watcher, sightings } = await watch(server.port);
    const probe = newProbe();
    server.letters.push(letterOf(1, probe));
    watcher.expect(probe);
    await expect.poll(() => sightings.length, PATIENCE).toBe(1);
    expect(server.lines.filter((line) => /SEARCH|BODY\[|RFC822/.test(line))).toEqual([]);
  });

  test('a probe of another system that is found here is left to that system, and counted', async () => {
    const server = await startImap({ capabilities: 'UIDPLUS' });
    const { watcher, sightings, foreign } = await watch(server.port);
    const [theirs, ours] = [newProbe({ system: 'other' }), newProbe()];
    server.letters.push(letterOf(1, theirs), letterOf(2, ours));
    watcher.expect(ours);
    await expect.poll(() => sightings.map((it) => it.probeId), PATIENCE).toEqual([ours.id]);
    await watcher.stop();
    expect(server.letters.map((it) => it.uid)).toEqual([1]);
    expect(foreign).toEqual(['other-system']);
  });

  test('a probe for another mailbox that is found here is left to the watcher of that one, and counted', async () => {
    const server = await startImap({ capabilities: 'UIDPLUS' });
    const { watcher, sightings, foreign } = await watch(server.port);
    const [theirs, ours] = [newProbe({ mailbox: 'bob' }), newProbe()];
    server.letters.push(letterOf(1, theirs), letterOf(2, ours));
    watcher.expect(ours);
    await expect.poll(() => sightings.map((it) => it.probeId), PATIENCE).toEqual([ours.id]);
    await watcher.stop();
    expect(server.letters.map((it) => it.uid)).toEqual([1]);
    expect(foreign).toEqual(['replayed']);
  });

  test('a probe that another watcher finds in this very account is left, and is no news', async () => {
    const server = await startImap({ capabilities: 'UIDPLUS' });
    const isShared = ({ system }: Probe): boolean => system === 'two';
    const { watcher, sightings, foreign } = await watch(server.port, { isShared });
    const [theirs, ours] = [newProbe({ system: 'two' }), newProbe()];
    server.letters.push(letterOf(1, theirs), letterOf(2, ours));
    watcher.expect(ours);
    await expect.poll(() => sightings.map((it) => it.probeId), PATIENCE).toEqual([ours.id]);
    await watcher.stop();
    expect(server.letters.map((it) => it.uid)).toEqual([1]);
    expect(foreign).toEqual([]);
  });

  test('an outbound probe in a mailbox is deleted and is no sighting', async () => {
    const server = await startImap({ capabilities: 'UIDPLUS' });
    const { watcher, sightings, upkeep } = await watch(server.port);
    server.letters.push(letterOf(1, newProbe({ kind: 'outbound', mailbox: null })));
    await expect.poll(() => upkeep, { ...PATIENCE, timeout: 15_000 }).toMatchObject([{ deleted: 1, left: 0 }]);
    await watcher.stop();
    expect(sightings).toEqual([]);
  });

  test('what is not deleted yet is found again after a crash', async () => {
    const server = await startImap({ capabilities: 'UIDPLUS' });
    const marks = new Map<string, Watermark>();
    const { watcher, sightings } = await watch(server.port, { marks });
    server.letters.push({ uid: 7, text: 'Subject: dinner\r\n\r\n' }, letterOf(8, newProbe()));
    await expect.poll(() => sightings.length, PATIENCE).toBe(1);
    await expect.poll(() => marks.get('INBOX'), PATIENCE).toEqual({ uidValidity: '5', uidNext: 8 });
    await watcher.stop();
    expect(marks.get('INBOX')).toEqual({ uidValidity: '5', uidNext: 9 });
  });

  test.each([
    ['before the first launch of all: none of them is ours', true, []],
    [
      'after it: an earlier run may have been killed before it wrote down how far it had read',
      false,
      ['INBOX', 'Junk'],
    ],
  ])('letters that lie in folders without a mark, %s', async (_name, isBlank, folders) => {
    const server = await startImap({ capabilities: 'UIDPLUS' });
    server.letters.push({ uid: 7, text: 'Subject: dinner\r\n\r\n' }, letterOf(8, newProbe()));
    server.junk.push(letterOf(3, newProbe()));
    const marks = new Map<string, Watermark>();
    const { watcher, sightings } = await watch(server.port, { isBlank, marks });
    await expect.poll(() => [...marks.keys()].sort(), PATIENCE).toEqual(['INBOX', 'Junk']);
    const seen = sightings.flatMap((it) => (it.kind === 'visible' ? [it.folder] : []));
    expect(seen.sort()).toEqual(folders);
    await watcher.stop();
    expect(server.letters.map(({ uid }) => uid)).toEqual(isBlank ? [7, 8] : [7]);
  });
});

describe('a server that misbehaves', () => {
  test('shows a UID that cannot be: later letters are seen all the same, and that UID is not deleted', async () => {
    const [probe, next] = [newProbe(), newProbe()];
    const lie: Rule = [
      /^(\S+) UID FETCH/,
      (socket, [, tag]) => {
        server.rules.pop();
        const { text } = letterOf(4_000, probe);
        socket.write(`* 1 FETCH (UID 4000 BODY[HEADER]<0> {${text.length}}\r\n${text})\r\n${tag} OK done\r\n`);
      },
    ];
    const server = await startImap({ capabilities: 'UIDPLUS' });
    const { watcher, sightings } = await watch(server.port);
    server.rules.push(lie);
    server.letters.push(letterOf(1, probe));
    watcher.expect(probe);
    await expect.poll(() => sightings.map((it) => it.probeId), PATIENCE).toEqual([probe.id]);
    server.letters.push(letterOf(2, next));
    watcher.expect(next);
    await expect.poll(() => sightings.map((it) => it.probeId), PATIENCE).toContain(next.id);
    await watcher.stop();
    expect(server.lines.filter((line) => line.includes(' UID EXPUNGE '))).toEqual([
      expect.stringMatching(/ UID EXPUNGE 1:2$/),
    ]);
  });

  test('shows letters without end: it is given up', async () => {
    const server = await startImap();
    const { failures } = await watch(server.port, { limitMs: 100 });
    let shown = 0;
    let flood: NodeJS.Timeout | undefined;
    cleanUp.push(async () => clearInterval(flood));
    server.rules.push([
      / UID FETCH/,
      (socket) => {
        clearInterval(flood);
        flood = setInterval(() => socket.write(`* 1 FETCH (UID ${++shown} BODY[HEADER]<0> {2}\r\n\r\n)\r\n`), 10);
      },
    ]);
    server.letters.push({ uid: 1, text: 'Subject: dinner\r\n\r\n' });
    await expect.poll(() => failures[0]?.cause, PATIENCE).toBe('timeout');
    expect(shown).toBeGreaterThan(5);
  });

  test.each<[string, Rule, Failure['cause']]>([
    ['falls silent at NOOP', [/ NOOP$/, ''], 'timeout'],
    ['cuts the connection at NOOP', [/ NOOP$/, CUT], 'closed'],
    ['refuses NOOP', [/^(\S+) NOOP$/, (_socket, [, tag]) => `${tag} NO internal error`], 'refused'],
    ['says BYE', [/ NOOP$/, (socket) => void socket.end('* BYE shutting down\r\n')], 'closed'],
    ['answers noise', [/ NOOP$/, (socket) => void socket.write(`* ${'('.repeat(2_000_000)}\r\n`)], 'protocol'],
    [
      'sends a letter without end',
      [/ UID FETCH/, (socket) => void socket.write('* 1 FETCH (UID 1 BODY[HEADER]<0> {4000000000}\r\n')],
      'protocol',
    ],
  ])('%s: it is told as such, and the next connection is good', async (_name, rule, cause) => {
    const armed = { is: false };
    const [pattern, act] = rule;
    const once: Rule = [
      pattern,
      (socket, match) =>
        armed.is
          ? ((armed.is = false), typeof act === 'function' ? act(socket, match) : act)
          : server.answer(socket, match),
    ];
    const server = await startImap({ rules: [once] });
    const { watcher, states, failures, sightings } = await watch(server.port, { limitMs: 400 });
    armed.is = true;
    const probe = newProbe();
    server.letters.push(letterOf(1, probe));
    watcher.expect(probe);
    await expect.poll(() => states, PATIENCE).toEqual(['up', 'down', 'up']);
    expect(failures.map((it) => it.cause)).toEqual([cause]);
    await expect.poll(() => sightings.map((it) => it.probeId), PATIENCE).toEqual([probe.id]);
  });

  test.each<[string, string, Failure['cause']]>([
    ['greets with BYE', '* BYE too busy', 'refused'],
    ['greets as logged in before TLS', '* PREAUTH welcome', 'protocol'],
    ['greets as another protocol', '220 mail.example ESMTP', 'protocol'],
  ])('%s where STARTTLS is required: no password is sent', async (_name, greeting, cause) => {
    const server = await startScriptedLines({ greeting });
    cleanUp.push(() => server.close());
    const { failures } = await watch(server.port, { tls: 'starttls', ready: false });
    await expect.poll(() => failures.map((it) => it.cause), PATIENCE).toEqual([cause]);
    expect(server.lines.join(' ')).not.toContain('LOGIN');
  });

  test('a login that the server cannot judge is no wrong password', async () => {
    const server = await startImap({
      rules: [[/^(\S+) LOGIN/, (_socket, [, tag]) => `${tag} NO [UNAVAILABLE] try later`]],
    });
    const { failures } = await watch(server.port, { ready: false });
    await expect.poll(() => failures[0]?.cause, PATIENCE).toBe('refused');
  });

  test('a password that the server says back is told nowhere', async () => {
    const server = await startImap({
      rules: [[/^(\S+) LOGIN/, (_socket, [, tag]) => `${tag} NO no alice here whose password is "secret"`]],
    });
    const { failures } = await watch(server.port, { ready: false });
    await expect.poll(() => failures[0]?.cause, PATIENCE).toBe('auth');
    expect(JSON.stringify(failures)).not.toContain('secret');
    expect(failures[0]?.words).toContain('no alice here');
    expect(failures[0]?.detail).toMatch(
      / refused the login for alice \(.*\); check mailboxes\.alice\.user and mailboxes\.alice\.password$/,
    );
  });

  test.each<[string, Rule]>([
    ['that refuses the login', [/^(\S+) LOGIN/, (_socket, [, tag]) => `${tag} NO wrong`]],
    ['that answers the login with noise', [/^(\S+) LOGIN/, 'what?']],
    ['that refuses to open INBOX', [/^(\S+) SELECT/, (_socket, [, tag]) => `${tag} NO gone`]],
    ['that is silent at CAPABILITY', [/^(\S+) CAPABILITY/, '']],
  ])('a server %s keeps no connection of ours', async (_name, rule) => {
    const open = new Set<Socket>();
    const server = await startImap();
    server.rules.push([
      /.*/,
      (socket, match) => {
        if (!open.has(socket)) socket.once('close', () => open.delete(socket));
        open.add(socket);
        const [pattern, act] = rule;
        const found = pattern.exec(match.input ?? '');
        if (found === null) return server.answer(socket, match);
        return typeof act === 'function' ? act(socket, found) : act;
      },
    ]);
    const { failures } = await watch(server.port, { ready: false, limitMs: 200 });
    await expect.poll(() => failures.length, PATIENCE).toBe(1);
    await expect.poll(() => open.size, { timeout: 3_000 }).toBe(0);
  });

  test('sends lines without end: it is given up long before its time is over', async () => {
    const server = await startImap({ rules: [[/ NOOP$/, (socket) => pourLines(socket)]] });
    const { watcher, failures } = await watch(server.port, { limitMs: 60_000 });
    watcher.expect(newProbe());
    await expect.poll(() => failures[0], PATIENCE).toMatchObject({ cause: 'protocol', phase: 'fetch' });
  });

  test('stopping does not wait for a server that is silent', async () => {
    const server = await startImap({ rules: [[/ NOOP$/, '']] });
    const { watcher } = await watch(server.port, { limitMs: 60_000 });
    watcher.expect(newProbe());
    await expect.poll(() => server.lines.some((line) => line.endsWith('NOOP')), PATIENCE).toBe(true);
    await expect(watcher.stop()).resolves.toBeUndefined();
  });
});

describe('instants', () => {
  test('a letter dates from the EXISTS that counted it, and was surely unseen when the last question before was sent', async () => {
    const server = await startImap();
    const { watcher, sightings } = await watch(server.port);
    await expect.poll(() => server.lines.filter((line) => line.endsWith('NOOP')).length, PATIENCE).toBeGreaterThan(1);
    const probe = newProbe();
    const pushedAt = clock.now();
    server.letters.push(letterOf(1, probe));
    watcher.expect(probe);
    await expect.poll(() => sightings.length, PATIENCE).toBe(1);
    const { at, unseenUntil } = visible(sightings[0]);
    expect(at).toBeGreaterThanOrEqual(pushedAt);
    expect(unseenUntil ?? Infinity).toBeLessThanOrEqual(pushedAt);
  });

  test('it was looked through when all its folders were, and not before the first of them was opened', async () => {
    const server = await startImap({ rules: [[/ STATUS .*Junk/, '']] });
    const { watcher } = await watch(server.port, { ready: false });
    await expect.poll(() => server.lines.some((line) => line.includes('STATUS')), PATIENCE).toBe(true);
    expect(watcher.lookedUntil()).toBe(null);
    server.rules.length = 0;
    await watcher.stop();
    const startedAt = clock.now();
    const second = await watch(server.port);
    const first = second.watcher.lookedUntil();
    expect(first).toBeGreaterThanOrEqual(startedAt);
    // Questions at the inbox tell nothing of Junk.
    const asked = (): number => server.lines.filter((line) => line.endsWith('NOOP')).length;
    const before = asked();
    await expect.poll(asked, PATIENCE).toBeGreaterThan(before + 1);
    expect(second.watcher.lookedUntil()).toBeLessThanOrEqual(clock.now());
    const probe = newProbe();
    second.watcher.expect(probe);
    await expect.poll(() => second.watcher.lookedUntil() ?? 0, PATIENCE).toBeGreaterThan(first ?? Infinity);
  });

  test("while nobody could look through the system's fault, the bound moves on when the agent says so", async () => {
    const server = await startImap();
    const probe = newProbe();
    const down = { is: false };
    const { watcher, sightings, states } = await watch(server.port, {
      onFailedLook: (at) => watcher.unreachableUntil(at),
    });
    server.rules.unshift(
      [/ LOGIN /, (socket, match) => (down.is ? CUT : server.answer(socket, match))],
      [/ NOOP$/, (socket, match) => (down.is ? CUT : server.answer(socket, match))],
    );
    down.is = true;
    await expect.poll(() => states.at(-1), PATIENCE).toBe('down');
    const brokenAt = clock.now();
    const connections = server.connections;
    await expect.poll(() => server.connections, PATIENCE).toBeGreaterThan(connections + 1);
    server.letters.push(letterOf(1, probe));
    down.is = false;
    await expect.poll(() => sightings.length, PATIENCE).toBe(1);
    expect(visible(sightings[0]).unseenUntil).toBeGreaterThan(brokenAt);
  });

  test('Junk is asked for only once a probe has waited, and looked into only when it grew', async () => {
    const server = await startImap({ capabilities: 'UIDPLUS' });
    const { watcher, sightings } = await watch(server.port);
    const asked = (): number => server.lines.filter((line) => line.includes('STATUS')).length;
    const atStart = asked();
    const probe = newProbe();
    watcher.expect(probe);
    await expect.poll(asked, PATIENCE).toBeGreaterThan(atStart);
    expect(server.lines.filter((line) => line.includes('SELECT Junk'))).toEqual([]);
    server.junk.push(letterOf(1, probe));
    await expect.poll(() => sightings, PATIENCE).toMatchObject([{ probeId: probe.id, folder: 'Junk', junk: true }]);
    expect(server.lines.filter((line) => line.includes('SELECT Junk'))).toHaveLength(1);
  });

  test('a letter in Junk whose deletion was refused is tried again, though nothing new comes there', async () => {
    const server = await startImap({ capabilities: 'UIDPLUS' });
    let refusals = 2;
    server.rules.push([
      / UID STORE/,
      (socket, match) =>
        refusals-- > 0
          ? void socket.write(`${match.input?.split(' ')[0]} NO not now\r\n`)
          : server.answer(socket, match),
    ]);
    const { watcher, upkeep } = await watch(server.port, { clock: hurried(500) });
    const probe = newProbe();
    watcher.expect(probe);
    server.junk.push(letterOf(1, probe));
    await expect.poll(() => server.junk, PATIENCE).toEqual([]);
    // Ever more seldom, and not in between: two refusals, one success.
    await expect
      .poll(() => upkeep.map(({ deleted, left }) => [deleted, left]), PATIENCE)
      .toEqual([
        [0, 1],
        [0, 1],
        [1, 0],
      ]);
    expect(server.lines.filter((line) => line.includes('SELECT Junk'))).toHaveLength(3);
  });

  test('a letter in Junk whose deletion was refused is tried again after a restart', async () => {
    const server = await startImap({ capabilities: 'UIDPLUS' });
    let refusing = true;
    server.rules.push([
      / UID STORE/,
      (socket, match) =>
        refusing ? void socket.write(`${match.input?.split(' ')[0]} NO not now\r\n`) : server.answer(socket, match),
    ]);
    const marks = new Map<string, Watermark>();
    const first = await watch(server.port, { marks, clock: hurried(500) });
    const probe = newProbe();
    first.watcher.expect(probe);
    server.junk.push(letterOf(1, probe));
    await expect.poll(() => first.upkeep, PATIENCE).toContainEqual(expect.objectContaining({ deleted: 0, left: 1 }));
    await first.watcher.stop();
    refusing = false;
    const second = await watch(server.port, { marks, clock: hurried(500) });
    await expect.poll(() => server.junk, PATIENCE).toEqual([]);
    // It is told once more, as the copy that it is: the agent knows it.
    const [seen] = first.sightings;
    expect(second.sightings).toMatchObject([
      { probeId: probe.id, copyId: seen?.kind === 'visible' ? seen.copyId : '' },
    ]);
  });
});

/** A clock on which time passes so many times as fast: for waits of minutes. */
function hurried(times: number): Clock {
  const from = clock.now();
  return {
    now: () => from + (clock.now() - from) * times,
    shiftAt: () => 0,
    after: (ms, run) => clock.after(ms / times, run),
  };
}

interface WatchChanges {
  readonly isBlank?: boolean;
  readonly open?: Probe;
  readonly marks?: Map<string, Watermark>;
  readonly limitMs?: number;
  readonly clock?: Clock;
  readonly tls?: EndpointSettings['tls'];
  readonly ready?: boolean;
  readonly isShared?: (probe: Probe) => boolean;
  readonly ledgerIsBehind?: () => boolean;
  readonly onFailedLook?: (at: number) => void;
}

async function watch(port: number, changes: WatchChanges = {}) {
  const sightings: Sighting[] = [];
  const foreign: string[] = [];
  const states: string[] = [];
  const failures: Failure[] = [];
  const upkeep: { deleted: number; left: number; words: string | undefined }[] = [];
  const marks = changes.marks ?? new Map<string, Watermark>();
  const watcher = createMailboxWatcher({
    system: 'corp',
    mailbox: {
      name: 'alice',
      address: 'alice@corp.example',
      user: 'alice',
      password: new Secret('secret'),
      junk: null,
      watch: 'imap',
    },
    imap: { host: '127.0.0.1', port, tls: changes.tls ?? 'none', verify: true },
    gapMs: 0,
    refused_login_wait: 300_000,
    tokens,
    watermarks: {
      isBlank: changes.isBlank ?? true,
      get: async (_system, _mailbox, folder) => marks.get(folder) ?? null,
      set: async (_system, _mailbox, folder, mark) => void marks.set(folder, mark),
    },
    resolver,
    clock: changes.clock ?? clock,
    logins: createAuthPacing(),
    log: silentLog,
    random: () => 1,
    isShared: changes.isShared,
    observer: {
      sighted: (sighting) => void sightings.push(sighting),
      foreign: (_place, what) => void foreign.push(what),
      watching(_mailbox, state, failure) {
        states.push(state);
        if (failure !== undefined) failures.push(failure);
      },
      upkeep: (_mailbox, deleted, left, words) => void upkeep.push({ deleted, left, words }),
      ledgerIsBehind: changes.ledgerIsBehind ?? (() => false),
      written: async () => {},
    },
    limitMs: changes.limitMs ?? (changes.clock && HOUR),
    slowGapMs: changes.clock === undefined ? 20 : SECOND,
    onFailedLook: (_failure, at) => changes.onFailedLook?.(at),
  });
  if (changes.open !== undefined) watcher.expect(changes.open);
  cleanUp.push(() => watcher.stop());
  watcher.start();
  if (changes.ready !== false) await vi.waitUntil(() => states[0] === 'up', PATIENCE);
  return { watcher, sightings, foreign, states, failures, upkeep };
}

interface FakeLetter {
  readonly uid: number;
  readonly text: string;
}

interface FakeImap {
  readonly port: number;
  readonly lines: string[];
  readonly connections: number;
  /** Before those of the server itself. */
  readonly rules: Rule[];
  readonly letters: FakeLetter[];
  readonly junk: FakeLetter[];
  /** As SELECT tells it; STATUS says 6. */
  junkValidity: number;
  answer(socket: Socket, match: RegExpMatchArray): void;
}

/** As much of an IMAP server as the watcher speaks to, telling what came at NOOP only; `rules` come before its own answers. */
async function startImap(
  changes: { capabilities?: string; trash?: boolean; rules?: Rule[]; uidNext?: 'status only' } = {},
): Promise<FakeImap> {
  const letters: FakeLetter[] = [];
  const junk: FakeLetter[] = [];
  const rules: Rule[] = [...(changes.rules ?? [])];
  const fake = { rules, letters, junk, junkValidity: 6, answer };
  const sessions = new WeakMap<Socket, { folder: FakeLetter[]; told: number }>();
  const capabilities = `CAPABILITY IMAP4rev1 ${changes.capabilities ?? ''}`.trim();

  function answer(socket: Socket, match: RegExpMatchArray): void {
    const [tag = '', name = '', ...rest] = (match.input ?? '').split(' ');
    const session = sessions.get(socket) ?? { folder: letters, told: 0 };
    sessions.set(socket, session);
    const say = (...replies: string[]): void =>
      void socket.write([...replies, `${tag} OK done`].map((line) => `${line}\r\n`).join(''));
    const numbers = (folder: readonly FakeLetter[]): number => (folder.at(-1)?.uid ?? 0) + 1;
    switch (name === 'UID' ? `UID ${rest[0]}` : name) {
      case 'CAPABILITY':
        return say(`* ${capabilities}`);
      case 'LIST': {
        const folders = ['INBOX', 'Junk', ...(changes.trash === true ? ['Trash'] : [])];
        const pattern = rest[1] ?? '';
        if (pattern === '""') return say('* LIST (\\Noselect) "/" ""');
        return say(
          ...folders
            .filter((folder) => pattern.includes('*') || pattern.includes(folder))
            .map((folder) => `* LIST () "/" ${folder}`),
        );
      }
      case 'SELECT':
        session.folder = rest[0] === 'INBOX' ? letters : junk;
        session.told = session.folder.length;
        return say(
          '* FLAGS (\\Deleted)',
          `* ${session.told} EXISTS`,
          `* OK [UIDVALIDITY ${session.folder === letters ? 5 : fake.junkValidity}] ok`,
          ...(changes.uidNext === undefined ? [`* OK [UIDNEXT ${numbers(session.folder)}] ok`] : []),
        );
      case 'STATUS':
        return rest[0] === 'INBOX'
          ? say(`* STATUS INBOX (UIDNEXT ${numbers(letters)} UIDVALIDITY 5)`)
          : say(`* STATUS Junk (UIDNEXT ${numbers(junk)} UIDVALIDITY 6)`);
      case 'NOOP': {
        const grown = session.folder.length !== session.told;
        session.told = session.folder.length;
        return say(...(grown ? [`* ${session.told} EXISTS`] : []));
      }
      case 'UID FETCH':
        return say(...fetched(session.folder, rest[1] ?? '', match.input ?? ''));
      case 'UID EXPUNGE':
      case 'UID MOVE': {
        const seqs = session.folder
          .flatMap((letter, index) => (chosen(letter, rest[1] ?? '', 0) ? [index] : []))
          .reverse();
        for (const index of seqs) session.folder.splice(index, 1);
        session.told = session.folder.length;
        return say(...seqs.map((index) => `* ${index + 1} EXPUNGE`));
      }
      case 'LOGOUT':
        socket.end(`* BYE\r\n${tag} OK done\r\n`);
        return;
      default:
        return say();
    }
  }

  const server = await startScriptedLines({
    greeting: '* OK ready',
    rules: [
      [
        /.*/,
        (socket, match) => {
          for (const [pattern, act] of rules) {
            const found = pattern.exec(match.input ?? '');
            if (found !== null) return typeof act === 'function' ? act(socket, found) : act;
          }
          return answer(socket, match);
        },
      ],
    ],
  });
  cleanUp.push(() => server.close());
  return Object.defineProperties(fake, Object.getOwnPropertyDescriptors(server)) as FakeImap;
}

function fetched(folder: readonly FakeLetter[], set: string, command: string): string[] {
  const last = folder.at(-1)?.uid ?? 0;
  const key = /BODY\.PEEK(\[[^\]]*\])/.exec(command)?.[1] ?? '[]';
  const partial = command.includes('<0.') ? '<0>' : '';
  return folder.flatMap((letter, index) =>
    chosen(letter, set, last)
      ? [
          `* ${index + 1} FETCH (UID ${letter.uid} BODY${key}${partial} {${Buffer.byteLength(letter.text)}}\r\n${letter.text})`,
        ]
      : [],
  );
}

/** Whether a sequence set names the letter; `last` is what `*` stands for. */
function chosen({ uid }: FakeLetter, set: string, last: number): boolean {
  return set.split(',').some((part) => {
    const [from = 0, to = from] = part.split(':').map((number) => (number === '*' ? last : Number(number)));
    return Math.min(from, to) <= uid && uid <= Math.max(from, to);
  });
}

function letterOf(uid: number, probe: Probe): FakeLetter {
  return { uid, text: `Subject: probe\r\n${TOKEN_HEADER}: ${tokens.sign(probe)}\r\n\r\n` };
}

function reportOf(probe: Probe): string {
  return [
    'Content-Type: multipart/report; boundary=b',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    'Final-Recipient: rfc822; bob@example.org',
    'Action: failed',
    'Status: 5.1.1',
    '',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    `${TOKEN_HEADER}: ${tokens.sign(probe)}`,
    '',
    '--b--',
    '',
  ].join('\r\n');
}

function newProbe(changes: Partial<Probe> = {}): Probe {
  const launchedAt = Math.floor(clock.now());
  return { id: newProbeId(), system: 'corp', route: 'in', kind: 'internal', mailbox: 'alice', launchedAt, ...changes };
}

function visible(sighting: Sighting | undefined): Extract<Sighting, { kind: 'visible' }> {
  if (sighting?.kind !== 'visible') throw new Error(`not a visible sighting: ${JSON.stringify(sighting)}`);
  return sighting;
}

/** Lines that each look well, as fast as they are read. */
function pourLines(socket: Socket): void {
  const chunk = '* OK still not at the point\r\n'.repeat(1_000);
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}
