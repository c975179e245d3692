import { execFileSync } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface LogPipe {
  close(): void;
}

/**
 * A FIFO for a daemon that can only log to a file and stamps whole seconds: each line is handed over when it comes.
 * It is opened for reading and writing, so it neither blocks nor ends while no writer has it open.
 */
export function createLogPipe(file: string, onLine: (line: string) => void): LogPipe {
  execFileSync('mkfifo', ['-m', '0666', file]);
  const fd = openSync(file, constants.O_RDWR | constants.O_NONBLOCK);
  const input = new Socket({ fd, readable: true, writable: false });
  createInterface({ input }).on('line', onLine);
  return { close: () => input.destroy() };
}
