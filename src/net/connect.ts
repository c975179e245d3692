import { connect, type Socket } from 'node:net';

/** A TCP connection to one address. Rejects with the system's error (`code`), or without a code when the signal aborts. */
export function connectTo(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Error('no time left'));
      return;
    }
    const socket = connect({ host: address, port, noDelay: true });
    const done = (): void => {
      signal.removeEventListener('abort', giveUp);
      socket.removeListener('connect', won);
      socket.removeListener('error', failed);
      // Stays for good: whoever takes the socket sees its close, and an error that nobody hears ends the program.
      socket.on('error', () => undefined);
    };
    const giveUp = (): void => {
      done();
      socket.destroy();
      reject(new Error('no answer'));
    };
    const failed = (error: Error): void => {
      done();
      socket.destroy();
      reject(error);
    };
    const won = (): void => {
      done();
      resolve(socket);
    };
    socket.once('connect', won);
    socket.once('error', failed);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
