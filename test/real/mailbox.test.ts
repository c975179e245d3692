import { createTransport } from 'nodemailer';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { MailboxSettings, SystemSettings } from '../../src/config/settings.ts';
import { silentLog } from '../../src/lib/log.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createSystemClock } from '../../src/lib/system-clock.ts';
import { createResolver } from '../../src/net/resolve.ts';
import { createTurns } from '../../src/probe/turns.ts';
import { createWatcher, type WatcherOptions } from '../../src/observe/registry.ts';
import { createAuthPacing } from '../../src/probe/auth-pacing.ts';
import type { MailboxWatcher, Watermark } from '../../src/probe/ports.ts';
import type { Probe } from '../../src/probe/probe.ts';
import type { Sighting } from '../../src/probe/sighting.ts';
import { createTokens, newProbeId, TOKEN_HEADER } from '../../src/probe/token.ts';
import type { Failure } from '../../src/probe/visit.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { withImap } from '../lab/dialogue.ts';
import { startLab, type Lab } from '../lab/lab.ts';

const clock = createSystemClock();
const resolver = createResolver({ servers: [], family: 'ipv4-only' });
const tokens = createTokens({ instance: 'here', key: Buffer.alloc(32, 7) });
const strangers = createTokens({ instance: 'there', key: Buffer.alloc(32, 8) });
/** Longest wait for what a real server does. */
const PATIENCE = { timeout: 20_000, interval: 20 };

