import type { Clock, Timer } from '../lib/clock.ts';
import { SECOND, type Ms } from '../lib/time.ts';
import type { Session } from './session.ts';

/** Sessions that wait for their next letter: a new one costs ten times what a letter costs. */
export interface WarmSessions {
  /**
   * The one used last that still lives; null: open one. When many are at work it waits a moment for one of them, or a
   * server that gets slow would be buried under new connections. Each call is answered by one `put` or `miss`.
   */
  take(fresh: boolean): Promise<Session | null>;
  /** Keeps a session for a while, or ends it (`keep` false, worn out, too many, closing). Does not wait. */
  put(session: Session, keep: boolean): void;
  /** None could be opened. */
  miss(): void;
  /** Ends all, and waits for those that are ending. From now on nothing is kept. */
  close(): Promise<void>;
}

/** Shorter than any server's patience (RFC 5321 section 4.5.3.2 asks for five minutes, many give one). */
const IDLE_LIMIT: Ms = 10 * SECOND;
/** Servers count letters of a connection and end it at some number. */
const MAX_LETTERS = 100;
/** Many times what 75 letters a second need. */
const MAX_SESSIONS = 8;
/** Above that a letter waits this long for a session that gets free; where the server hangs, none does. */
const PATIENCE: Ms = 250;

interface Idle {
  readonly session: Session;
  readonly timer: Timer;
}

export function createWarmSessions(clock: Clock): WarmSessions {
  const idle: Idle[] = [];
  const letters = new WeakMap<Session, number>();
  const leaving = new Set<Promise<void>>();
  const waiting: ((session: Session | null) => void)[] = [];
  let busy = 0;
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

  function lastUsed(): Session | null {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      last.timer.cancel();
      if (last.session.alive) return last.session;
      leave(last.session);
    }
    return null;
  }

  function soonFree(): Promise<Session | null> {
    return new Promise((resolve) => {
      const timer = clock.after(PATIENCE, () => {
        waiting.splice(waiting.indexOf(handOver), 1);
        resolve(null);
      });
      const handOver = (session: Session | null): void => {
        timer.cancel();
        resolve(session);
      };
      waiting.push(handOver);
    });
  }

  return {
    async take(fresh) {
      let session = fresh ? null : lastUsed();
      if (session === null && !fresh && busy >= MAX_SESSIONS) session = await soonFree();
      busy += 1;
      return session;
    },
    put(session, keep) {
      busy -= 1;
      const count = (letters.get(session) ?? 0) + 1;
      letters.set(session, count);
      const good = keep && !closing && session.alive && count < MAX_LETTERS;
      const next = waiting.shift();
      next?.(good ? session : null);
      if (good && next !== undefined) return;
      if (!good || idle.length >= MAX_SESSIONS) leave(session);
      else idle.push({ session, timer: clock.after(IDLE_LIMIT, () => dismiss(session)) });
    },
    miss() {
      busy -= 1;
      waiting.shift()?.(null);
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
