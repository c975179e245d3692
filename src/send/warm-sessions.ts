import type { Clock, Timer } from '../lib/clock.ts';
import { SECOND, type Ms } from '../lib/time.ts';
import type { Session } from './session.ts';

/**
 * The sessions of one server, shared by all routes that go there: a new one costs ten times what a letter costs. However
 * slow the server gets, it never sees more than `MOST_SESSIONS` of ours: Postfix runs 100 processes a
 * service and greets nobody beyond them, and takes 50 connections of one address.
 */
export interface WarmSessions {
  /**
   * A session, the one used last that still lives; or leave to open one (`open`), always when it is to be `fresh`. When
   * many are at work it waits a moment for one of them before another is opened. `none`: all that there may be stayed at
   * work until the signal aborted. A session is answered by one `put`, a leave by one `put` or `miss`.
   */
  take(fresh: boolean, signal: AbortSignal): Promise<Session | 'open' | 'none'>;
  /** Keeps a session for a while, or ends it (`keep` false, worn out, too many, closing). Does not wait. */
  put(session: Session, keep: boolean): void;
  /** None could be opened. */
  miss(): void;
  /** Ends all, and waits for those that are ending. From now on nothing is kept. May be called again. */
  close(): Promise<void>;
}

/** Shorter than any server's patience (RFC 5321 section 4.5.3.2 asks for five minutes, many give one). */
const IDLE_LIMIT: Ms = 10 * SECOND;
const DEMAND: Ms = 2 * SECOND;
/** Servers count letters of a connection and end it at some number. */
const MAX_LETTERS = 100;
/** Many times what 75 letters a second need. */
const MAX_SESSIONS = 8;
/** Above that a letter waits this long for a session that gets free; where the server hangs, none does. */
const PATIENCE: Ms = 250;
/** In all, those that are being opened or left too. What Postfix and Exim open to one host at most, by default. */
export const MOST_SESSIONS = 20;

interface Idle {
  readonly session: Session;
  readonly timer: Timer;
}

interface Waiting {
  readonly fresh: boolean;
  limit: number;
  readonly give: (place: Session | 'open' | 'none') => void;
}

/**
 * `in-demand`: one is kept only where letters follow each other within seconds, and no longer; that is what one mail
 * server may expect of another (Postfix: smtp_connection_cache_on_demand, smtp_connection_cache_time_limit = 2s).
 */
export function createWarmSessions(clock: Clock, keeping: 'always' | 'in-demand' = 'always'): WarmSessions {
  const idleMs = keeping === 'always' ? IDLE_LIMIT : DEMAND;
  const idle: Idle[] = [];
  const letters = new WeakMap<Session, number>();
  const leaving = new Set<Promise<void>>();
  const waiting: Waiting[] = [];
  /** Those that wait, work, are being opened and are being left. */
  let places = 0;
  let lastAt = -Infinity;
  let inDemand = keeping === 'always';
  let closing = false;

  function leave(session: Session): void {
    const left = session.quit().finally(() => {
      leaving.delete(left);
      vacate();
    });
    leaving.add(left);
  }

  function vacate(): void {
    places -= 1;
    grant();
  }

  /** Who waits longest goes first. */
  function grant(): void {
    for (let next = waiting[0]; next !== undefined && places < next.limit; next = waiting[0]) {
      places += 1;
      waiting.shift();
      next.give('open');
    }
  }

  function dismiss(session: Session): void {
    const index = idle.findIndex((it) => it.session === session);
    const [found] = index === -1 ? [] : idle.splice(index, 1);
    if (found === undefined) return;
    found.timer.cancel();
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

  function queue(fresh: boolean, signal: AbortSignal): Promise<Session | 'open' | 'none'> {
    return new Promise((resolve) => {
      const callOff = (): void => {
        waiting.splice(waiting.indexOf(entry), 1);
        entry.give('none');
      };
      const entry: Waiting = {
        fresh,
        limit: fresh ? MOST_SESSIONS : MAX_SESSIONS,
        give(place) {
          impatience.cancel();
          signal.removeEventListener('abort', callOff);
          resolve(place);
        },
      };
      const impatience = clock.after(PATIENCE, () => {
        entry.limit = MOST_SESSIONS;
        grant();
      });
      signal.addEventListener('abort', callOff, { once: true });
      // A second attempt comes before a first one.
      if (fresh) waiting.unshift(entry);
      else waiting.push(entry);
    });
  }

  return {
    async take(fresh, signal) {
      if (closing || signal.aborted) return 'none';
      if (keeping === 'in-demand') inDemand = clock.now() - lastAt <= DEMAND;
      lastAt = clock.now();
      const session = fresh ? null : lastUsed();
      if (session !== null) return session;
      if (places < (fresh ? MOST_SESSIONS : MAX_SESSIONS)) {
        places += 1;
        return 'open';
      }
      // Only a fresh one comes here while others are idle.
      const [eldest] = idle;
      if (eldest !== undefined) dismiss(eldest.session);
      return await queue(fresh, signal);
    },
    put(session, keep) {
      const count = (letters.get(session) ?? 0) + 1;
      letters.set(session, count);
      if (!keep || !inDemand || closing || !session.alive || count >= MAX_LETTERS) return leave(session);
      // To who waits for a fresh one it is of no use, but its place is.
      if (waiting[0]?.fresh === true) return leave(session);
      const next = waiting.shift();
      if (next !== undefined) next.give(session);
      else if (idle.length >= MAX_SESSIONS) leave(session);
      else idle.push({ session, timer: clock.after(idleMs, () => dismiss(session)) });
    },
    miss: vacate,
    async close() {
      closing = true;
      for (const { give } of waiting.splice(0)) give('none');
      for (const { session, timer } of idle.splice(0)) {
        timer.cancel();
        leave(session);
      }
      await Promise.all(leaving);
    },
  };
}
