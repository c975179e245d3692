import type { Clock } from '../lib/clock.ts';
import { humanMs, type Ms } from '../lib/time.ts';

/** The abort reason of a dialogue whose time is up, as against one that was called off. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  readonly limitMs: Ms;

  constructor(limitMs: Ms) {
    super(`the time limit of ${humanMs(limitMs)} passed`);
    this.limitMs = limitMs;
  }
}

/** The time limit of a whole dialogue. Its signal aborts when the time is up or the outer signal aborts. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly limitMs: Ms;
  remainingMs(): Ms;
  /** Lets go of the timer and of the outer signal. */
  end(): void;
}

export function createDeadline(clock: Clock, limitMs: Ms, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const endsAt = clock.now() + limitMs;
  const timer = clock.after(limitMs, () => controller.abort(new DeadlinePassed(limitMs)));
  const callOff = (): void => controller.abort(outer?.reason);
  if (outer?.aborted === true) callOff();
  else outer?.addEventListener('abort', callOff, { once: true });
  return {
    signal: controller.signal,
    limitMs,
    remainingMs: () => Math.max(0, endsAt - clock.now()),
    end() {
      timer.cancel();
      outer?.removeEventListener('abort', callOff);
    },
  };
}

/** Why a wait ended, for a sentence: `within 20 s`, or `before the visit was called off`. */
export function untilWhen(signal: AbortSignal): string {
  return signal.reason instanceof DeadlinePassed
    ? `within ${humanMs(signal.reason.limitMs)}`
    : 'before the visit was called off';
}

/** Rejects as soon as the signal aborts, with what `failed` makes; `work` is left to end by itself and must not throw unseen. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal, failed: () => Error): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(failed());
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
