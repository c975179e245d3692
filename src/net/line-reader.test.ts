import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createSystemClock } from '../lib/system-clock.ts';
import { createDeadline } from './deadline.ts';
import { DialogueError } from './dialogue-error.ts';
import { createLineReader, type LineLimits, type LineReader } from './line-reader.ts';
import { createRecorder } from './recorder.ts';

const clock = createSystemClock();
let server: Server | undefined;
let client: Socket | undefined;

afterEach(() => {
  client?.destroy();
  server?.close();
});

async function reading(
  speak: (socket: Socket) => void,
  limits: Partial<LineLimits> = {},
): Promise<{ reader: LineReader; socket: Socket }> {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume();
    speak(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client = socket;
  await once(socket, 'connect');
  socket.write('hello\r\n');
  return {
    socket,
    reader: createLineReader({ socket, peer: 'mail.example:25', recorder: createRecorder(clock, 'greeting'), limits }),
  };
}

function within(ms: number): AbortSignal {
  return createDeadline(clock, ms).signal;
}

test('lines come one by one, however the bytes are cut, with CRLF or a bare LF', async () => {
  const { reader } = await reading((socket) => {
    for (const byte of Buffer.from('220 grüß\r\n\r\nbare\nlast\r\n')) socket.write(Buffer.from([byte]));
  });
  const lines = [];
  for (let count = 0; count < 4; count++) lines.push(await reader.line(within(5_000)));
  expect(lines).toEqual(['220 grüß', '', 'bare', 'last']);
});

test('what came before the close is still read', async () => {
  const { reader } = await reading((socket) => void socket.end('421 one\r\n421 two\r\n'));
  expect([await reader.line(within(5_000)), await reader.line(within(5_000))]).toEqual(['421 one', '421 two']);
  await expect(reader.line(within(5_000))).rejects.toMatchObject({ failure: { cause: 'closed' } });
});

test('counted bytes may hold line ends', async () => {
  const { reader } = await reading((socket) => void socket.write('* 1 FETCH {5}\r\na\r\nbc)\r\n'));
  expect(await reader.line(within(5_000))).toBe('* 1 FETCH {5}');
  expect((await reader.bytes(5, within(5_000))).toString()).toBe('a\r\nbc');
  expect(await reader.line(within(5_000))).toBe(')');
});

const oddities: readonly [string, (socket: Socket) => void, Partial<LineLimits>, string, string][] = [
  ['a silent server', () => undefined, {}, 'timeout', 'sent no complete line within 150 ms'],
  [
    'half a line and silence',
    (socket) => void socket.write('220 hel'),
    {},
    'timeout',
    'sent no complete line within 150 ms',
  ],
  ['a server that closes', (socket) => void socket.end(), {}, 'closed', 'closed the connection without an answer'],
  [
    'a server that resets',
    (socket) => void socket.once('data', () => socket.resetAndDestroy()),
    {},
    'closed',
    'ECONNRESET',
  ],
  ['half a line and a close', (socket) => void socket.end('220 hel'), {}, 'closed', 'closed the connection'],
  [
    'a line of 8 KiB and more',
    (socket) => void socket.write('y '.repeat(4_500)),
    {},
    'protocol',
    'a line of more than 8192 bytes ("y y y',
  ],
  [
    'an endless line',
    (socket) => endless(socket, 'x'.repeat(65_536)),
    {},
    'protocol',
    'a line of more than 8192 bytes',
  ],
  [
    'a banner of 10 MB in one line',
    (socket) => void socket.write(Buffer.alloc(10_485_760, 0x61)),
    {},
    'protocol',
    'a line of more than 8192 bytes',
  ],
  [
    'a banner of 10 MB in many lines',
    (socket) => endless(socket, '220-hello\r\n'.repeat(1_000)),
    {},
    'protocol',
    'sent more than',
  ],
  [
    'binary garbage',
    (socket) => void socket.write(Buffer.alloc(20_000, 0xff)),
    {},
    'protocol',
    'a line of more than 8192 bytes',
  ],
  [
    'lines without number',
    (socket) => void socket.write('a\r\n'.repeat(50)),
    { maxLines: 20 },
    'protocol',
    'sent more than 20 lines',
  ],
  [
    'bytes without number',
    (socket) => void socket.write('abc\r\n'.repeat(50)),
    { maxBytes: 100 },
    'protocol',
    'sent more than 100 bytes',
  ],
  ['a byte now and then', (socket) => trickle(socket), {}, 'timeout', 'sent no complete line within 150 ms'],
];

test.each(oddities)(
  '%s ends in a clear failure and a destroyed socket',
  async (_title, speak, limits, cause, words) => {
    const { reader, socket } = await reading(speak, limits);
    const signal = within(150);
    const error = await (async () => {
      for (;;) await reader.line(signal);
    })().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DialogueError);
    expect((error as DialogueError).failure).toMatchObject({
      cause,
      phase: 'greeting',
      detail: expect.stringContaining(words),
    });
    expect((error as DialogueError).failure.detail).toMatch(/^mail\.example:25 /);
    expect(socket.destroyed).toBe(true);
  },
);

test('a literal that is announced too long is not waited for', async () => {
  const { reader, socket } = await reading(() => undefined, { maxBytes: 1_000 });
  await expect(reader.bytes(4_000_000_000, within(5_000))).rejects.toMatchObject({ failure: { cause: 'protocol' } });
  expect(socket.destroyed).toBe(true);
});

test('a reader that lets go gives back what nobody had asked for', async () => {
  const { reader } = await reading((socket) => void socket.write('220 ready\r\n* injected\r\n'));
  await reader.line(within(5_000));
  expect(reader.release().toString()).toBe('* injected\r\n');
});

function endless(socket: Socket, text: string): void {
  socket.write(text, (error) => {
    if (!error && !socket.destroyed) endless(socket, text);
  });
}

function trickle(socket: Socket): void {
  const timer = setInterval(() => socket.write('x'), 20);
  socket.on('close', () => clearInterval(timer));
}
