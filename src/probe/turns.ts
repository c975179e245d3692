import type { Login } from './auth-pacing.ts';

/** Who wants into a mailbox that lets one in at a time takes turns at its login, in the order in which they come. */
export interface Turns {
  /** Resolves with what ends the turn, when its turn has come or `signal` calls it off. */
  take(login: Pick<Login, 'service' | 'user'>, signal: AbortSignal): Promise<() => void>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    async take({ service, user }, signal) {
      const key = `${service} ${user}`;
      const before = last.get(key) ?? Promise.resolve();
      let end = (): void => undefined;
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const until = before.then(() => ended);
      last.set(key, until);
      void until.then(() => {
        if (last.get(key) === until) last.delete(key);
      });
      let calledOff = (): void => undefined;
      const off = new Promise<void>((resolve) => {
        calledOff = resolve;
        signal.addEventListener('abort', calledOff, { once: true });
        if (signal.aborted) resolve();
      });
      await Promise.race([before, off]);
      signal.removeEventListener('abort', calledOff);
      return end;
    },
  };
}
