import type { Ms } from '../lib/time.ts';

/** Whether the store can be written, as far as a person must know. */
export interface WriteTrouble {
  /** What is wrong; null while nothing is, or while it may still pass by itself. */
  readonly told: string | null;
  /** The last try failed, told or not. */
  readonly isFailing: boolean;
  /** A try that is under way; it is trouble when it gives no answer for seconds. */
  underWay<T>(commit: Promise<T>): Promise<T>;
  failed(message: string): void;
  over(): void;
}

/**
 * A command that enters something, or folding a month, locks the file for a moment, and a disk may be slow for one: what
 * lasts no longer than this is no trouble that a person must act on.
 */
export const PASSING_MS: Ms = 5_000;
const LOCKED = /database (?:table )?is locked/;

/** `tell` is told once what is wrong, not with each try. */
export function createWriteTrouble(tell: (message: string) => void): WriteTrouble {
  let told: string | null = null;
  /** On the monotonic clock. */
  let failingSince: Ms | null = null;

  function say(message: string): void {
    if (message === told) return;
    told = message;
    tell(message);
  }

  return {
    get told() {
      return told;
    },
    get isFailing() {
      return failingSince !== null;
    },
    underWay(commit) {
      const timer = setTimeout(() => {
        if (told === null) say(`no answer from its disk for ${PASSING_MS / 1_000} s`);
      }, PASSING_MS);
      return commit.finally(() => clearTimeout(timer));
    },
    failed(message) {
      const now = performance.now();
      failingSince ??= now;
      if (!LOCKED.test(message) || now - failingSince >= PASSING_MS) say(message);
    },
    over() {
      told = null;
      failingSince = null;
    },
  };
}
