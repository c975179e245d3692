import { createServer, type Socket } from 'node:net';
import { chmodSync } from 'node:fs';

export interface SocketServer {
  close(): Promise<void>;
}

/**
 * Answers Postfix's alias look-ups (socketmap_table(5)) from a map that a test can change at any moment, without the
 * reload that would disturb the mail in flight.
 */
export async function serveAliases(socketPath: string, aliases: ReadonlyMap<string, string>): Promise<SocketServer> {
  return await serveUnix(socketPath, (socket) => {
    let pending = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      pending += chunk;
      // A netstring: "<length>:<map name> <key>,".
      for (let match = /^(\d+):/u.exec(pending); match !== null; match = /^(\d+):/u.exec(pending)) {
        const start = match[0].length;
        const end = start + Number(match[1]);
        if (pending.length <= end) return;
        const key = pending.slice(start, end).split(' ')[1] ?? '';
        pending = pending.slice(end + 1);
        const value = aliases.get(key.toLowerCase());
        const reply = value === undefined ? 'NOTFOUND ' : `OK ${value}`;
        socket.write(`${reply.length}:${reply},`);
      }
    });
  });
}

/** A server on a Unix socket that every user of the machine may connect to; close() ends its connections too. */
export async function serveUnix(socketPath: string, onConnection: (socket: Socket) => void): Promise<SocketServer> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  chmodSync(socketPath, 0o666);
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
