import type { Instant } from '../lib/time.ts';
import type { Probe } from './probe.ts';

/** What this run has launched, so that what another agent launches with the same key is told from it. */
export interface OwnLaunches {
  add(probe: Probe): void;
  /**
   * Whether a probe whose token our key has signed may be ours: of what was launched since this run began, each one is
   * remembered. An agent on a copy of the store launches others, which are not ours to count or to delete.
   */
  mayBeOurs(probe: Probe): boolean;
}

/** A day of fourteen routes of one probe a minute; what was launched before those is believed. */
const MOST_REMEMBERED = 20_000;

export function createOwnLaunches(beganAt: Instant, most: number = MOST_REMEMBERED): OwnLaunches {
  const launches = new Map<string, Instant>();
  let since = beganAt;
  return {
    add({ id, launchedAt }) {
      launches.set(id, launchedAt);
      const [oldest] = launches;
      if (launches.size <= most || oldest === undefined) return;
      launches.delete(oldest[0]);
      since = oldest[1] + 1;
    },
    mayBeOurs: ({ id, launchedAt }) => launchedAt < since || launches.has(id),
  };
}
