import type { Instant, Ms } from '../lib/time.ts';
import { paceAfterAuth } from './verdict-of-visits.ts';

/** Refused logins in a row of each check's target and each route, and when the next attempt may be made. */
export interface AuthPacing {
  /** True while it is too soon. */
  waits(key: string, now: Instant): boolean;
  /** An attempt that began at `startedAt` has ended; returns the pace from now on, in ms. */
  after(key: string, refused: boolean, intervalMs: Ms, startedAt: Instant): Ms;
}

export function createAuthPacing(): AuthPacing {
  const logins = new Map<string, { readonly inRow: number; readonly notBefore: Instant }>();
  return {
    waits: (key, now) => now < (logins.get(key)?.notBefore ?? -Infinity),
    after(key, refused, intervalMs, startedAt) {
      const inRow = refused ? (logins.get(key)?.inRow ?? 0) + 1 : 0;
      const pace = paceAfterAuth(intervalMs, inRow);
      logins.set(key, { inRow, notBefore: pace > intervalMs ? startedAt + pace : -Infinity });
      return pace;
    },
  };
}
