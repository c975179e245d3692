import type { Socket } from 'node:net';

/** Whoever asked is not there any more: nobody's failure. */
export class LeftError extends Error {
  override readonly name = 'LeftError';
}

/** Those who wait for one thing, each by a connection. */
export interface Askers {
  /** Fires, with a LeftError, once the connection of the last of them has closed. */
  readonly left: AbortSignal;
  /** One more, who waits until `done` is called. A connection may ask twice. */
  add(socket: Socket): { done(): void };
}

export function createAskers(): Askers {
  const left = new AbortController();
  let waiting = 0;

  return {
    left: left.signal,
    add(socket) {
      waiting++;
      const leave = (): void => {
        done();
        if (waiting === 0) left.abort(new LeftError());
      };
      let isWaiting = true;
      const done = (): void => {
        if (!isWaiting) return;
        isWaiting = false;
        waiting--;
        socket.off('close', leave);
      };
      socket.once('close', leave);
      // One that waits behind another answer of its connection may come to nobody.
      if (socket.destroyed) leave();
      return { done };
    },
  };
}
