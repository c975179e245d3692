import { afterEach, describe, expect, it } from 'vitest';
import { startScriptedSmtp, type Script, type ScriptedSmtp } from '../../test/support/scripted-smtp.ts';
import type { SubmissionSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import { createHandClock } from '../lib/hand-clock.ts';
import { Secret } from '../lib/secret.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { createResolver } from '../net/resolve.ts';
import type { SendPort } from '../probe/ports.ts';
import type { Letter } from '../probe/send-result.ts';
import { createSubmitter } from './submitter.ts';
import { createWarmSessions } from './warm-sessions.ts';

const clock = createSystemClock();
const resolver = createResolver({ servers: [], family: 'ipv4-only' });
const signal = new AbortController().signal;
const letter: Letter = {
  from: 'probe@corp.example',
  to: 'x@sink.example',
  messageId: '<1@corp.example>',
  raw: Buffer.from('Subject: x\r\n\r\nbody\r\n.dot\r\n'),
};
const PASSWORD = 'hunter2-secret';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(script: Script): Promise<ScriptedSmtp> {
  const server = await startScriptedSmtp(script);
  closers.push(() => server.close());
  return server;
}

function submitter(
  port: number,
  settings: Partial<SubmissionSettings> = {},
  timeoutMs = 5_000,
  itsClock: Clock = clock,
  sessions = createWarmSessions(itsClock),
): SendPort {
  const sender = createSubmitter({
    settings: {
      host: '127.0.0.1',
      port,
      tls: 'none',
      verify: true,
      user: 'probe',
      password: new Secret(PASSWORD),
      mail_from: 'probe@corp.example',
      ...settings,
    },
    sessions,
    resolver,
    clock: itsClock,
    timeoutMs,
    helo: 'agent.example',
  });
  closers.push(() => sender.close());
  return sender;
}

const NO_PIPELINING = '250-scripted.example\n250 AUTH PLAIN';

describe('an attempt at submission', () => {
  /** What a refusal answers, by its phase. */
  const commands: Readonly<Record<string, string>> = {
    ehlo: 'HELO agent.example',
    auth: 'AUTH PLAIN',
    mail: 'MAIL FROM:<probe@corp.example>',
    rcpt: 'RCPT TO:<x@sink.example>',
    data: 'DATA',
    accept: 'DATA',
  };
  // what the server does → kind, cause, phase, code, enhanced code
  const cases: readonly [string, Script, string, string, string, number?, string?][] = [
    ['cut before the greeting is no dialogue', { greeting: 'cut' }, 'unreachable', 'closed', 'greeting'],
    ['greeted with 554 is refused', { greeting: '554 5.7.1 go away' }, 'refused', 'refused', 'greeting', 554, '5.7.1'],
    ['greeted with 421 is refused', { greeting: '421 4.7.0 too many' }, 'refused', 'refused', 'greeting', 421, '4.7.0'],
    ['greeted by another protocol is told so', { greeting: 'SSH-2.0-OpenSSH' }, 'unreachable', 'protocol', 'greeting'],
    [
      'with an endless greeting is ended',
      { greeting: '220-x\n'.repeat(20_000) },
      'unreachable',
      'protocol',
      'greeting',
    ],
    ['cut after EHLO', { EHLO: 'cut' }, 'unreachable', 'closed', 'ehlo'],
    [
      'refused at EHLO and at HELO',
      { EHLO: '502 5.5.1 no', HELO: '550 5.7.1 no' },
      'refused',
      'refused',
      'ehlo',
      550,
      '5.7.1',
    ],
    ['with a wrong password', { AUTH: '535 5.7.8 wrong' }, 'refused', 'auth', 'auth', 535, '5.7.8'],
    [
      'whose login cannot be checked is no wrong password',
      { AUTH: '454 4.7.0 later' },
      'refused',
      'refused',
      'auth',
      454,
      '4.7.0',
    ],
    ['cut during the login', { AUTH: 'cut' }, 'unreachable', 'closed', 'auth'],
    ['refused at MAIL', { MAIL: '550 5.1.8 no' }, 'refused', 'refused', 'mail', 550, '5.1.8'],
    [
      'refused at MAIL without PIPELINING',
      { EHLO: NO_PIPELINING, MAIL: '550 5.1.8 no' },
      'refused',
      'refused',
      'mail',
      550,
      '5.1.8',
    ],
    ['cut at MAIL', { MAIL: 'cut' }, 'unreachable', 'closed', 'mail'],
    ['sent off with 421 at MAIL', { MAIL: '421 4.3.2 shutting down' }, 'refused', 'refused', 'mail', 421, '4.3.2'],
    [
      'refused at RCPT, with the 554 that DATA then gets',
      { RCPT: '450 4.2.0 greylisted', DATA: '554 5.5.1 no valid recipients' },
      'refused',
      'refused',
      'rcpt',
      450,
      '4.2.0',
    ],
    [
      'refused at RCPT by a server that grants DATA all the same',
      { RCPT: '550 5.1.1 unknown' },
      'refused',
      'refused',
      'rcpt',
      550,
      '5.1.1',
    ],
    [
      'refused at RCPT without PIPELINING',
      { EHLO: NO_PIPELINING, RCPT: '550 5.1.1 unknown' },
      'refused',
      'refused',
      'rcpt',
      550,
      '5.1.1',
    ],
    ['cut at RCPT', { RCPT: 'cut' }, 'unreachable', 'closed', 'rcpt'],
    [
      'refused at RCPT and cut before DATA is answered',
      { RCPT: '450 4.2.0 later', DATA: 'cut' },
      'refused',
      'refused',
      'rcpt',
      450,
      '4.2.0',
    ],
    ['refused at DATA', { DATA: '451 4.3.0 later' }, 'refused', 'refused', 'data', 451, '4.3.0'],
    ['cut at DATA', { DATA: 'cut' }, 'unreachable', 'closed', 'data'],
    [
      'answered with nonsense of many lines at MAIL',
      { MAIL: 'what?\nhm\nno\nwell' },
      'unreachable',
      'protocol',
      'mail',
    ],
    ['answered with nonsense at DATA', { DATA: 'what?' }, 'unreachable', 'protocol', 'data'],
    ['refused after the letter for now', { dot: '451 4.3.0 later' }, 'refused', 'refused', 'accept', 451, '4.3.0'],
    ['refused after the letter for good', { dot: '554 5.7.1 spam' }, 'refused', 'refused', 'accept', 554, '5.7.1'],
    ['cut after the letter is uncertain', { dot: 'cut' }, 'uncertain', 'closed', 'accept'],
    ['reset after the letter is uncertain', { dot: 'reset' }, 'uncertain', 'closed', 'accept'],
    ['answered with nonsense after the letter is uncertain', { dot: 'okay' }, 'uncertain', 'protocol', 'accept'],
    ['larger than SIZE allows', { EHLO: '250-x\n250-SIZE 10\n250 AUTH PLAIN' }, 'refused', 'refused', 'mail'],
  ];
  it.each(cases)('%s', async (_, script, kind, cause, phase, code, enhanced) => {
    const server = await start(script);
    const sender = submitter(server.port);
    const result = await sender.send(letter, { fresh: false, signal });
    expect(result).toMatchObject({ kind, failure: { cause, phase } });
    expect('failure' in result ? [result.failure.code, result.failure.enhanced] : []).toEqual([code, enhanced]);
    const permanent = kind === 'refused' ? (code ?? 552) >= 500 : undefined;
    expect('permanent' in result ? result.permanent : undefined).toBe(permanent);
    // One that nodemailer foresaw was no answer to a command.
    const command = kind === 'refused' && code !== undefined ? commands[phase] : undefined;
    const told = 'failure' in result ? result.failure.command : undefined;
    expect(told?.replace(/ SIZE=\d+$/u, '')).toEqual(command);
    expect(result.peer).toBe(`127.0.0.1:${server.port}`);
    expect(JSON.stringify(result)).not.toContain(PASSWORD);
    await sender.close();
    expect(server.commands.filter((line) => line.includes('<letter>')).length).toBe(
      phase === 'accept' ? 1 : server.letters.length,
    );
  });

  const silent: readonly [string, Script, string, string][] = [
    ['greeting', { greeting: 'silent' }, 'unreachable', 'greeting'],
    ['EHLO', { EHLO: 'silent' }, 'unreachable', 'ehlo'],
    ['AUTH', { AUTH: 'silent' }, 'unreachable', 'auth'],
    ['MAIL', { MAIL: 'silent', RCPT: 'silent', DATA: 'silent' }, 'unreachable', 'mail'],
    ['RCPT', { RCPT: 'silent', DATA: 'silent' }, 'unreachable', 'rcpt'],
    ['DATA', { DATA: 'silent' }, 'unreachable', 'data'],
    ['the final dot', { dot: 'silent' }, 'uncertain', 'accept'],
  ];
  it.each(silent)(
    'that hears nothing after %s ends at its limit, with the connection closed',
    async (_, script, kind, phase) => {
      const server = await start(script);
      const result = await submitter(server.port, {}, 150).send(letter, { fresh: false, signal });
      expect(result).toMatchObject({
        kind,
        failure: { cause: 'timeout', phase, detail: expect.stringContaining('within 150 ms') },
      });
    },
  );

  it('refused at the login ended then, however long the server is silent at QUIT', async () => {
    const server = await start({ AUTH: '535 5.7.8 wrong', QUIT: 'silent' });
    const hand = createHandClock(1_000);
    const sending = submitter(server.port, {}, 5_000, hand).send(letter, { fresh: false, signal });
    await expect.poll(() => server.commands.at(-1)).toBe('1: QUIT');
    await hand.advance(2_000);
    expect((await sending).endedAt).toBe(1_000);
  });

  it('that is called off ends at once, with the connection closed', async () => {
    const server = await start({ dot: 'silent' });
    const controller = new AbortController();
    const sending = submitter(server.port, {}, 60_000).send(letter, { fresh: false, signal: controller.signal });
    await expect.poll(() => server.letters.length).toBe(1);
    controller.abort();
    expect(await sending).toMatchObject({ kind: 'uncertain', failure: { cause: 'timeout', phase: 'accept' } });
    await expect.poll(() => server.open).toBe(0);
  });

  it('at a port where nobody listens could not connect', async () => {
    const server = await startScriptedSmtp({});
    await server.close();
    const result = await submitter(server.port).send(letter, { fresh: false, signal });
    expect(result).toMatchObject({ kind: 'unreachable', failure: { cause: 'connect', phase: 'connect' } });
  });

  it('that is accepted tells the instant and the line of the 250, its phases and its dialogue without secrets', async () => {
    const server = await start({});
    const result = await submitter(server.port).send(letter, { fresh: false, signal });
    expect(result).toMatchObject({ kind: 'accepted', line: '250 2.0.0 Ok: queued as 4cX' });
    if (result.kind !== 'accepted') throw new Error('unreachable');
    expect(result.acceptedAt).toBe(result.endedAt);
    expect(result.phases.map(({ phase }) => phase)).toEqual([
      'dns',
      'connect',
      'greeting',
      'ehlo',
      'auth',
      'mail',
      'rcpt',
      'data',
      'accept',
    ]);
    expect(result.transcript.filter(({ who }) => who === 'client').map(({ text }) => text)).toEqual([
      'EHLO agent.example',
      'AUTH PLAIN ***',
      'MAIL FROM:<probe@corp.example> SIZE=26',
      'RCPT TO:<x@sink.example>',
      'DATA',
    ]);
    expect(JSON.stringify(result)).not.toContain(Buffer.from(PASSWORD).toString('base64').slice(0, 10));
    // Dots are stuffed on the way and nothing else changes.
    expect(server.letters).toEqual(['Subject: x\r\n\r\nbody\r\n..dot']);
  });

  it('with a large letter is sent whole', async () => {
    const server = await start({ EHLO: NO_PIPELINING });
    const raw = Buffer.from(`Subject: x\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(30_000)}`);
    const result = await submitter(server.port).send({ ...letter, raw }, { fresh: false, signal });
    expect(result.kind).toBe('accepted');
    expect(server.letters[0]?.length).toBe(raw.length - 2);
  });

  it('refused in the middle of a large letter is refused at DATA, and the rest is not taken for commands', async () => {
    const server = await start({ DATA: '354 go\n552 5.3.4 too big' });
    const raw = Buffer.alloc(60_000, 'x\r\n');
    const result = await submitter(server.port).send({ ...letter, raw }, { fresh: false, signal });
    expect(['refused', 'uncertain']).toContain(result.kind);
    expect(result).toMatchObject({ failure: { code: 552 } });
  });
});

describe('a kept connection', () => {
  it('takes the next letter without a new login, and is left with QUIT', async () => {
    const server = await start({});
    const sender = submitter(server.port);
    for (let n = 0; n < 3; n++) expect((await sender.send(letter, { fresh: false, signal })).kind).toBe('accepted');
    await sender.close();
    expect(server.commands.filter((line) => line.includes('EHLO'))).toEqual(['1: EHLO agent.example']);
    expect(server.commands.at(-1)).toBe('1: QUIT');
  });

  it('is not used when a fresh one is asked for', async () => {
    const server = await start({});
    const sender = submitter(server.port);
    await sender.send(letter, { fresh: false, signal });
    await sender.send(letter, { fresh: true, signal });
    expect(server.commands.filter((line) => line.includes('EHLO')).length).toBe(2);
  });

  it('that the server closed meanwhile is replaced, which is no failure', async () => {
    const server = await start({});
    const sender = submitter(server.port);
    await sender.send(letter, { fresh: false, signal });
    await server.hangUp();
    expect((await sender.send(letter, { fresh: false, signal })).kind).toBe('accepted');
    expect(server.commands.at(-1)).toBe('2: <letter>');
  });

  const stale: readonly [string, string][] = [
    ['cuts', 'cut'],
    ['resets', 'reset'],
    ['answers with 421', '421 4.4.2 timeout exceeded'],
  ];
  it.each(stale)('that the server %s just as the next letter begins is replaced', async (_, act) => {
    let letters = 0;
    const server = await start({ MAIL: () => (++letters === 2 ? act : '250 2.1.0 Ok') });
    const sender = submitter(server.port);
    await sender.send(letter, { fresh: false, signal });
    const result = await sender.send(letter, { fresh: false, signal });
    expect(result.kind).toBe('accepted');
    expect(result.transcript).toContainEqual(
      expect.objectContaining({ who: 'note', text: expect.stringContaining('closed meanwhile') }),
    );
    expect(server.letters.length).toBe(2);
  });

  it('that breaks once the letter is complete is uncertain and is not tried again', async () => {
    let letters = 0;
    const server = await start({ dot: () => (++letters === 2 ? 'cut' : '250 Ok') });
    const sender = submitter(server.port);
    await sender.send(letter, { fresh: false, signal });
    const before = clock.now();
    const result = await sender.send(letter, { fresh: false, signal });
    expect(result).toMatchObject({ kind: 'uncertain', failure: { phase: 'accept' } });
    const dotAt = result.kind === 'uncertain' ? result.dotAt : 0;
    expect(dotAt).toBeGreaterThanOrEqual(before);
    expect(dotAt).toBeLessThanOrEqual(result.endedAt);
    expect(server.letters.length).toBe(2);
  });

  it('is not kept after a refusal, and is left with RSET and QUIT', async () => {
    const server = await start({ RCPT: '550 5.1.1 unknown', DATA: '503 5.5.1 no recipients' });
    const sender = submitter(server.port);
    await sender.send(letter, { fresh: false, signal });
    await sender.close();
    expect(server.commands.slice(-2)).toEqual(['1: RSET', '1: QUIT']);
  });

  it('ends after a hundred letters', async () => {
    const server = await start({});
    const sender = submitter(server.port);
    for (let n = 0; n < 101; n++) await sender.send(letter, { fresh: false, signal });
    expect(server.commands).toContain('1: QUIT');
    expect(server.commands.at(-1)).toBe('2: <letter>');
  });

  it('is one of eight however many letters are sent at once', async () => {
    const server = await start({});
    // By this clock no letter ever loses its patience.
    const sender = submitter(server.port, {}, 5_000, createHandClock(0));
    const results = await Promise.all(
      Array.from({ length: 40 }, () => sender.send(letter, { fresh: false, signal: new AbortController().signal })),
    );
    expect(results.filter(({ kind }) => kind === 'accepted').length).toBe(40);
    expect(server.commands.filter((line) => line.includes('EHLO')).length).toBe(8);
    await sender.close();
    await expect.poll(() => server.open).toBe(0);
  });

  it('is not waited for long: where eight hang, a ninth is opened', async () => {
    let letters = 0;
    const server = await start({ dot: () => (++letters <= 8 ? 'silent' : '250 Ok') });
    const hand = createHandClock(0);
    const sender = submitter(server.port, {}, 60_000, hand);
    const controller = new AbortController();
    const hanging = Array.from({ length: 8 }, () => sender.send(letter, { fresh: false, signal: controller.signal }));
    await expect.poll(() => server.letters.length).toBe(8);
    const ninth = sender.send(letter, { fresh: false, signal });
    await hand.advance(250);
    expect((await ninth).kind).toBe('accepted');
    controller.abort();
    expect((await Promise.all(hanging)).map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => 'uncertain'));
  });

  it('is shared by all routes of the server', async () => {
    const server = await start({});
    const sessions = createWarmSessions(clock);
    for (let n = 0; n < 3; n++) {
      const sender = submitter(server.port, {}, 5_000, clock, sessions);
      expect((await sender.send(letter, { fresh: false, signal })).kind).toBe('accepted');
    }
    expect(server.commands.filter((line) => line.includes('EHLO'))).toEqual(['1: EHLO agent.example']);
  });

  it('is one of twenty at most, however many hang: whoever finds none is told so when its time is up', async () => {
    const server = await start({ dot: 'silent' });
    const hand = createHandClock(0);
    const sessions = createWarmSessions(hand);
    const patient = submitter(server.port, {}, 60_000, hand, sessions);
    const hasty = submitter(server.port, {}, 10_000, hand, sessions);
    const controller = new AbortController();
    const hanging = Array.from({ length: 20 }, () => patient.send(letter, { fresh: false, signal: controller.signal }));
    await hand.advance(250);
    await expect.poll(() => server.letters.length).toBe(20);
    const last = [false, true].map((fresh) => hasty.send(letter, { fresh, signal }));
    await hand.advance(10_000);
    for (const result of await Promise.all(last)) {
      expect(result).toMatchObject({
        kind: 'unreachable',
        failure: {
          cause: 'timeout',
          phase: 'connect',
          line: 'busy',
          detail: `submission 127.0.0.1:${server.port} kept 20 connections busy, and none got free within 10.0 s`,
        },
      });
    }
    expect(server.open).toBe(20);
    controller.abort();
    await Promise.all(hanging);
  });

  it('makes room for a fresh one where there are twenty', async () => {
    let letters = 0;
    const server = await start({ dot: () => (++letters <= 19 ? 'silent' : '250 Ok') });
    const hand = createHandClock(0);
    const sender = submitter(server.port, {}, 60_000, hand);
    const controller = new AbortController();
    const hanging = Array.from({ length: 19 }, () => sender.send(letter, { fresh: false, signal: controller.signal }));
    await hand.advance(250);
    await expect.poll(() => server.letters.length).toBe(19);
    const twentieth = sender.send(letter, { fresh: false, signal });
    await hand.advance(250);
    expect((await twentieth).kind).toBe('accepted');
    expect((await sender.send(letter, { fresh: true, signal })).kind).toBe('accepted');
    expect(server.commands).toContain('20: QUIT');
    expect(server.commands.at(-1)).toBe('21: <letter>');
    controller.abort();
    await Promise.all(hanging);
  });

  it('is left after ten idle seconds', async () => {
    const server = await start({});
    const hand = createHandClock(0);
    const sender = submitter(server.port, {}, 60_000, hand);
    await sender.send(letter, { fresh: false, signal });
    await hand.advance(9_999);
    expect(server.commands.at(-1)).toBe('1: <letter>');
    await hand.advance(1);
    await expect.poll(() => server.commands.at(-1)).toBe('1: QUIT');
  });
});
