import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, type Authority } from '../../test/lab/certificates.ts';
import { startScriptedSmtp, type Script, type ScriptedSmtp } from '../../test/support/scripted-smtp.ts';
import type { MxSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import { createHandClock } from '../lib/hand-clock.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { createResolver } from '../net/resolve.ts';
import type { Letter } from '../probe/send-result.ts';
import { createInboundMta } from './inbound-mta.ts';
import { createMxHosts } from './mx-hosts.ts';
import type { SendPort } from '../probe/ports.ts';

const clock = createSystemClock();
const resolver = createResolver({ servers: [], family: 'ipv4-only' });
const signal = new AbortController().signal;
const letter: Letter = {
  from: 'probe@agent.example',
  to: 'alice@corp.example',
  messageId: '<1@agent.example>',
  raw: Buffer.from('Subject: é\r\n\r\nbody\r\n'),
};
const STARTTLS = '250-mx.example\n250-STARTTLS\n250-8BITMIME\n250 SIZE 100000';

let authority: Authority;
beforeAll(async () => {
  authority = await createAuthority('mx.example');
});

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(script: Script, pem?: string): Promise<ScriptedSmtp> {
  const server = await startScriptedSmtp(script, pem);
  closers.push(() => server.close());
  return server;
}

function mta(
  ports: readonly number[],
  settings: Partial<MxSettings> = {},
  timeoutMs = 5_000,
  itsClock: Clock = clock,
  hosts = createMxHosts(itsClock),
): SendPort {
  const sender = createInboundMta({
    settings: {
      hosts: ports.map((port) => ({ host: '127.0.0.1', port })),
      port: 25,
      starttls: 'opportunistic',
      verify: true,
      helo: 'agent.example',
      retry_after: 60_000,
      mail_from: 'probe@agent.example',
      bounces_to_sink: false,
      ...settings,
    },
    hosts,
    resolver,
    clock: itsClock,
    timeoutMs,
  });
  closers.push(() => sender.close());
  return sender;
}

describe('one pass over the hosts of an MX', () => {
  // what each host does → kind, code, hosts that were asked
  const cases: readonly [string, readonly Script[], string, number | undefined, number][] = [
    ['ends at the first that accepts', [{}, {}], 'accepted', undefined, 1],
    ['goes on after a host that cuts', [{ greeting: 'cut' }, {}], 'accepted', undefined, 2],
    ['goes on after a greeting with 421', [{ greeting: '421 4.3.2 busy' }, {}], 'accepted', undefined, 2],
    ['goes on after a 450 at RCPT', [{ RCPT: '450 4.2.0 later' }, {}], 'accepted', undefined, 2],
    ['goes on after a 451 after DATA', [{ dot: '451 4.3.0 later' }, {}], 'accepted', undefined, 2],
    ['goes on after a greeting with 554', [{ greeting: '554 5.3.2 no mail here' }, {}], 'accepted', undefined, 2],
    ['is refused when all greet with 554', [{ greeting: '554 no' }, { greeting: '554 no' }], 'refused', 554, 2],
    ['ends at a final refusal', [{ RCPT: '550 5.1.1 unknown' }, {}], 'refused', 550, 1],
    ['ends when the letter may have been accepted', [{ dot: 'cut' }, {}], 'uncertain', undefined, 1],
    [
      'is refused when one refused for now and the next cannot be reached',
      [{ RCPT: '450 4.2.0 later' }, { greeting: 'cut' }],
      'refused',
      450,
      2,
    ],
    ['is unreachable when none was reached', [{ greeting: 'cut' }, { EHLO: 'cut' }], 'unreachable', undefined, 2],
  ];
  it.each(cases)('%s', async (_, scripts, kind, code, asked) => {
    const servers = await Promise.all(scripts.map((script) => start(script)));
    const result = await mta(servers.map(({ port }) => port)).send(letter, { fresh: false, signal });
    expect(result.kind).toBe(kind);
    expect('failure' in result ? result.failure.code : undefined).toBe(code);
    const reached = result.transcript.filter(({ text }) => text.startsWith('connected to'));
    expect(reached.length).toBe(asked);
  });

  it('gives a host that is silent its share of the time, not all of it', async () => {
    const servers = [await start({ greeting: 'silent' }), await start({})];
    const result = await mta(
      servers.map(({ port }) => port),
      {},
      1_000,
    ).send(letter, { fresh: false, signal });
    expect(result).toMatchObject({ kind: 'accepted', peer: `127.0.0.1:${servers[1]?.port}` });
  });

  it('whose domain cannot be resolved is unreachable by dns', async () => {
    const nobody = createResolver({ servers: ['127.0.0.1:9'], family: 'ipv4-only' });
    const sender = createInboundMta({
      settings: {
        domain: 'corp.example',
        port: 25,
        starttls: 'none',
        verify: true,
        helo: 'a.example',
        retry_after: 60_000,
        mail_from: 'p@a.example',
        bounces_to_sink: false,
      },
      hosts: createMxHosts(clock),
      resolver: nobody,
      clock,
      timeoutMs: 2_000,
    });
    expect(await sender.send(letter, { fresh: false, signal })).toMatchObject({
      kind: 'unreachable',
      peer: 'corp.example:25',
      failure: { cause: 'dns', phase: 'dns' },
    });
  });
});

describe('a foreign MTA', () => {
  it('says EHLO with its name, SIZE and 8BITMIME, and leaves with QUIT', async () => {
    const server = await start({ EHLO: '250-mx.example\n250-8BITMIME\n250 SIZE 100000' });
    const sender = mta([server.port]);
    await sender.send(letter, { fresh: false, signal });
    await sender.close();
    expect(server.commands.map((line) => line.slice(3))).toEqual([
      'EHLO agent.example',
      'EHLO agent.example',
      'MAIL FROM:<probe@agent.example> BODY=8BITMIME SIZE=21',
      'RCPT TO:<alice@corp.example>',
      'DATA',
      '<letter>',
      'QUIT',
    ]);
  });

  // TLS setting, certificate → kind, cause
  const tls: readonly [string, Partial<MxSettings>, 'valid' | 'expired' | 'other-name', string, string | undefined][] =
    [
      ['takes STARTTLS with a certificate that nobody would trust', {}, 'expired', 'accepted', undefined],
      ['does not take it when told so', { starttls: 'none' }, 'valid', 'accepted', undefined],
      [
        'trusts a certificate of its CA where TLS is required',
        { starttls: 'required' },
        'valid',
        'accepted',
        undefined,
      ],
      [
        'refuses an expired one where TLS is required',
        { starttls: 'required' },
        'expired',
        'unreachable',
        'certificate',
      ],
      [
        'refuses one for another name where TLS is required',
        { starttls: 'required' },
        'other-name',
        'unreachable',
        'certificate',
      ],
      [
        'takes any where it shall not verify',
        { starttls: 'required', verify: false },
        'other-name',
        'accepted',
        undefined,
      ],
    ];
  it.each(tls)('%s', async (_, settings, certificate, kind, cause) => {
    const server = await start({ EHLO: STARTTLS }, await authority.issue(certificate));
    const result = await mta([server.port], { ca: authority.pem, ...settings }).send(letter, { fresh: false, signal });
    expect(result.kind).toBe(kind);
    expect('failure' in result ? result.failure.cause : undefined).toBe(cause);
    const secured = settings.starttls !== 'none';
    expect(server.commands.includes('1: STARTTLS')).toBe(secured);
    expect(result.certificateExpiresAt !== undefined).toBe(secured);
    expect(result.phases.some(({ phase }) => phase === 'starttls')).toBe(secured);
  });

  it('goes on in plain where STARTTLS is refused', async () => {
    const server = await start({ EHLO: STARTTLS, STARTTLS: '454 4.7.0 TLS not available' });
    const result = await mta([server.port]).send(letter, { fresh: false, signal });
    expect(result.kind).toBe('accepted');
  });

  it('comes again in plain where the handshake fails', async () => {
    // It agrees, and then answers the handshake with a line of SMTP.
    const server = await start({ EHLO: STARTTLS, STARTTLS: '220 2.0.0 go ahead\n500 5.5.1 what?' });
    const result = await mta([server.port]).send(letter, { fresh: false, signal });
    expect(result.kind).toBe('accepted');
    expect(server.commands.at(-1)).toBe('2: <letter>');
  });

  it('does not go on in plain where TLS is required', async () => {
    const server = await start({});
    const result = await mta([server.port], { starttls: 'required' }).send(letter, { fresh: false, signal });
    expect(result).toMatchObject({ kind: 'unreachable', failure: { cause: 'tls', phase: 'starttls' } });
    await expect.poll(() => server.commands.at(-1)).toBe('1: QUIT');
  });
});

describe('the connection of a letter', () => {
  const greetings = (server: ScriptedSmtp): number => server.commands.filter((line) => line.includes('EHLO')).length;
  const plain = { starttls: 'none' } as const;
  const letters = { fresh: false, signal };

  it('is left with QUIT at once where the next letter comes after seconds', async () => {
    const server = await start({});
    const hand = createHandClock(0);
    const sender = mta([server.port], plain, 60_000, hand);
    for (let n = 1; n <= 3; n++) {
      expect((await sender.send(letter, letters)).kind).toBe('accepted');
      await expect.poll(() => server.commands.at(-1)).toBe(`${n}: QUIT`);
      await hand.advance(2_001);
    }
    expect(greetings(server)).toBe(3);
  });

  it('is kept for two seconds where letters follow each other, by all routes of the system', async () => {
    const server = await start({});
    const hand = createHandClock(0);
    const hosts = createMxHosts(hand);
    for (let n = 0; n < 4; n++) {
      const result = await mta([server.port], plain, 60_000, hand, hosts).send(letter, letters);
      expect(result).toMatchObject({ kind: 'accepted', peer: `127.0.0.1:${server.port}` });
      await hand.advance(1_999);
    }
    // The first is alone and left; the second is the one that the others come after.
    expect(greetings(server)).toBe(2);
    expect(server.letters.length).toBe(4);
    await hand.advance(1);
    await expect.poll(() => server.commands.at(-1)).toBe('2: QUIT');
  });

  it('is a new one where a fresh one is asked for', async () => {
    const server = await start({});
    const sender = mta([server.port], plain);
    for (let n = 0; n < 2; n++) await sender.send(letter, letters);
    await sender.send(letter, { fresh: true, signal });
    expect(greetings(server)).toBe(3);
  });

  it('is not kept after a refusal', async () => {
    const server = await start({ RCPT: '450 4.2.0 greylisted', DATA: '554 5.5.1 no recipients' });
    const sender = mta([server.port], plain);
    for (let n = 0; n < 2; n++) await sender.send(letter, letters);
    await expect.poll(() => server.commands.at(-1)).toBe('2: QUIT');
    expect(greetings(server)).toBe(2);
  });

  it('is replaced where the server ended it meanwhile, which is no failure', async () => {
    const server = await start({});
    const sender = mta([server.port], plain);
    for (let n = 0; n < 2; n++) await sender.send(letter, letters);
    await server.hangUp();
    expect((await sender.send(letter, letters)).kind).toBe('accepted');
    expect(server.letters.length).toBe(3);
  });
});
