import { setTimeout as sleep } from 'node:timers/promises';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';
import { ImapFlow } from 'imapflow';
import Pop3Command from 'node-pop3';
import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import type { FaultName, FaultValues } from './faults.ts';
import { createSandbox, type Sandbox, type SandboxAddresses } from './sandbox.ts';

const SINK = 'sink.example';
const clock = createSystemClock();

let sandbox: Sandbox;
let here: SandboxAddresses;
let sink: Sink;

beforeAll(async () => {
  sink = await openSink();
  sandbox = createSandbox({ clock, log: silentLog, sink: { host: '127.0.0.1', port: sink.port, domain: SINK } });
  here = await sandbox.start();
});

afterAll(async () => {
  await sandbox.stop();
  await sink.close();
});

afterEach(async () => {
  await sandbox.faults.reset();
  sink.answer = null;
});

describe('a healthy sandbox', () => {
  it('files a submitted letter in the mailbox of a colleague', async () => {
    const subject = newSubject();
    await submit('bob@sandbox.example', subject);
    const letter = await arrival('bob', subject);
    expect(letter).toMatch(/^Return-Path: <alice@sandbox\.example>\r\nReceived: from /);
  });

  it('takes mail with TLS from the first byte as well', async () => {
    const subject = newSubject();
    await submit('bob@sandbox.example', subject, { port: here.ports.submissions, secure: true });
    expect(await arrival('bob', subject)).toContain('ESMTPSA');
  });

  it('relays mail for the sink to the sink', async () => {
    const subject = newSubject();
    await submit(`someone@${SINK}`, subject);
    expect(await sink.letter(subject)).toContain('mail.sandbox.example id ');
  });

  it('takes mail from a foreign server for its own mailboxes', async () => {
    const subject = newSubject();
    await deliverToMx('ALICE@sandbox.example', subject);
    expect(await arrival('alice', subject)).toContain('with ESMTPS\r\n by mail.sandbox.example');
  });

  it.each([
    ['the MX refuses a mailbox that it does not have', () => deliverToMx('nobody@sandbox.example', 'x'), 550],
    ['the MX relays for nobody, its sink included', () => deliverToMx(`someone@${SINK}`, 'x'), 550],
    ['submission writes to nobody but its mailboxes and its sink', () => submit('someone@elsewhere.example', 'x'), 550],
    ['submission wants TLS before a login', () => submit('bob@sandbox.example', 'x', { ignoreTLS: true }), 538],
    ['submission wants a login', () => submit('bob@sandbox.example', 'x', { user: null }), 530],
    ['submission refuses a wrong password', () => submit('bob@sandbox.example', 'x', { password: 'wrong' }), 535],
  ])('%s', async (_name, attempt, code) => {
    await expect(attempt()).rejects.toMatchObject({ responseCode: code });
  });

  it('returns what the sink refuses, with its words and the headers of the letter', async () => {
    const subject = newSubject();
    sink.answer = [550, '5.7.1 not from you'];
    await submit(`refused@${SINK}`, subject);
    const report = await arrival('alice', subject);
    expect(report).toContain('Content-Type: multipart/report; report-type=delivery-status');
    expect(report).toContain(`Final-Recipient: rfc822; refused@${SINK}\r\nAction: failed\r\nStatus: 5.7.1`);
    expect(report).toMatch(/Diagnostic-Code: smtp; 550 5\.7\.1 not from you/);
    expect(report).toMatch(/^Return-Path: <>/);
  });

  it('tries again after the sink refused for now', async () => {
    const subject = newSubject();
    sink.answer = [451, '4.3.0 later'];
    await submit(`later@${SINK}`, subject);
    await sink.refused(subject);
    sink.answer = null;
    expect(await sink.letter(subject)).toContain(subject);
  });

  it('keeps mail for a sink whose port is not known yet', async () => {
    const early = createSandbox({ clock, log: silentLog, sink: { host: '127.0.0.1', port: 0, domain: SINK } });
    const subject = newSubject();
    await submit(`someone@${SINK}`, subject, { at: await early.start() });
    early.relayTo(sink.port);
    expect(await sink.letter(subject)).toContain(subject);
    await early.stop();
  });

  it('keeps the mailboxes apart, though they share a port', async () => {
    const subject = newSubject();
    await submit('bob@sandbox.example', subject);
    await arrival('bob', subject);
    expect(await subjects('alice')).not.toContain(subject);
  });

  it('refuses an IMAP login with a wrong password', async () => {
    const client = imap('alice', 'wrong');
    await expect(client.connect()).rejects.toMatchObject({ authenticationFailed: true });
  });

  it('tells a client in IDLE, and deletes only what is marked', async () => {
    const first = newSubject();
    const second = newSubject();
    await using box = await opened('bob');
    const before = box.exists();
    const heard = new Promise((resolve) => box.client.once('exists', resolve));
    void box.client.idle();
    await submit('bob@sandbox.example', first);
    expect(await heard).toMatchObject({ count: before + 1 });
    await submit('bob@sandbox.example', second);
    const uid = await uidOf(box.client, first);
    const other = await uidOf(box.client, second);
    await box.client.messageFlagsAdd(String(uid), ['\\Deleted'], { uid: true });
    // The other one is named and not marked (RFC 4315).
    await raw(box.client, `UID EXPUNGE ${uid},${other}`);
    expect(await subjectsIn(box.client)).toContain(second);
    expect(await subjectsIn(box.client)).not.toContain(first);
  });

  it('shows its Junk folder by its special use', async () => {
    await using box = await opened('alice');
    const folders = await box.client.list();
    expect(folders.find((folder) => folder.specialUse === '\\Junk')?.path).toBe('Junk');
  });

  it('shows the same inbox over POP3 and deletes there', async () => {
    const subject = newSubject();
    await submit('bob@sandbox.example', subject);
    await arrival('bob', subject);
    const pop = pop3('bob');
    const numbers = ((await pop.UIDL()) as string[][]).map(([number]) => Number(number));
    let found = 0;
    for (const number of numbers) if ((await pop.TOP(number, 0)).includes(subject)) found = number;
    expect(await pop.UIDL(found)).toEqual([String(found), expect.stringMatching(/^\d+-\d+$/)]);
    // node-pop3 leaves dots doubled and takes the last line feed off.
    const letter = `${(await pop.RETR(found)).replaceAll('\r\n..', '\r\n.')}\r\n`;
    expect(letter).toContain('\r\n.a line that begins with a dot\r\n');
    expect(Number((await pop.LIST(found))[1])).toBe(letter.length);
    await pop.command('DELE', found);
    await pop.QUIT();
    expect(await subjects('bob')).not.toContain(subject);
    await expect(pop3('bob', 'wrong').UIDL()).rejects.toThrow(/wrong user or password/);
  });

  it('serves a page that says what it is', async () => {
    const answer = await fetch(here.webmail.url);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(here.webmail.text);
  });

  it('survives clients that break off or talk nonsense', async () => {
    for (const port of [here.ports.imap, here.ports.pop3]) {
      const socket = await trusted(port);
      socket.write('a {99999\r\n* ((( "\r\nx LOGIN {3}\r\n');
      socket.write(`${'y'.repeat(10_000)}\r\n`);
      socket.destroy();
    }
    expect(await subjects('alice')).toBeInstanceOf(Array);
  });
});

