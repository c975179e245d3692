import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A port before a server that lets everything through, until it is told otherwise. */
export interface Gate {
  readonly port: number;
  /** From now on connections are treated so, and open ones are cut; null: they get through again. */
  treat(how: ((socket: Socket) => void) | null): void;
  /** Nobody listens there any more, until `open`. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

export interface GateOptions {
  /** Where to listen; default: any port that is free. */
  readonly port?: number;
  /** May change what the client says on its way. */
  readonly alter?: (chunk: Buffer) => Buffer;
}

export async function openGate(
  target: number,
  { port = 0, alter = (chunk) => chunk }: GateOptions = {},
): Promise<Gate> {
  const sockets = new Set<Socket>();
  let treatment: ((socket: Socket) => void) | null = null;
  let server: Server | null = null;
  let listensAt = port;

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  function pass(socket: Socket): void {
    const inner = connect({ port: target, host: '127.0.0.1', noDelay: true });
    keep(inner);
    socket.on('data', (chunk: Buffer) => inner.write(alter(chunk)));
    socket.once('end', () => inner.end());
    socket.once('close', () => inner.destroy());
    inner.once('close', () => socket.destroy());
    inner.pipe(socket);
  }

  async function open(): Promise<void> {
    const opened = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      keep(socket);
      (treatment ?? pass)(socket);
    });
    opened.listen(listensAt, '127.0.0.1');
    await once(opened, 'listening');
    listensAt = (opened.address() as AddressInfo).port;
    server = opened;
  }

  async function shut(): Promise<void> {
    const shutting = server;
    if (shutting === null) return;
    server = null;
    const closed = once(shutting, 'close');
    shutting.close();
    cut();
    await closed;
  }

  function cut(): void {
    for (const socket of sockets) socket.destroy();
  }

  await open();
  return {
    get port() {
      return listensAt;
    },
    treat(how) {
      treatment = how;
      cut();
    },
    shut,
    open,
    close: shut,
  };
}

/** Bytes that are no line of any protocol, and then silence. */
export function garbage(socket: Socket): void {
  socket.write(Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 167 + 13) % 256)));
}

/** A line that never ends, as fast as it is read. */
export function endlessLine(socket: Socket): void {
  const chunk = Buffer.alloc(65_536, 'a');
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}

/** A greeting of 10 MB in one line, then nothing. */
export function hugeBanner(socket: Socket): void {
  socket.write(Buffer.concat([Buffer.from('* OK '), Buffer.alloc(10_000_000, 'b'), Buffer.from('\r\n')]));
}

/** Lines without end that each look well: a greeting of many lines. */
export function endlessLines(socket: Socket): void {
  const chunk = Buffer.from('220-welcome to a server that does not come to the point\r\n'.repeat(1_000));
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}

/** A byte a second of a greeting that would be right. */
export function byteASecond(socket: Socket): void {
  let at = 0;
  const text = '220 mail.corp.example ESMTP of a server that takes its time\r\n';
  const timer = setInterval(() => {
    socket.write(text.charAt(at++ % text.length));
  }, 1_000);
  socket.once('close', () => clearInterval(timer));
}

/** An SMTP server that takes no recipient. */
export function refuseAtRcpt(socket: Socket): void {
  let pending = '';
  socket.write('220 remote.example ESMTP\r\n');
  socket.on('data', (chunk: Buffer) => {
    pending += chunk.toString('latin1');
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
      const verb = pending.slice(0, 4).toUpperCase();
      pending = pending.slice(end + 1);
      if (verb === 'QUIT') socket.end('221 2.0.0 bye\r\n');
      else if (verb === 'RCPT') socket.write('550 5.7.1 we do not take this\r\n');
      else if (verb === 'DATA') socket.write('554 5.5.1 no valid recipients\r\n');
      else socket.write('250 2.0.0 ok\r\n');
    }
  });
}
