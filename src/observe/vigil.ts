import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { SECOND, type Instant, type Ms } from '../lib/time.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import type { AuthPacing, Login } from '../probe/auth-pacing.ts';
import type { Observer } from '../probe/ports.ts';
import type { Failure } from '../probe/visit.ts';
import { backOff } from './back-off.ts';

export interface VigilOptions {
  readonly system: string;
  readonly mailbox: string;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly logins: AuthPacing;
  readonly login: Login;
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
  readonly onFailedLook?: ((failure: Failure, attemptedAt: Instant) => void) | undefined;
  /**
   * Connects and looks until it is told to stop, which `until` tells; calls `ready` once the mailbox can be looked at.
   * Throws when it cannot go on.
   */
  readonly attempt: (signal: AbortSignal, ready: () => void) => Promise<void>;
}

/** Keeps looking at a mailbox through failures, and tells when looking begins and ceases to work. */
export interface Vigil {
  start(): void;
  /** There may be something to do. */
  wake(): void;
  readonly stopping: boolean;
  /** Resolves after `ms`, or as soon as it is woken. */
  wait(ms: Ms): Promise<void>;
  /** Resolves at that instant, asked for anew at each waking, with true; with false as soon as all is to stop. */
  until(at: () => Instant): Promise<boolean>;
  /** Lets what is under way end, for a second at most. */
  stop(): Promise<void>;
}

/** A connection that lived this long was a good one: the waiting begins from the shortest again. */
const GOOD_MS: Ms = 30 * SECOND;
const STOP_MS: Ms = SECOND;
/** While others of us were refused at that login it is asked this often whether it may be tried. */
const LOGIN_MS: Ms = 5 * SECOND;

export function createVigil(options: VigilOptions): Vigil {
  const { system, mailbox, clock, observer, logins, login, log } = options;
  const who = `watcher ${system}/${mailbox}`;
  const abort = new AbortController();
  const order = { stop: false };
  let running: Promise<void> = Promise.resolve();
  let state: 'up' | 'down' | null = null;
  let failures = 0;
  // What woke nobody, because just then nobody waited, lets the next wait end at once: it may have been computed before.
  let woken = false;
  const missed = (): void => void (woken = true);
  let wake: () => void = missed;

  function tell(next: 'up' | 'down', failure?: Failure): void {
    if (state === next) return;
    state = next;
    observer.watching(mailbox, next, failure);
  }

  async function run(): Promise<void> {
    while (!order.stop) {
      const beganAt = clock.now();
      if (logins.waits(login, who, beganAt)) {
        await until(() => beganAt + LOGIN_MS);
        continue;
      }
      let ready = false;
      try {
        await options.attempt(abort.signal, () => {
          ready = true;
          logins.after(login, who, false, 0, beganAt);
          tell('up');
        });
      } catch (error) {
        if (order.stop) return;
        const failure = failureOf(error);
        const endedAt = clock.now();
        if (failure.cause === 'auth') logins.after(login, who, true, 0, beganAt);
        failures = ready && endedAt - beganAt > GOOD_MS ? 1 : failures + 1;
        tell('down', failure);
        // Of a connection that had worked only its end is known to be a failure.
        options.onFailedLook?.(failure, ready ? endedAt : beganAt);
        const pause = backOff(failures, failure.cause, login.waitMs, options.random);
        await until(() => endedAt + pause);
      }
    }
  }

  function failureOf(error: unknown): Failure {
    if (error instanceof DialogueError) return error.failure;
    log.error({ system, mailbox, error: messageOf(error) }, 'a bug: watching the mailbox broke off');
    return { cause: 'protocol', phase: 'fetch', detail: messageOf(error) };
  }

  function wait(ms: Ms): Promise<void> {
    if (woken) {
      woken = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = clock.after(ms, done);
      function done(): void {
        timer.cancel();
        wake = missed;
        resolve();
      }
      wake = done;
    });
  }

  async function until(at: () => Instant): Promise<boolean> {
    for (let left = at() - clock.now(); !order.stop && left > 0; left = at() - clock.now()) await wait(left);
    return !order.stop;
  }

  return {
    start() {
      running = run();
    },
    wake: () => wake(),
    get stopping() {
      return order.stop;
    },
    wait,
    until,
    async stop() {
      order.stop = true;
      wake();
      const hurry = clock.after(STOP_MS, () => abort.abort());
      await running;
      hurry.cancel();
    },
  };
}
