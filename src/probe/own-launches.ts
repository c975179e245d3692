import type { Instant } from '../lib/time.ts';
import type { Probe } from './probe.ts';

/** What was launched from this store, so that what another agent launches with the same key is told from it. */
export interface OwnLaunches {
  add(probe: Probe): void;
  /**
   * Ids that the store has of earlier runs. A run keeps to the wall of its start, so where the wall was set back since, its
   * tokens are of later than the start of this one.
   */
  knowEarlier(ids: Iterable<string>): void;
  /**
   * Whether a probe whose token our key has signed may be ours: of what was launched since this run began, each one is
   * remembered. An agent on a copy of the store launches others, which are not ours to count or to delete.
   */
  mayBeOurs(probe: Probe): boolean;
}

/** A day of fourteen routes of one probe a minute; what was launched before those is believed. */
export const MOST_REMEMBERED = 20_000;

export function createOwnLaunches(beganAt: Instant, most: number = MOST_REMEMBERED): OwnLaunches {
  const launches = new Map<string, Instant>();
  const earlier = new Set<string>();
  let since = beganAt;
  return {
    add({ id, launchedAt }) {
      launches.set(id, launchedAt);
      const [oldest] = launches;
      if (launches.size <= most || oldest === undefined) return;
      launches.delete(oldest[0]);
      since = oldest[1] + 1;
    },
    knowEarlier(ids) {
      for (const id of ids) earlier.add(id);
    },
    mayBeOurs: ({ id, launchedAt }) => launchedAt < since || launches.has(id) || earlier.has(id),
  };
}