describe('each fault, seen from outside', () => {
  it('submission-down closes both ports, and the same ports open again', async () => {
    await on('submission-down', true);
    await expect(submit('bob@sandbox.example', 'x')).rejects.toThrow('ECONNREFUSED');
    await expect(trusted(here.ports.submissions)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await on('submission-down', false);
    await expect(submit('bob@sandbox.example', newSubject())).resolves.toBeDefined();
  });

  it('refuse-auth refuses the right password', async () => {
    await on('refuse-auth', true);
    await expect(submit('bob@sandbox.example', 'x')).rejects.toMatchObject({ responseCode: 535, code: 'EAUTH' });
  });

  it('mx-down closes the port', async () => {
    await on('mx-down', true);
    await expect(deliverToMx('bob@sandbox.example', 'x')).rejects.toThrow('ECONNREFUSED');
  });

  it('greylist refuses a first attempt, takes a later one, and refuses the next letter again', async () => {
    await on('greylist', 1);
    await expect(deliverToMx('bob@sandbox.example', 'x')).rejects.toMatchObject({ responseCode: 450 });
    // The dialogue alone takes a hundred milliseconds: smtp-server's greeting.
    await expect(deliverToMx('bob@sandbox.example', newSubject())).resolves.toBeDefined();
    await expect(deliverToMx('bob@sandbox.example', 'x')).rejects.toMatchObject({ responseCode: 450 });
  });

  it.each([
    ['refuse-rcpt', 450, 'RCPT TO'],
    ['refuse-data', 451, 'DATA'],
  ] as const)('%s answers %i to %s, on submission and MX', async (fault, code, command) => {
    await on(fault, true);
    for (const attempt of [submit, deliverToMx]) {
      await expect(attempt('bob@sandbox.example', 'x')).rejects.toMatchObject({ responseCode: code, command });
    }
  });

  it('hold keeps mail until it is off', async () => {
    await on('hold', true);
    const [own, out] = [newSubject(), newSubject()];
    await submit('bob@sandbox.example', own);
    await submit(`someone@${SINK}`, out);
    expect(await subjects('bob')).not.toContain(own);
    expect(sink.has(out)).toBe(false);
    await on('hold', false);
    expect(await arrival('bob', own)).toContain(own);
    expect(await sink.letter(out)).toContain(out);
  });

  it.each([
    ['delivery-delay', 'bob@sandbox.example', (subject: string) => arrival('bob', subject)],
    ['relay-delay', `someone@${SINK}`, (subject: string) => sink.letter(subject)],
  ] as const)('%s lets a letter wait', async (fault, to, seen) => {
    await on(fault, 400);
    const subject = newSubject();
    const sentAt = clock.now();
    await submit(to, subject);
    await seen(subject);
    // A lower bound only: timers never fire early.
    expect(clock.now() - sentAt).toBeGreaterThanOrEqual(399);
  });

  it('discard takes a letter that never comes out', async () => {
    await on('discard', true);
    const gone = newSubject();
    await submit('bob@sandbox.example', gone);
    await sandbox.faults.reset();
    const next = newSubject();
    await submit('bob@sandbox.example', next);
    await arrival('bob', next);
    expect(await subjects('bob')).not.toContain(gone);
  });

  it('bounce returns a letter that was accepted', async () => {
    await on('bounce', true);
    const subject = newSubject();
    await submit('bob@sandbox.example', subject);
    expect(await arrival('alice', subject)).toContain('Status: 5.2.0');
    expect(await subjects('bob')).not.toContain(subject);
  });

  it('duplicate lets every letter come out twice', async () => {
    await on('duplicate', true);
    const [own, out] = [newSubject(), newSubject()];
    await submit('bob@sandbox.example', own);
    await submit(`someone@${SINK}`, out);
    await arrival('bob', own);
    expect((await subjects('bob')).filter((subject) => subject === own)).toHaveLength(2);
    await sink.letter(out, 2);
  });

  it('junk files mail in Junk', async () => {
    await on('junk', true);
    const subject = newSubject();
    await submit('bob@sandbox.example', subject);
    expect(await arrival('bob', subject, 'Junk')).toContain(subject);
    expect(await subjects('bob')).not.toContain(subject);
  });

  it('imap-refused cuts who is connected and closes the port', async () => {
    const open = imap('alice');
    await open.connect();
    const closed = new Promise((resolve) => open.once('close', resolve));
    await on('imap-refused', true);
    await closed;
    await expect(imap('alice').connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('imap-frozen accepts and says nothing, to those who are connected too, and wakes up where it stopped', async () => {
    await using box = await opened('alice');
    await on('imap-frozen', true);
    const late = imap('alice');
    const greeted = late.connect().then(() => 'greeted');
    const answered = box.client.noop().then(() => 'answered');
    expect(await Promise.race([greeted, answered, sleep(300, 'silence')])).toBe('silence');
    await on('imap-frozen', false);
    expect(await answered).toBe('answered');
    expect(await greeted).toBe('greeted');
    await late.logout();
  });

  it('imap-slow answers late and in order', async () => {
    await using box = await opened('alice');
    await on('imap-slow', 200);
    const askedAt = clock.now();
    await Promise.all([box.client.noop(), box.client.status('INBOX', { messages: true })]);
    expect(clock.now() - askedAt).toBeGreaterThanOrEqual(199);
    await on('imap-slow', 0);
  });

  it('pop3-refused closes the port', async () => {
    await on('pop3-refused', true);
    await expect(trusted(here.ports.pop3)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('webmail-503 answers 503', async () => {
    await on('webmail-503', true);
    expect((await fetch(here.webmail.url)).status).toBe(503);
  });

  it('webmail-text says something else, with status 200', async () => {
    await on('webmail-text', 'Closed <b>');
    const answer = await fetch(here.webmail.url);
    expect(answer.status).toBe(200);
    const page = await answer.text();
    expect(page).toContain('Closed &lt;b>');
    expect(page).not.toContain(here.webmail.text);
  });

  it.each([
    ['certificate-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['certificate-expired', 'CERT_HAS_EXPIRED'],
  ] as const)('%s is refused by clients on every port that speaks TLS', async (fault, code) => {
    await on(fault, true);
    for (const port of [here.ports.imap, here.ports.pop3, here.ports.submissions]) {
      await expect(trusted(port)).rejects.toMatchObject({ code });
    }
    for (const attempt of [submit, deliverToMx]) {
      await expect(attempt('bob@sandbox.example', 'x')).rejects.toThrow(
        fault === 'certificate-name' ? /altnames/ : /expired/,
      );
    }
    await on(fault, false);
    (await trusted(here.ports.imap)).destroy();
  });
});

describe('start and stop', () => {
  const options = { clock, log: silentLog, sink: { host: '127.0.0.1', port: 9, domain: SINK } };

  it('two sandboxes run at once', async () => {
    const other = createSandbox(options);
    const there = await other.start();
    expect(Object.values(there.ports).some((port) => Object.values(here.ports).includes(port))).toBe(false);
    await other.stop();
    expect(await subjects('alice')).toBeInstanceOf(Array);
  });

  it('starts on the ports that it is given, and again after a stop', async () => {
    const first = createSandbox(options);
    const { ports } = await first.start();
    await first.stop();
    const second = createSandbox({ ...options, ports });
    expect((await second.start()).ports).toEqual(ports);
    await second.stop();
    expect((await second.start()).ports).toEqual(ports);
    await second.stop();
  });

  it('a new start has another UIDVALIDITY, even within the same second', async () => {
    const one = createSandbox(options);
    const seen: bigint[] = [];
    for (let round = 0; round < 2; round++) {
      await using box = await opened('alice', await one.start());
      seen.push(box.uidValidity());
      await one.stop();
    }
    expect(seen[1]).toBeGreaterThan(seen[0] ?? 0n);
  });

  it('refuses a sink that is not on loopback', () => {
    const sink = { host: '192.0.2.1', port: 25, domain: SINK };
    expect(() => createSandbox({ ...options, sink })).toThrow('expected a sink on loopback');
  });
});

let count = 0;
function newSubject(): string {
  count += 1;
  return `letter ${count} of ${process.pid}`;
}

function on<N extends FaultName>(name: N, value: FaultValues[N]): Promise<void> {
  return sandbox.faults.set(name, value);
}

interface Submission {
  readonly port?: number;
  readonly secure?: boolean;
  readonly ignoreTLS?: boolean;
  readonly user?: null;
  readonly password?: string;
  readonly at?: SandboxAddresses;
}

async function submit(to: string, subject: string, how: Submission = {}): Promise<unknown> {
  const { at = here } = how;
  const [alice] = at.mailboxes;
  if (alice === undefined) throw new Error('no alice');
  const transport = createTransport({
    host: at.host,
    port: how.port ?? at.ports.submission,
    secure: how.secure ?? false,
    requireTLS: how.ignoreTLS !== true,
    ignoreTLS: how.ignoreTLS ?? false,
    tls: { ca: at.ca },
    ...(how.user === null ? {} : { auth: { user: alice.user, pass: how.password ?? alice.password.reveal() } }),
  });
  return transport.sendMail({ from: alice.address, to, subject, text: '.a line that begins with a dot' });
}

function deliverToMx(to: string, subject: string): Promise<unknown> {
  const transport = createTransport({ host: here.host, port: here.ports.mx, requireTLS: true, tls: { ca: here.ca } });
  return transport.sendMail({ from: `probe@${SINK}`, to, subject, text: 'hello' });
}

function account(name: string, at: SandboxAddresses): { user: string; pass: string } {
  const found = at.mailboxes.find((mailbox) => mailbox.name === name);
  if (found === undefined) throw new Error(`no mailbox ${name}`);
  return { user: found.user, pass: found.password.reveal() };
}

function imap(name: string, password?: string, at = here): ImapFlow {
  const auth = account(name, at);
  const client = new ImapFlow({
    host: at.host,
    port: at.ports.imap,
    secure: true,
    tls: { ca: at.ca },
    auth: { ...auth, pass: password ?? auth.pass },
    logger: false,
    disableAutoIdle: true,
  });
  client.on('error', () => {});
  return client;
}

interface OpenBox extends AsyncDisposable {
  readonly client: ImapFlow;
  exists(): number;
  uidValidity(): bigint;
}

async function opened(name: string, at = here, folder = 'INBOX'): Promise<OpenBox> {
  const client = imap(name, undefined, at);
  await client.connect();
  const box = await client.mailboxOpen(folder);
  return {
    client,
    exists: () => box.exists,
    uidValidity: () => box.uidValidity,
    [Symbol.asyncDispose]: async () => client.close(),
  };
}

async function subjectsIn(client: ImapFlow): Promise<string[]> {
  const found: string[] = [];
  for await (const message of client.fetch('1:*', { envelope: true })) found.push(message.envelope?.subject ?? '');
  return found;
}

async function subjects(name: string, folder = 'INBOX'): Promise<string[]> {
  await using box = await opened(name, here, folder);
  return box.exists() === 0 ? [] : await subjectsIn(box.client);
}

/** The letter, as text, once it is in the folder: its subject, or that of the letter that a report returns. */
async function arrival(name: string, subject: string, folder = 'INBOX'): Promise<string> {
  await using box = await opened(name, here, folder);
  let letter = '';
  await expect
    .poll(
      async () => {
        await box.client.noop();
        for await (const message of box.client.fetch('1:*', { source: true })) {
          const text = message.source?.toString('latin1') ?? '';
          if (text.includes(`Subject: ${subject}\r\n`)) letter = text;
        }
        return letter;
      },
      { timeout: 10_000, interval: 20 },
    )
    .not.toBe('');
  return letter;
}

async function uidOf(client: ImapFlow, subject: string): Promise<number> {
  let uid = 0;
  await expect
    .poll(
      async () => {
        await client.noop();
        for await (const message of client.fetch('1:*', { uid: true, envelope: true })) {
          if (message.envelope?.subject === subject) uid = message.uid;
        }
        return uid;
      },
      { timeout: 10_000, interval: 20 },
    )
    .toBeGreaterThan(0);
  return uid;
}

async function raw(client: ImapFlow, command: string): Promise<void> {
  const [first = '', second = '', third = ''] = command.split(' ');
  // imapflow's own way to say any command; its types leave it out.
  const words = client as unknown as { exec(command: string, attributes: object[]): Promise<{ next(): void }> };
  const answer = await words.exec(`${first} ${second}`, [{ type: 'SEQUENCE', value: third }]);
  answer.next();
}

function pop3(name: string, password?: string): InstanceType<typeof Pop3Command> {
  const { user, pass } = account(name, here);
  return new Pop3Command({
    host: here.host,
    port: here.ports.pop3,
    user,
    password: password ?? pass,
    tls: true,
    tlsOptions: { ca: here.ca },
    servername: 'localhost',
  });
}

function trusted(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({ host: here.host, port, ca: here.ca }, () => resolve(socket));
    socket.once('error', reject);
  });
}

interface Sink {
  readonly port: number;
  /** Refuses letters with this while it is set. */
  answer: readonly [number, string] | null;
  has(subject: string): boolean;
  letter(subject: string, times?: number): Promise<string>;
  refused(subject: string): Promise<void>;
  close(): Promise<void>;
}

async function openSink(): Promise<Sink> {
  const taken: string[] = [];
  const turnedAway: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, _session, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      stream.on('end', () => {
        (sink.answer === null ? taken : turnedAway).push(text);
        if (sink.answer === null) done();
        else done(Object.assign(new Error(sink.answer[1]), { responseCode: sink.answer[0] }));
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const withSubject = (letters: string[], subject: string) =>
    letters.filter((text) => text.includes(`Subject: ${subject}\r\n`));
  const sink: Sink = {
    port: (server.server.address() as { port: number }).port,
    answer: null,
    has: (subject) => withSubject(taken, subject).length > 0,
    async letter(subject, times = 1) {
      await expect.poll(() => withSubject(taken, subject).length, { timeout: 10_000, interval: 20 }).toBe(times);
      return withSubject(taken, subject)[0] ?? '';
    },
    async refused(subject) {
      await expect.poll(() => withSubject(turnedAway, subject).length, { timeout: 10_000, interval: 20 }).toBe(1);
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
  return sink;
}
