import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import type { Ms } from '../lib/time.ts';

/** A port on loopback that can be closed and opened again as the same port: what a service that goes down looks like. */
export interface Listener {
  /** 0 before it was opened for the first time. */
  readonly port: number;
  /** Opens the port; nothing happens when it is open. Rejects when the port is taken. */
  open(): Promise<void>;
  /** Closes the port and cuts every connection. */
  close(): Promise<void>;
}

export interface ListenerOptions {
  /** For the error when the port is taken. */
  readonly name: string;
  readonly host: string;
  /** 0: any free one, kept from then on. */
  readonly port: number;
  /** TLS from the first byte, with the certificate of the moment; absent: plain. */
  readonly secureContext?: (() => SecureContext) | undefined;
  /** Resolves when this connection may be served; used to freeze a service. */
  readonly admit?: (() => Promise<void>) | undefined;
  /** A connection on which nothing moves for so long is cut. */
  readonly idleMs: Ms;
  readonly serve: (socket: Socket) => void;
}

export function createListener(options: ListenerOptions): Listener {
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  let port = options.port;

  function accepted(socket: Socket): void {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that goes away is no event here; without a listener it would end the process.
    socket.on('error', () => socket.destroy());
    // hoodiecrow answers in many small writes; Nagle's algorithm would hold each back by 40 ms.
    socket.setNoDelay(true);
    socket.setTimeout(options.idleMs, () => socket.destroy());
    if (options.admit === undefined) serve(socket);
    else void options.admit().then(() => serve(socket));
  }

  function serve(socket: Socket): void {
    if (socket.destroyed) return;
    if (options.secureContext === undefined) {
      options.serve(socket);
      return;
    }
    const secure = new TLSSocket(socket, { isServer: true, secureContext: options.secureContext() });
    secure.on('error', () => socket.destroy());
    secure.once('secure', () => options.serve(secure));
  }

  return {
    get port(): number {
      return port;
    },
    open: () =>
      new Promise((resolve, reject) => {
        if (server !== null) {
          resolve();
          return;
        }
        const opening = createServer(accepted);
        server = opening;
        opening.once('error', (error) => {
          server = null;
          reject(
            new Error(
              `sandbox: ${options.name} cannot listen on ${options.host}:${port} (${error.message}); give it another port, or 0 for any free one`,
              { cause: error },
            ),
          );
        });
        opening.listen(port, options.host, () => {
          // Asked for: a plain TCP server's address is never a path.
          port = (opening.address() as AddressInfo).port;
          resolve();
        });
      }),
    close: () =>
      new Promise((resolve) => {
        const closing = server;
        server = null;
        for (const socket of sockets) socket.destroy();
        if (closing === null) resolve();
        else closing.close(() => resolve());
      }),
  };
}
