import { isIPv6 } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import { HOUR, MINUTE, SECOND, type Instant, type Ms } from '../../lib/time.ts';

/** Bounds how often a password can be tried, by whom it is tried from and for whom. */
export interface Attempts {
  /**
   * Counts an attempt as one that failed, until `good` says otherwise, so that a hundred at once are not one. Returns how
   * long it must wait; 0: it may be tried.
   */
  begin(address: string, name: string): Ms;
  /** The attempt was none that failed. It forgets those of the name and no other of the address: who may sign in could else guess for others in between. */
  good(address: string, name: string): void;
}

/** So many are free: people mistype. */
const FREE = 5;
/** A name waits shorter than an address: else anyone could lock anyone out for long. */
const LONGEST = { address: 15 * MINUTE, name: MINUTE };
const FORGET: Ms = HOUR;
/** Addresses and names that are remembered; the oldest are forgotten first. */
const MOST = 10_000;

interface Failures {
  count: number;
  lastAt: Instant;
}

/** After five failures each further one doubles the wait, from a second; an hour without any forgets them. */
export function createAttempts(clock: Pick<Clock, 'now'>): Attempts {
  const failures = new Map<string, Failures>();

  function waitOf(key: string, longest: Ms, now: Instant): Ms {
    const found = failures.get(key);
    if (found === undefined || found.count < FREE) return 0;
    const wait = Math.min(longest, SECOND * 2 ** Math.min(30, found.count - FREE));
    return Math.max(0, found.lastAt + wait - now);
  }

  function failed(key: string, now: Instant): void {
    const count = (failures.get(key)?.count ?? 0) + 1;
    // At the end of the map, whose order is that of age.
    failures.delete(key);
    failures.set(key, { count, lastAt: now });
  }

  function takeBack(key: string): void {
    const found = failures.get(key);
    if (found === undefined) return;
    if (found.count === 1) failures.delete(key);
    else found.count--;
  }

  function forgetOld(now: Instant): void {
    for (const [key, { lastAt }] of failures) {
      if (lastAt + FORGET > now && failures.size < MOST) return;
      failures.delete(key);
    }
  }

  return {
    begin(address, name) {
      const now = clock.now();
      forgetOld(now);
      const [from, of] = [fromKey(address), nameKey(name)];
      const wait = Math.max(waitOf(from, LONGEST.address, now), waitOf(of, LONGEST.name, now));
      if (wait > 0) return wait;
      failed(from, now);
      failed(of, now);
      return 0;
    },
    good(address, name) {
      takeBack(fromKey(address));
      failures.delete(nameKey(name));
    },
  };
}

/** Whoever has one IPv6 address has 2^64 of them. */
function fromKey(address: string): string {
  return `from ${isIPv6(address) ? networkOf(address) : address}`;
}

function networkOf(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const before = head.split(':').filter((part) => part !== '');
  const after = (tail ?? '').split(':').filter((part) => part !== '');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':');
}

function nameKey(name: string): string {
  return `name ${name.slice(0, 300)}`;
}
