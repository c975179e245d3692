import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHandClock, type HandClock } from '../lib/hand-clock.ts';
import { createSinkConnections, type Admission, type SinkConnections } from './sink-connections.ts';

// Real sockets from addresses of their own, and a hand clock.

const MAIL = '127.0.0.2';
const STRANGER = '127.0.0.3';

let server: Server;
let clock: HandClock;
let connections: SinkConnections;
let serial = 0;
const sockets: Socket[] = [];

beforeAll(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});
beforeEach(() => {
  clock = createHandClock(0);
  connections = createSinkConnections(clock, {
    max_connections: 8,
    max_connections_per_address: 4,
    timeout: 60_000,
    letterMs: 300_000,
  });
});
afterEach(() => {
  connections.cutAll();
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => server.close());

async function come(from: string): Promise<{ id: string; admission: Admission; far: Socket }> {
  const accepted = once(server, 'connection');
  const far = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', localAddress: from });
  far.on('error', () => undefined);
  const [socket] = (await accepted) as [Socket];
  socket.on('error', () => undefined);
  sockets.push(far, socket);
  const id = `c${++serial}`;
  return { id, admission: connections.admit(id, socket), far };
}

/** What became of the last one: a place, or why there was none. */
async function all(count: number, from: (n: number) => string): Promise<string> {
  let last = '';
  for (let n = 0; n < count; n++) {
    const { admission } = await come(from(n));
    last = admission.kind === 'taken' ? 'taken' : admission.mayBeMail;
  }
  return last;
}

/** A mail system asks for an address of ours, and goes. */
async function becomeKnown(address = MAIL): Promise<void> {
  const { id } = await come(address);
  connections.wanted(id);
  connections.drop(id);
}

const strangers = (n: number): string => `127.0.1.${1 + Math.floor(n / 4)}`;

describe('where all places are taken by strangers', () => {
  test('and nobody is known, whoever is turned away may be a mail system', async () => {
    expect(await all(8, strangers)).toBe('taken');
    expect(await all(1, () => MAIL)).toBe('unknown');
  });

  test('the first one that asked for nothing within ten seconds gives its place up', async () => {
    const first = await come(STRANGER);
    await all(7, strangers);
    await clock.advance(9_999);
    expect(await all(1, () => MAIL)).toBe('unknown');
    await clock.advance(1);
    const gone = once(first.far, 'close');
    expect(await all(1, () => MAIL)).toBe('taken');
    await gone;
  });

  test('a quarter is kept for addresses that are known, and more strangers take nothing of it', async () => {
    await becomeKnown();
    expect(await all(6, strangers)).toBe('taken');
    expect(await all(1, () => STRANGER)).toBe('unknown');
    expect(await all(4, () => MAIL)).toBe('taken');
  });

  test('one that has asked for an address of ours stays, and is asked for no place', async () => {
    const { id, far } = await come(STRANGER);
    connections.wanted(id);
    await all(7, strangers);
    await clock.advance(20_000);
    await all(7, strangers);
    expect(connections.get(id)).toBeDefined();
    expect(far.destroyed).toBe(false);
  });
});

describe('where one address has all the connections that it may', () => {
  test('it is no mail system if it never asked for an address of ours', async () => {
    expect(await all(5, () => STRANGER)).toBe('no');
  });

  test('strangers may share it with a mail system: what that puts off now, it puts off through us', async () => {
    await becomeKnown();
    expect(await all(5, () => MAIL)).toBe('known');
  });

  test('the first stranger among them gives its place up after ten seconds', async () => {
    await becomeKnown();
    await all(4, () => MAIL);
    await clock.advance(10_000);
    expect(await all(1, () => MAIL)).toBe('taken');
  });

  test('a mail system that uses them all has enough', async () => {
    for (let n = 0; n < 4; n++) connections.wanted((await come(MAIL)).id);
    expect(await all(1, () => MAIL)).toBe('no');
  });
});

test('a connection tells whether its address is new', async () => {
  const first = await come(MAIL);
  connections.wanted(first.id);
  const second = await come(MAIL);
  expect([first, second].map(({ id }) => connections.get(id)?.isNew)).toEqual([true, false]);
});
