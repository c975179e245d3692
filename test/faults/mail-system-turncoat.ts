import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { Lab } from '../lab/lab.ts';

/** What a client is answered; `begin` begins a line that is none of an answer's last ones. */
export type Answer = (socket: Socket, begin: string) => void;

/** A server before the real one that talks sense until a command comes that it answers in its own way. */
export interface Turncoat {
  readonly port: number;
  /** From now on; what is open is cut. null: all is as behind it again. */
  turn(when: RegExp, answer: Answer): void;
  turnBack(): void;
  close(): Promise<void>;
}

export interface TurncoatOptions {
  /** The port of the lab behind it. */
  readonly target: number;
  /** Both sides of it speak TLS from the first byte on; it has the lab's own certificate. */
  readonly tls: boolean;
  readonly begin: string;
}

export async function openTurncoat(lab: Lab, { target, tls, begin }: TurncoatOptions): Promise<Turncoat> {
  const sockets = new Set<Socket>();
  let turned: { readonly when: RegExp; readonly answer: Answer } | null = null;

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  function serve(socket: Socket): void {
    const at = { port: target, host: '127.0.0.1' };
    const inner = tls ? connectTls({ ...at, rejectUnauthorized: false }) : connect(at);
    let mine = false;
    keep(inner);
    const onAnswer = (chunk: Buffer): void => void (mine || socket.write(chunk));
    inner.on('data', onAnswer);
    inner.once('close', () => mine || socket.destroy());
    socket.once('close', () => inner.destroy());
    socket.on('data', (chunk: Buffer) => {
      if (mine) return;
      if (turned === null || !turned.when.test(chunk.toString('latin1'))) {
        inner.write(chunk);
        return;
      }
      mine = true;
      inner.destroy();
      turned.answer(socket, begin);
    });
  }

  function cut(): void {
    for (const socket of sockets) socket.destroy();
  }

  const pem = readFileSync(path.join(lab.dir, 'server.pem'));
  const server: Server = tls ? createTlsServer({ key: pem, cert: pem }) : createServer();
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    keep(socket);
    serve(socket);
  });
  // Before the handshake of TLS, too.
  server.on('connection', keep);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    turn(when, answer) {
      turned = { when, answer };
      cut();
    },
    turnBack() {
      turned = null;
      cut();
    },
    async close() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}

/** Bytes that are no line of any protocol, and a line end, so that nobody need wait for one. */
export function garbage(socket: Socket): void {
  socket.write(Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 167 + 13) % 256)));
}

/** A line that begins well and never ends, as fast as it is read. */
export function endlessLine(socket: Socket, begin: string): void {
  socket.write(begin);
  pour(socket, Buffer.alloc(65_536, 'a'));
}

/** Lines without end that each look well. */
export function endlessLines(socket: Socket, begin: string): void {
  pour(socket, Buffer.from(`${begin}still not at the point\r\n`.repeat(1_000)));
}

/** One line of 10 MB, then nothing. */
export function tenMegabytes(socket: Socket, begin: string): void {
  socket.write(Buffer.concat([Buffer.from(begin), Buffer.alloc(10_000_000, 'b'), Buffer.from('\r\n')]));
}

/** A byte a second of a line that begins well. */
export function byteASecond(socket: Socket, begin: string): void {
  let at = 0;
  const text = `${begin}of a server that takes its time`;
  const timer = setInterval(() => socket.write(text.charAt(at++ % text.length)), 1_000);
  socket.once('close', () => clearInterval(timer));
}

function pour(socket: Socket, chunk: Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}
