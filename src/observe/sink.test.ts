import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { createTransport, type SMTPSentMessageInfo } from 'nodemailer';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SinkSettings } from '../config/settings.ts';
import { silentLog } from '../lib/log.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import type { Observer, Sink } from '../probe/ports.ts';
import type { Probe } from '../probe/probe.ts';
import type { Sighting } from '../probe/sighting.ts';
import { createTokens, newProbeId, NO_PROBE_ID, RETURN_ID, TOKEN_HEADER } from '../probe/token.ts';
import { makeCertificate, type ServerCertificate } from './certificate.ts';
import { createSink } from './sink.ts';

const DOMAIN = 'sink.example';
const clock = createSystemClock();
const tokens = createTokens({ instance: 'here', key: Buffer.alloc(32, 7) });
let certificate: ServerCertificate;
const cleanUp: (() => Promise<unknown> | void)[] = [];
let behind = false;
let written = Promise.resolve();

beforeAll(async () => {
  certificate = await makeCertificate(DOMAIN, clock.now());
});

afterEach(async () => {
  behind = false;
  written = Promise.resolve();
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

describe('the sink takes letters to our own addresses', () => {
  test('a contact dates from the accept of the connection, and the copy follows with its headers', async () => {
    const { sink, sightings } = await startSink();
    const probe = newProbe();
    const before = clock.now();
    const info = await deliver(sink, probe, letterOf(probe));
    expect(info.response).toContain(probe.id);
    expect(sightings.map((it) => it.kind)).toEqual(['contact', 'copy']);
    const [contact, copy] = sightings;
    expect(contact?.at).toBeGreaterThanOrEqual(before);
    // smtp-server greets 100 ms late by a timer of its own; the contact must not have waited for that.
    expect((copy?.at ?? 0) - (contact?.at ?? 0)).toBeGreaterThanOrEqual(99);
    expect(copy).toMatchObject({ probeId: probe.id, altered: false });
    expect(copy?.kind === 'copy' ? copy.headers : '').toMatch(/^Subject: probe\r\n/);
  });

  test('of several letters in one connection only the first dates from the accept', async () => {
    const { sink, sightings } = await startSink();
    const client = await dialogue(sink);
    const probes = [newProbe(), newProbe()];
    for (const probe of probes) {
      await client.say('MAIL FROM:<a@example.org>');
      await client.say(`RCPT TO:<${tokens.sinkAddress(probe.id, DOMAIN)}>`);
      await client.say('DATA');
      expect(await client.say(`${letterOf(probe)}\r\n.`)).toContain(probe.id);
    }
    const contacts = sightings.filter((it) => it.kind === 'contact');
    expect(contacts.map((it) => it.probeId)).toEqual(probes.map((it) => it.id));
    expect(contacts[0]?.at).toBeLessThanOrEqual(client.connectedAt);
    const firstCopy = sightings.find((it) => it.kind === 'copy');
    expect(contacts[1]?.at).toBeGreaterThan(firstCopy?.at ?? Infinity);
  });

  test.each([
    ['of a probe', newProbeId()],
    ['that submission checks ask for', NO_PROBE_ID],
  ])('a connection that asks for an address %s and sends no letter is no contact', async (_name, id) => {
    const { sink, sightings } = await startSink();
    const client = await dialogue(sink);
    await client.say('MAIL FROM:<>');
    expect(await client.say(`RCPT TO:<${tokens.sinkAddress(id, DOMAIN)}>`)).toMatch(/^250 /);
    expect(await client.say('QUIT')).toMatch(/^221 /);
    expect(sightings).toEqual([]);
  });

  test.each([
    ['without its token', () => 'Subject: probe\r\n\r\nhello'],
    ['with the token of another probe', () => letterOf(newProbe())],
    ['with a forged token', (probe: Probe) => letterOf(probe).replace(/mac=..../, 'mac=0000')],
  ])('a letter that comes %s is told as altered', async (_name, letter) => {
    const { sink, sightings } = await startSink();
    const probe = newProbe();
    await deliver(sink, probe, letter(probe));
    expect(sightings[1]).toMatchObject({ kind: 'copy', probeId: probe.id, altered: true });
  });

  test('an address in upper case is ours all the same', async () => {
    const { sink, sightings } = await startSink();
    const probe = newProbe();
    await deliver(sink, probe, letterOf(probe), tokens.sinkAddress(probe.id, DOMAIN).toUpperCase());
    expect(sightings).toHaveLength(2);
  });

  test('while the ledger is behind the mail system keeps the letter: its contact is told, a copy when it comes again', async () => {
    const { sink, sightings } = await startSink();
    const probe = newProbe();
    behind = true;
    await expect(deliver(sink, probe, letterOf(probe))).rejects.toThrow(/452/);
    expect(sightings.map((it) => it.kind)).toEqual(['contact']);
    behind = false;
    await deliver(sink, probe, letterOf(probe));
    expect(sightings.map((it) => it.kind)).toEqual(['contact', 'contact', 'copy']);
    expect(sightings[2]?.signed?.id).toBe(probe.id);
  });

  test('a letter has its 250 when its copy is on disk, and a sink that stops waits for that', async () => {
    const { sink, sightings } = await startSink();
    const probe = newProbe();
    let release = (): void => {};
    written = new Promise((resolve) => (release = resolve));
    let accepted = false;
    const delivered = deliver(sink, probe, letterOf(probe)).then(() => (accepted = true));
    await expect.poll(() => sightings.length).toBe(2);
    const stopped = sink.stop();
    await new Promise(setImmediate);
    expect(accepted).toBe(false);
    release();
    expect(await delivered).toBe(true);
    await stopped;
  });

  test('headers are kept up to 16 KiB', async () => {
    const { sink, sightings } = await startSink();
    const probe = newProbe();
    await deliver(sink, probe, `${'X-Long: 0123456789\r\n'.repeat(2_000)}${letterOf(probe)}`);
    const copy = sightings[1];
    expect(copy?.kind === 'copy' ? copy.headers.length : 0).toBe(16_384);
  });
});

describe('reports about inbound probes', () => {
  const inbound = (): Probe => ({ ...newProbe(), kind: 'inbound', mailbox: 'alice' });
  const returnPath = tokens.sinkAddress(RETURN_ID, DOMAIN);

  async function bring(sink: Sink, raw: string, from = ''): Promise<string> {
    const client = await dialogue(sink);
    await client.say(`MAIL FROM:<${from}>`);
    const asked = await client.say(`RCPT TO:<${returnPath}>`);
    if (!asked.startsWith('250')) return asked;
    await client.say('DATA');
    return await client.say(`${raw}\r\n.`);
  }

  test('one is taken, and tells the words of the remote', async () => {
    const { sink, sightings, foreign } = await startSink();
    const probe = inbound();
    expect(await bring(sink, reportOf(probe))).toMatch(/^250 .*report of probe/);
    const told = { kind: 'bounce', probeId: probe.id, mailbox: null, permanent: true, enhanced: '5.2.2' };
    expect(sightings).toMatchObject([{ ...told, words: '552 5.2.2 quota exceeded' }]);
    expect(foreign).toEqual([]);
  });

  test('one of a delay ends nothing, and is taken', async () => {
    const { sink, sightings } = await startSink();
    expect(await bring(sink, reportOf(inbound()).replace('Action: failed', 'Action: delayed'))).toMatch(/^250 /);
    expect(sightings).toMatchObject([{ kind: 'bounce', permanent: false }]);
  });

  test.each([
    ['with a sender', () => [reportOf(inbound()), 'a@example.org'], /^550 5\.1\.1 /],
    ['that is none', () => ['Subject: buy\r\n\r\nnow'], /^550 /],
    ['that embeds no token', () => [reportOf(inbound()).replace(`${TOKEN_HEADER}:`, 'X-Other:')], /^550 /],
    ['with a forged token', () => [reportOf(inbound()).replace(/mac=..../, 'mac=0000')], /^550 /],
    ['about an outbound probe', () => [reportOf(newProbe())], /^550 /],
  ] as const)('one %s is refused', async (_name, report, reply) => {
    const { sink, sightings, foreign } = await startSink();
    const [raw = '', from] = report();
    expect(await bring(sink, raw, from)).toMatch(reply);
    expect(sightings).toEqual([]);
    expect(foreign).toEqual(['stranger']);
  });

  test('one past the limit is cut off, and a large one within it is read as far as it tells something', async () => {
    const { sink, sightings, foreign } = await startSink({ max_size: 600_000 });
    const filled = (bytes: number): string => reportOf(inbound()) + `${'x'.repeat(998)}\r\n`.repeat(bytes / 1_000);
    expect(await bring(sink, filled(500_000))).toMatch(/^250 /);
    expect(sightings).toHaveLength(1);
    const client = await dialogue(sink);
    await client.say('MAIL FROM:<>');
    await client.say(`RCPT TO:<${returnPath}>`);
    await client.say('DATA');
    client.socket.write(`${filled(700_000)}\r\n.\r\n`);
    await client.closed;
    expect(sightings).toHaveLength(1);
    expect(foreign).toEqual(['limit']);
  });

  test('while the ledger is behind the mail system keeps it', async () => {
    const { sink, sightings } = await startSink();
    behind = true;
    expect(await bring(sink, reportOf(inbound()))).toMatch(/^452 /);
    expect(sightings).toEqual([]);
  });
});

describe('STARTTLS', () => {
  test('our own certificate is shown, and a letter under TLS keeps the accept of its connection', async () => {
    const { sink, sightings } = await startSink();
    const client = await dialogue(sink);
    const upgraded = await client.startTls();
    expect(new X509Certificate(upgraded.getPeerCertificate().raw).subjectAltName).toBe(`DNS:${DOMAIN}`);
    const probe = newProbe();
    await client.say('EHLO again');
    await client.say('MAIL FROM:<a@example.org>');
    await client.say(`RCPT TO:<${tokens.sinkAddress(probe.id, DOMAIN)}>`);
    await client.say('DATA');
    expect(await client.say(`${letterOf(probe)}\r\n.`)).toMatch(/^250 /);
    expect(sightings[0]?.at).toBeLessThanOrEqual(client.connectedAt);
  });

  test('TLS 1.1 is refused', async () => {
    const { sink } = await startSink();
    const client = await dialogue(sink);
    await expect(client.startTls('TLSv1.1')).rejects.toThrow(/protocol version/);
  });

  test('stopping in the middle of a handshake harms nobody', async () => {
    const { sink } = await startSink();
    const client = await dialogue(sink);
    await client.say('STARTTLS');
    client.socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0]));
    // Its turn comes after the bytes above were read.
    await dialogue(sink);
    await sink.stop();
    await expect(client.closed).resolves.toBeDefined();
  });

  test('a handshake that never ends is cut off', async () => {
    const { sink } = await startSink({ timeout: 150 });
    const client = await dialogue(sink);
    await client.say('STARTTLS');
    client.socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0]));
    await expect(client.closed).resolves.toBeDefined();
  });
});