describeLab('watching a mailbox of a real Dovecot', () => {
  let lab: Lab;
  const watchers: MailboxWatcher[] = [];

  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(async () => lab?.stop());
  afterEach(async () => {
    for (const watcher of watchers.splice(0)) await watcher.stop();
    await lab.faults.clear();
    await withImap(lab, lab.users.alice, async (client) => {
      for (const folder of ['INBOX', 'Junk']) {
        if ((await client.mailboxOpen(folder).catch(() => null)) === null) continue;
        await client.messageDelete('1:*', { uid: true });
      }
    });
  });

  test.each(['implicit', 'starttls'] as const)(
    'a probe is seen after it was saved and is deleted (IMAP, %s)',
    async (tls) => {
      const { watcher, sightings, upkeep } = await watch({ tls });
      const probe = newProbe();
      const messageId = await deliver(probe);
      watcher.expect(probe);
      await expect.poll(() => sightings, PATIENCE).toHaveLength(1);
      const [sighting] = sightings;
      expect(sighting).toMatchObject({
        kind: 'visible',
        probeId: probe.id,
        mailbox: 'alice',
        folder: 'INBOX',
        junk: false,
      });
      const { savedAt = 0 } = await lab.truth.until(messageId, (truth) => truth.savedAt !== undefined);
      // The log stamps about a millisecond after the file is there, more on a busy machine.
      expect(sighting?.at).toBeGreaterThan(savedAt - 50);
      const { unseenUntil, headers } = visible(sighting);
      expect(unseenUntil).toBeLessThan(sighting?.at ?? 0);
      expect(headers).toContain(`Message-ID: ${messageId}`);
      await expect.poll(() => upkeep, PATIENCE).toContainEqual({ deleted: 1, left: 0 });
      expect(await stateOf('INBOX')).toEqual([]);
    },
  );

  test('letters of others stay as they are, flags and all', async () => {
    const { watcher, sightings, foreign, upkeep } = await watch();
    const letters = Array.from(
      { length: 20 },
      (_, index) => lettersOfOthers[index % lettersOfOthers.length]?.(index) ?? '',
    );
    await withImap(lab, lab.users.alice, async (client) => {
      for (const [index, letter] of letters.entries()) {
        // One that its owner has marked as deleted himself: a plain EXPUNGE would take it along.
        await client.append('INBOX', letter, index % 3 === 0 ? ['\\Flagged'] : index === 4 ? ['\\Deleted'] : []);
      }
    });
    const before = await stateOf('INBOX');
    expect(before).toHaveLength(20);
    const probes = [newProbe(), newProbe(), newProbe()];
    for (const probe of probes) {
      await deliver(probe);
      watcher.expect(probe);
    }
    await expect.poll(() => sightings.length, PATIENCE).toBe(3);
    await expect.poll(() => upkeep.reduce((sum, { deleted }) => sum + deleted, 0), PATIENCE).toBe(3);
    expect(await stateOf('INBOX')).toEqual(before);
    expect([...new Set(foreign)].sort()).toEqual(['forged', 'malformed', 'other-instance']);
  });

  test('a probe that was filed to Junk is found there and deleted there', async () => {
    const { watcher, sightings } = await watch();
    await lab.faults.junk(lab.users.alice.address);
    const probe = newProbe();
    const messageId = await deliver(probe);
    watcher.expect(probe);
    await expect.poll(() => sightings, PATIENCE).toHaveLength(1);
    expect(sightings[0]).toMatchObject({ kind: 'visible', probeId: probe.id, folder: 'Junk', junk: true });
    const { savedAt = 0 } = await lab.truth.until(messageId, (truth) => truth.savedAt !== undefined);
    expect(visible(sightings[0]).unseenUntil ?? Infinity).toBeLessThan(savedAt);
    await expect.poll(() => stateOf('Junk'), PATIENCE).toEqual([]);
    await lab.faults.clear();
    const next = newProbe();
    await deliver(next);
    watcher.expect(next);
    await expect.poll(() => sightings.at(-1), PATIENCE).toMatchObject({ probeId: next.id, junk: false });
  });

  test('a duplicate is told as a sighting of its own', async () => {
    const { watcher, sightings } = await watch();
    await lab.faults.duplicate(lab.users.alice.address);
    const probe = newProbe();
    await deliver(probe);
    watcher.expect(probe);
    await expect.poll(() => sightings, PATIENCE).toHaveLength(2);
    expect(new Set(sightings.map((it) => it.probeId))).toEqual(new Set([probe.id]));
    expect(new Set(sightings.map((it) => visible(it).copyId)).size).toBe(2);
  });

  test("a bounce of a probe of ours is told with the remote's words, and deleted", async () => {
    const { sightings, upkeep } = await watch();
    const probe = newProbe({ kind: 'outbound', mailbox: null });
    await deliver(probe, lab.goneAddress);
    await expect.poll(() => sightings, PATIENCE).toHaveLength(1);
    expect(sightings[0]).toMatchObject({ kind: 'bounce', probeId: probe.id, permanent: true });
    await expect.poll(() => upkeep, PATIENCE).toContainEqual({ deleted: 1, left: 0 });
  });

  test('a restart tells what came meanwhile, and nothing twice', async () => {
    const marks = new Map<string, Watermark>();
    const first = await watch({ marks });
    const [before, meanwhile] = [newProbe(), newProbe()];
    await deliver(before);
    first.watcher.expect(before);
    await expect.poll(() => first.sightings, PATIENCE).toHaveLength(1);
    await first.watcher.stop();
    await lab.truth.until(await deliver(meanwhile), (truth) => truth.savedAt !== undefined);
    const second = await watch({ marks });
    await expect.poll(() => second.sightings, PATIENCE).toHaveLength(1);
    expect(second.sightings[0]).toMatchObject({ probeId: meanwhile.id, unseenUntil: null });
  });

  test('a new UIDVALIDITY makes the folder be read anew, and no copy counts twice', async () => {
    const { watcher, sightings, states } = await watch();
    const seen = newProbe();
    await deliver(seen);
    watcher.expect(seen);
    await expect.poll(() => sightings, PATIENCE).toHaveLength(1);
    await withImap(lab, lab.users.alice, async (client) => {
      await client.append('INBOX', lettersOfOthers[0]?.(0) ?? '');
    });
    await lab.faults.changeUidValidity(lab.users.alice.login);
    await expect.poll(() => states.at(-1), PATIENCE).toBe('up');
    const probe = newProbe();
    await deliver(probe);
    watcher.expect(probe);
    await expect.poll(() => sightings.map((it) => it.probeId), PATIENCE).toContain(probe.id);
    const copies = new Map(sightings.map((it) => [visible(it).copyId, it.probeId]));
    expect([...copies.values()].sort()).toEqual([seen.id, probe.id].sort());
    // Only the other's letter is left in the end.
    await expect.poll(() => stateOf('INBOX').then((letters) => letters.length), PATIENCE).toBe(1);
  });

  test('letters that others expunge do not mix up the instants', async () => {
    const { watcher, sightings } = await watch();
    await withImap(lab, lab.users.alice, async (client) => {
      for (let index = 0; index < 5; index++) await client.append('INBOX', lettersOfOthers[0]?.(index) ?? '');
    });
    const probe = newProbe();
    const [messageId] = await Promise.all([
      deliver(probe),
      withImap(lab, lab.users.alice, async (client) => {
        await client.mailboxOpen('INBOX');
        await client.messageDelete('1:3');
      }),
    ]);
    watcher.expect(probe);
    await expect.poll(() => sightings, PATIENCE).toHaveLength(1);
    const { savedAt = 0 } = await lab.truth.until(messageId, (truth) => truth.savedAt !== undefined);
    expect(sightings[0]?.at).toBeGreaterThan(savedAt - 50);
    expect(visible(sightings[0]).unseenUntil ?? Infinity).toBeLessThan(savedAt);
  });

  test('a restart of the server is told and got over; what came meanwhile keeps its bound', async () => {
    const { watcher, sightings, states, failures } = await watch();
    const undo = await lab.faults.stopDovecot();
    await expect.poll(() => states, PATIENCE).toEqual(['up', 'down']);
    await undo();
    await expect.poll(() => states, PATIENCE).toEqual(['up', 'down', 'up']);
    expect(['closed', 'connect']).toContain(failures[0]?.cause);
    const probe = newProbe();
    await deliver(probe);
    watcher.expect(probe);
    await expect.poll(() => sightings, PATIENCE).toHaveLength(1);
  });

  test('a server that is there and says nothing is noticed', async () => {
    const { states, failures } = await watch({ limitMs: 500 });
    const undo = await lab.faults.freezeDovecot();
    await expect.poll(() => states, PATIENCE).toEqual(['up', 'down']);
    expect(failures[0]).toMatchObject({ cause: 'timeout' });
    await undo();
    await expect.poll(() => states, PATIENCE).toEqual(['up', 'down', 'up']);
  });

  test('a wrong password is told as such, and is not repeated at once', async () => {
    const looks: Failure[] = [];
    const { states, failures } = await watch({
      password: 'wrong',
      ready: false,
      onFailedLook: (failure) => looks.push(failure),
    });
    await expect.poll(() => states, PATIENCE).toEqual(['down']);
    expect(failures[0]).toMatchObject({ cause: 'auth', phase: 'auth' });
    expect(failures[0]?.detail).toContain('check mailboxes.alice.user');
    expect(JSON.stringify(failures)).not.toContain('wrong');
    expect(looks).toHaveLength(1);
  });

  test('a certificate for another name ends it before the login', async () => {
    const { failures } = await watch({ serverName: 'other.example', ready: false });
    await expect.poll(() => failures[0]?.cause, PATIENCE).toBe('certificate');
  });

  test.each(['implicit', 'starttls'] as const)(
    'over POP3 a probe is seen, a bounce told, and letters of others stay (%s)',
    async (tls) => {
      await withImap(lab, lab.users.alice, async (client) => {
        await client.append('INBOX', lettersOfOthers[0]?.(0) ?? '');
      });
      const { watcher, sightings, upkeep } = await watch({ kind: 'pop3', tls });
      await withImap(lab, lab.users.alice, async (client) => {
        for (let index = 0; index < 5; index++) await client.append('INBOX', lettersOfOthers[index]?.(index) ?? '');
      });
      const before = await stateOf('INBOX');
      const probe = newProbe();
      const outbound = newProbe({ kind: 'outbound', mailbox: null });
      await deliver(outbound, lab.goneAddress);
      await deliver(probe);
      watcher.expect(probe);
      await expect
        .poll(() => sightings.map((it) => `${it.kind} ${it.probeId}`).sort(), PATIENCE)
        .toEqual([`bounce ${outbound.id}`, `visible ${probe.id}`]);
      expect(visible(sightings.find((it) => it.kind === 'visible')).unseenUntil).not.toBeNull();
      await expect.poll(() => upkeep.reduce((sum, { deleted }) => sum + deleted, 0), PATIENCE).toBe(2);
      expect(await stateOf('INBOX')).toEqual(before);
    },
  );

  // ---- what the tests above are written with ----

  async function watch(changes: WatchChanges = {}) {
    const { alice } = lab.users;
    const kind = changes.kind ?? 'imap';
    const tls = changes.tls ?? 'implicit';
    const mailbox: MailboxSettings = {
      name: 'alice',
      address: alice.address,
      user: alice.login,
      password: new Secret(changes.password ?? alice.password),
      junk: null,
      watch: kind,
    };
    const server = {
      host: '127.0.0.1',
      tls,
      ca: lab.ca,
      server_name: changes.serverName ?? lab.hostname,
      verify: true,
    };
    const system = {
      name: 'corp',
      mailbox_gap: 0,
      refused_login_wait: 300_000,
      own_mail_limit: 500,
      imap: { ...server, port: tls === 'implicit' ? lab.ports.imaps : lab.ports.imap },
      pop3: { ...server, port: tls === 'implicit' ? lab.ports.pop3s : lab.ports.pop3 },
    } as SystemSettings;
    const marks = changes.marks ?? new Map<string, Watermark>();
    const sightings: Sighting[] = [];
    const states: string[] = [];
    const failures: Failure[] = [];
    const foreign: string[] = [];
    const upkeep: { deleted: number; left: number }[] = [];
    const watcher = createWatcher({
      turns: createTurns(),
      system,
      mailbox,
      tokens,
      watermarks: {
        isBlank: true,
        get: async (_system, _mailbox, folder) => marks.get(folder) ?? null,
        set: async (_system, _mailbox, folder, mark) => void marks.set(folder, mark),
      },
      resolver,
      clock,
      logins: createAuthPacing(),
      log: silentLog,
      observer: {
        sighted: (sighting) => void sightings.push(sighting),
        foreign: (_place, what) => void foreign.push(what),
        watching(_mailbox, state, failure) {
          states.push(state);
          if (failure !== undefined) failures.push(failure);
        },
        upkeep: (_mailbox, deleted, left) => void upkeep.push({ deleted, left }),
        ledgerIsBehind: () => false,
        written: async () => {},
      },
      slowGapMs: 200,
      limitMs: changes.limitMs,
      onFailedLook: changes.onFailedLook,
    });
    watchers.push(watcher);
    watcher.start();
    if (changes.ready !== false) await vi.waitUntil(() => states[0] === 'up', PATIENCE);
    return { watcher, sightings, states, failures, foreign, upkeep };
  }

  async function deliver(probe: Probe, to = lab.users.alice.address): Promise<string> {
    // Bounces go to the mailbox that is watched.
    const from = lab.users.alice;
    const transport = createTransport({
      host: '127.0.0.1',
      port: lab.ports.submissions,
      secure: true,
      tls: { ca: lab.ca },
      auth: { user: from.login, pass: from.password },
    });
    const messageId = `<${probe.id}@tests.example>`;
    try {
      const raw = `Message-ID: ${messageId}\r\nFrom: <${from.address}>\r\nSubject: probe\r\n${TOKEN_HEADER}: ${tokens.sign(probe)}\r\n\r\nhello\r\n`;
      await transport.sendMail({ envelope: { from: from.address, to }, raw });
    } finally {
      transport.close();
    }
    return messageId;
  }

  async function stateOf(folder: string): Promise<unknown[]> {
    return withImap(lab, lab.users.alice, async (client) => {
      await client.mailboxOpen(folder, { readOnly: true });
      const letters: unknown[] = [];
      for await (const { uid, flags, source } of client.fetch('1:*', { uid: true, flags: true, source: true })) {
        letters.push({
          uid,
          flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
          source: source?.toString(),
        });
      }
      return letters;
    });
  }
});

