import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface BlackHole {
  readonly port: number;
  close(): void;
}

const LISTEN = `const server = require('node:net').createServer().listen({ host: process.argv[1], port: 0, backlog: 1 }, () => console.log(server.address().port));`;

/**
 * A port of a loopback address that answers no SYN: its process stands still (SIGSTOP) and its queue of connections
 * is full, so Linux drops what else comes.
 */
export async function startBlackHole(host: string): Promise<BlackHole> {
  const child = spawn(process.execPath, ['-e', LISTEN, host], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  child.kill('SIGSTOP');
  const filling: Socket[] = [];
  // A backlog of 1 holds two; the third is not answered any more, and stays so.
  for (let count = 0; count < 2; count++) {
    const socket = connect(port, host);
    filling.push(socket);
    await once(socket, 'connect');
  }
  return {
    port,
    close() {
      for (const socket of filling) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}
