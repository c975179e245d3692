import type { Clock, Timer } from '../lib/clock.ts';
import { SECOND, type Ms } from '../lib/time.ts';
import type { Session } from './session.ts';

/** Sessions that wait for their next letter: a new one costs ten times what a letter costs. */
export interface WarmSessions {
  /** The one used last that still lives; the caller owns it until it is put back. */
  take(): Session | null;
  /** Keeps a session for a while, or ends it (`keep` false, worn out, too many, closing). Does not wait. */
  put(session: Session, keep: boolean): void;
  /** Ends all, and waits for those that are ending. From now on nothing is kept. */
  close(): Promise<void>;
}

/** Shorter than any server's patience (RFC 5321 section 4.5.3.2 asks for five minutes, many give one). */
const IDLE_LIMIT: Ms = 10 * SECOND;
/** Servers count letters of a connection and end it at some number. */
const MAX_LETTERS = 100;
/** More than this were never busy at once at 75 letters a second. */
const MAX_IDLE = 4;

interface Idle {
  readonly session: Session;
  readonly timer: Timer;
}

export function createWarmSessions(clock: Clock): WarmSessions {
  const idle: Idle[] = [];
  const letters = new WeakMap<Session, number>();
  const leaving = new Set<Promise<void>>();
  let closing = false;

  function leave(session: Session): void {
    const left = session.quit().finally(() => leaving.delete(left));
    leaving.add(left);
  }

  function dismiss(session: Session): void {
    const index = idle.findIndex((it) => it.session === session);
    if (index === -1) return;
    idle.splice(index, 1);
    leave(session);
  }

  return {
    take() {
      for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
        last.timer.cancel();
        if (last.session.alive) return last.session;
        leave(last.session);
      }
      return null;
    },
    put(session, keep) {
      const count = (letters.get(session) ?? 0) + 1;
      letters.set(session, count);
      if (!keep || closing || !session.alive || count >= MAX_LETTERS || idle.length >= MAX_IDLE) leave(session);
      else idle.push({ session, timer: clock.after(IDLE_LIMIT, () => dismiss(session)) });
    },
    async close() {
      closing = true;
      for (const { session, timer } of idle.splice(0)) {
        timer.cancel();
        leave(session);
      }
      await Promise.all(leaving);
    },
  };
}