describe('what a stranger may not do', () => {
  test.each([
    ['another local part', 'postmaster@sink.example'],
    ['our local part at another domain', () => tokens.sinkAddress(newProbe().id, 'example.org')],
    ['an id without its MAC', () => `${newProbe().id}@${DOMAIN}`],
    [
      'a wrong MAC',
      () => tokens.sinkAddress(newProbe().id, DOMAIN).replace(/.@/, (end) => (end === '0@' ? '1@' : '0@')),
    ],
    ['a percent hack', () => `someone%example.org@${DOMAIN}`],
  ])('%s is refused with 550 before any data', async (_name, address) => {
    const { sink, sightings, foreign } = await startSink();
    const client = await dialogue(sink);
    await client.say('MAIL FROM:<a@example.org>');
    expect(await client.say(`RCPT TO:<${typeof address === 'string' ? address : address()}>`)).toMatch(/^550 5\.1\.1 /);
    expect(await client.say('DATA')).toMatch(/^503 /);
    expect(sightings).toEqual([]);
    expect(foreign).toEqual(['stranger']);
  });

  test.each(['AUTH PLAIN AGEAYg==', 'VRFY postmaster', 'WIZ', 'XCLIENT ADDR=1.2.3.4'])(
    '%s is no command here',
    async (command) => {
      const { sink } = await startSink();
      const client = await dialogue(sink);
      expect(client.greeting).not.toContain('AUTH');
      expect(await client.say(command)).toMatch(/^500 /);
    },
  );

  test('who guesses addresses is cut off at the fifth', async () => {
    const { sink, foreign } = await startSink();
    const client = await dialogue(sink);
    await client.say('MAIL FROM:<a@example.org>');
    for (let guess = 1; guess < 5; guess++) await client.say(`RCPT TO:<guess${guess}@${DOMAIN}>`);
    expect(await client.say(`RCPT TO:<guess5@${DOMAIN}>`)).toMatch(/^421 /);
    await client.closed;
    expect(foreign).toHaveLength(5);
  });

  test('a letter that announces too large a size is refused at MAIL', async () => {
    const { sink } = await startSink({ max_size: 2_000 });
    const client = await dialogue(sink);
    expect(await client.say('MAIL FROM:<a@example.org> SIZE=2001')).toMatch(/^552 /);
  });

  test('one that grows past the limit has its socket destroyed, and is no copy', async () => {
    const { sink, sightings, foreign } = await startSink({ max_size: 2_000 });
    const probe = newProbe();
    const client = await dialogue(sink);
    await client.say('MAIL FROM:<a@example.org>');
    await client.say(`RCPT TO:<${tokens.sinkAddress(probe.id, DOMAIN)}>`);
    await client.say('DATA');
    let written = 0;
    const flood = setInterval(() => (written += client.socket.write('x'.repeat(998) + '\r\n') ? 1 : 0), 1);
    await client.closed.finally(() => clearInterval(flood));
    expect(written).toBeLessThan(1_000);
    expect(sightings.map((it) => it.kind)).toEqual(['contact']);
    expect(foreign).toEqual(['limit']);
  });

  test('the connections of one address are counted', async () => {
    const { sink, foreign } = await startSink({ max_connections_per_address: 2 });
    const first = await dialogue(sink);
    await dialogue(sink);
    expect(await onlyLine(sink)).toMatch(/^421 /);
    expect(foreign).toEqual(['limit']);
    first.socket.destroy();
    // The place is free once the close has come through, and only then.
    await expect.poll(async () => (await onlyLine(sink, true)).slice(0, 3)).toBe('220');
  });

  test('strangers that share the address of a mail system keep its probes away, which is told as ours', async () => {
    const { sink, aways } = await startSink({ max_connections_per_address: 2 });
    const known = newProbe();
    await deliver(sink, known, letterOf(known));
    await expect.poll(() => onlyLine(sink, true)).toMatch(/^220 /);
    await dialogue(sink);
    await expect
      .poll(async () => {
        await dialogue(sink);
        return (await onlyLine(sink)).slice(0, 3);
      })
      .toBe('421');
    expect(new Set(aways)).toEqual(new Set(['all']));
  });

  test('the connections in all are counted', async () => {
    const { sink, aways } = await startSink({ max_connections: 1 });
    await dialogue(sink);
    expect(await onlyLine(sink)).toMatch(/^421 /);
    expect(aways).toEqual(['unsettled']);
  });

  test('who says nothing is cut off', async () => {
    const { sink } = await startSink({ timeout: 200 });
    const client = await dialogue(sink);
    await expect(client.closed).resolves.toBeDefined();
  });

  test('who falls silent after it asked for an address of ours is sent away with words', async () => {
    const { sink } = await startSink({ timeout: 400 });
    const client = await dialogue(sink);
    await client.say('MAIL FROM:<a@example.org>');
    await client.say(`RCPT TO:<${tokens.sinkAddress(newProbe().id, DOMAIN)}>`);
    await client.closed;
    expect(client.rest()).toMatch(/^421 /);
  });

  test('a busy stranger is cut long before one that asked for an address of ours', async () => {
    const { sink } = await startSink({ timeout: 600 });
    const [ours, stranger] = [await dialogue(sink), await dialogue(sink)];
    await ours.say('MAIL FROM:<a@example.org>');
    await ours.say(`RCPT TO:<${tokens.sinkAddress(newProbe().id, DOMAIN)}>`);
    const order: string[] = [];
    const busy = setInterval(() => {
      for (const { socket } of [ours, stranger]) socket.write('NOOP\r\n');
    }, 40);
    void ours.closed.then(() => order.push('ours'));
    await stranger.closed.finally(() => clearInterval(busy));
    order.push('stranger');
    expect(order).toEqual(['stranger']);
    expect(await ours.say('NOOP')).toMatch(/^250 /);
  });

  test('who keeps busy without ever bringing a letter is cut off too', async () => {
    const { sink } = await startSink({ timeout: 200 });
    const client = await dialogue(sink);
    const busy = setInterval(() => client.socket.write('NOOP\r\n'), 10);
    await expect(client.closed.finally(() => clearInterval(busy))).resolves.toBeDefined();
  });

  test('who pipelines commands and reads no reply is cut off before the replies fill the memory', async () => {
    const { sink, foreign } = await startSink();
    const client = await dialogue(sink);
    let replies = 0;
    client.socket.on('data', (chunk: Buffer) => (replies += chunk.length));
    client.socket.write('NOOP\r\n'.repeat(20_000));
    await client.closed;
    expect(replies).toBeLessThan(10_000);
    expect(foreign).toEqual(['limit']);
  });

  test('a connection that brings many letters is not cut for its many commands', async () => {
    const { sink, sightings, foreign } = await startSink();
    const client = await dialogue(sink);
    for (let n = 0; n < 60; n++) {
      const probe = newProbe();
      await client.say('MAIL FROM:<a@example.org>');
      await client.say(`RCPT TO:<${tokens.sinkAddress(probe.id, DOMAIN)}>`);
      await client.say('DATA');
      await client.say(`${letterOf(probe)}\r\n.`);
    }
    expect(sightings).toHaveLength(120);
    expect(foreign).toEqual([]);
  });

  test.each([
    ['a line without end', (socket: Socket) => socket.write('x'.repeat(500_000))],
    ['a browser', (socket: Socket) => socket.write('POST / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['noise', (socket: Socket) => socket.write(Buffer.alloc(200_000, 0x0a))],
  ])('%s ends the connection', async (_name, flood) => {
    const { sink } = await startSink();
    const client = await dialogue(sink);
    flood(client.socket);
    await client.closed;
    expect(client.rest()).toMatch(/421 /);
  });
});

describe('starting and stopping', () => {
  test('stopping does not wait for those who are connected', async () => {
    const { sink } = await startSink();
    const client = await dialogue(sink);
    const upgraded = await dialogue(sink);
    await upgraded.startTls();
    await sink.stop();
    await client.closed;
    await upgraded.closed;
    await expect(dialogue(sink)).rejects.toThrow('ECONNREFUSED');
  });
});

async function startSink(
  changes: Partial<SinkSettings> = {},
): Promise<{ sink: Sink; sightings: Sighting[]; foreign: string[]; aways: string[] }> {
  const sightings: Sighting[] = [];
  const foreign: string[] = [];
  const aways: string[] = [];
  const observer: Observer = {
    sighted: (sighting) => void sightings.push(sighting),
    foreign: (_place, what) => void foreign.push(what),
    watching() {},
    upkeep() {},
    ledgerIsBehind: () => behind,
    written: () => written,
  };
  const settings: SinkSettings = {
    listen: { host: '127.0.0.1', port: 0 },
    domain: DOMAIN,
    max_size: 1_000_000,
    max_connections: 50,
    max_connections_per_address: 20,
    timeout: 10_000,
    ...changes,
  };
  const onAway = (_since: number, whom: string): void => void aways.push(whom);
  const sink = createSink({ settings, tokens, clock, observer, certificate, log: silentLog, onAway });
  await sink.start();
  cleanUp.push(() => sink.stop());
  return { sink, sightings, foreign, aways };
}

function newProbe(): Probe {
  return { id: newProbeId(), system: 'corp', route: 'out', kind: 'outbound', mailbox: null, launchedAt: clock.now() };
}

function reportOf(probe: Probe): string {
  return [
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mail.corp.example',
    '',
    'Final-Recipient: rfc822; alice@corp.example',
    'Action: failed',
    'Status: 5.2.2',
    'Diagnostic-Code: smtp; 552 5.2.2 quota exceeded',
    '',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    letterOf(probe),
    '--b--',
    '',
  ].join('\r\n');
}

function letterOf(probe: Probe): string {
  return `Subject: probe\r\n${TOKEN_HEADER}: ${tokens.sign(probe)}\r\n\r\nhello`;
}

async function deliver(
  sink: Sink,
  probe: Probe,
  raw: string,
  to = tokens.sinkAddress(probe.id, DOMAIN),
): Promise<SMTPSentMessageInfo> {
  const transport = createTransport({ host: '127.0.0.1', port: sink.port, tls: { rejectUnauthorized: false } });
  try {
    return await transport.sendMail({ envelope: { from: 'a@example.org', to }, raw });
  } finally {
    transport.close();
  }
}

interface Dialogue {
  socket: Socket;
  connectedAt: number;
  greeting: string;
  say(line: string): Promise<string>;
  startTls(version?: 'TLSv1.1'): Promise<TLSSocket>;
  rest(): string;
  closed: Promise<unknown>;
}

/** A raw SMTP client that has been greeted and has said EHLO. */
async function dialogue(sink: Sink): Promise<Dialogue> {
  let socket: Socket = connect({ host: '127.0.0.1', port: sink.port });
  let text = '';
  let heard = (): void => undefined;
  const listen = (): void => {
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      heard();
    });
    socket.on('error', () => undefined);
  };
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  const connectedAt = clock.now();
  listen();
  cleanUp.push(() => void socket.destroy());

  async function reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(text);
      if (match !== null) {
        text = text.slice(match[0].length);
        return match[0];
      }
      await Promise.race([
        new Promise<void>((resolve) => (heard = resolve)),
        closed.then(() => Promise.reject(new Error(`closed after "${text}"`))),
      ]);
    }
  }

  async function say(line: string): Promise<string> {
    socket.write(`${line}\r\n`);
    return reply();
  }

  await reply();
  const greeting = await say('EHLO client.example');
  return {
    get socket() {
      return socket;
    },
    connectedAt,
    greeting,
    say,
    closed,
    rest: () => text,
    async startTls(version) {
      await say('STARTTLS');
      socket.removeAllListeners('data');
      const limits =
        version === undefined
          ? {}
          : ({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' } as const);
      const upgraded = connectTls({ socket, rejectUnauthorized: false, ...limits });
      await once(upgraded, 'secureConnect');
      socket = upgraded;
      listen();
      return upgraded;
    },
  };
}

/** The first line that the sink says to a connection of its own, which is closed again. */
async function onlyLine(sink: Sink, close = false): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: sink.port });
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  if (close) socket.destroy();
  else await once(socket, 'close');
  return chunk.toString();
}