interface WatchChanges extends Partial<Pick<WatcherOptions, 'limitMs' | 'onFailedLook'>> {
  readonly kind?: 'imap' | 'pop3';
  readonly tls?: 'implicit' | 'starttls';
  readonly password?: string;
  readonly serverName?: string;
  readonly marks?: Map<string, Watermark>;
  /** False: it will not get as far as looking. */
  readonly ready?: boolean;
}

function newProbe(changes: Partial<Probe> = {}): Probe {
  const launchedAt = Math.floor(clock.now());
  return { id: newProbeId(), system: 'corp', route: 'in', kind: 'internal', mailbox: 'alice', launchedAt, ...changes };
}

function visible(sighting: Sighting | undefined): Extract<Sighting, { kind: 'visible' }> {
  if (sighting?.kind !== 'visible') throw new Error(`not a visible sighting: ${JSON.stringify(sighting)}`);
  return sighting;
}

/** Each looks like one of ours in its own way, or like nothing of the kind. */
const lettersOfOthers: readonly ((index: number) => string)[] = [
  (index) => `Subject: dinner ${index}\r\n\r\nAt eight?\r\n`,
  () => `Subject: of another agent\r\n${TOKEN_HEADER}: ${strangers.sign(newProbe())}\r\n\r\n.\r\n`,
  () => `Subject: forged\r\n${TOKEN_HEADER}: ${tokens.sign(newProbe()).replace(/mac=..../, 'mac=0000')}\r\n\r\n.\r\n`,
  () => `Subject: no token\r\n${TOKEN_HEADER}: yes\r\n\r\n.\r\n`,
  () => `Subject: Re: a probe\r\n\r\n> ${TOKEN_HEADER}: ${tokens.sign(newProbe())}\r\n`,
  () => report(strangers.sign(newProbe()), '<>'),
  () => report(tokens.sign(newProbe()), '<someone@example.org>'),
];

function report(token: string, returnPath: string): string {
  return [
    `Return-Path: ${returnPath}`,
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    'Final-Recipient: rfc822; a@example.org',
    'Action: failed',
    'Status: 5.1.1',
    '',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    `${TOKEN_HEADER}: ${token}`,
    '',
    '--b--',
    '',
  ].join('\r\n');
}
