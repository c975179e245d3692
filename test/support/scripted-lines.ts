import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * What a server does at a line: the reply as written here (LF becomes CRLF; '' says nothing), `CUT` closes, `RESET` resets,
 * `{ tls }` says the reply and begins TLS, `inject` being said in plain in the same breath; a function has the socket.
 */
export type Act =
  | string
  | { readonly tls: string; readonly inject?: string }
  | ((socket: Socket, match: RegExpMatchArray) => Act | void);
export type Rule = readonly [RegExp, Act];

export interface ScriptedLines {
  readonly port: number;
  /** Lines of all connections, in order. */
  readonly lines: string[];
  /** Connections that were accepted so far. */
  readonly connections: number;
  close(): Promise<void>;
}

export const CUT = '\u0000cut';
export const RESET = '\u0000reset';

/** A server of a line protocol on loopback that does as it is told; the first rule that matches a line counts. */
export async function startScriptedLines(options: {
  readonly greeting: Act;
  readonly rules?: readonly Rule[];
  /** Key and certificate; `implicit` speaks TLS from the first byte on. */
  readonly pem?: string;
  readonly implicit?: boolean;
  readonly host?: string;
  readonly port?: number;
}): Promise<ScriptedLines> {
  const { greeting, rules = [], pem } = options;
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  function act(socket: Socket, what: Act, match: RegExpMatchArray): void {
    if (typeof what === 'function') {
      const next = what(socket, match);
      if (next !== undefined) act(socket, next, match);
    } else if (typeof what === 'object') {
      socket.removeAllListeners('data');
      socket.write(`${what.tls}\r\n${what.inject ?? ''}`, () => listen(secured(socket)));
    } else if (what === CUT) socket.destroy();
    else if (what === RESET) socket.resetAndDestroy();
    else if (what !== '') socket.write(`${what.replaceAll('\n', '\r\n')}\r\n`);
  }

  function secured(socket: Socket): Socket {
    const tls = new TLSSocket(socket, { isServer: true, key: pem, cert: pem, minVersion: 'TLSv1.2' });
    tls.on('error', () => socket.destroy());
    sockets.add(tls);
    return tls;
  }

  function listen(socket: Socket): void {
    let rest = '';
    socket.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString('utf8')).split('\r\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        for (const [pattern, what] of rules) {
          const match = pattern.exec(line);
          if (match === null) continue;
          act(socket, what, match);
          break;
        }
      }
    });
  }

  const server = createServer((raw) => {
    connections += 1;
    sockets.add(raw);
    raw.on('error', () => undefined);
    raw.on('close', () => sockets.delete(raw));
    const socket = options.implicit === true ? secured(raw) : raw;
    listen(socket);
    act(socket, greeting, ['']);
  });
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    get connections() {
      return connections;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
