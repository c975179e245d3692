import type { Instant, Ms } from '../lib/time.ts';
import { paceAfterAuth } from './verdict-of-visits.ts';

/** A user's login at a server. Whoever refuses it counts its refusals together, whichever of us tried. */
export interface Login {
  /** Its host: what bans us or locks the account rarely knows of ports. */
  readonly server: string;
  /** `host:port`: what one service refuses another may take. */
  readonly service: string;
  readonly user: string;
  /** `refused_login_wait` of the system. */
  readonly waitMs: Ms;
}

/** The login of `user` at an endpoint of the system. */
export function loginAt(
  { host, port }: { readonly host: string; readonly port: number },
  user: string,
  { refused_login_wait: waitMs }: { readonly refused_login_wait: Ms },
): Login {
  return { server: host, service: `${host}:${port}`, user, waitMs };
}

/** Refused logins in a row of each user at each server, over all checks, routes and watchers, and who may try next. */
export interface AuthPacing {
  /** True while it is too soon for `who`. False is leave to try, once: while refusals go on, one of them tries at a time. */
  waits(login: Login | undefined, who: string, now: Instant): boolean;
  /** An attempt of `who` that began at `startedAt` has ended; returns how far off its next one may be, in ms. */
  after(login: Login | undefined, who: string, refused: boolean, intervalMs: Ms, startedAt: Instant): Ms;
}

interface Row {
  /** Refusals since the last login that was taken, by service. */
  readonly refused: Map<string, number>;
  notBefore: Instant;
  /** The longest of all who log in there. */
  waitMs: Ms;
  /** Those who were refused or have to wait, the one who waits longest first. */
  readonly queue: Map<string, { readonly service: string; readonly intervalMs: Ms }>;
}

export function createAuthPacing(): AuthPacing {
  const rows = new Map<string, Row>();

  function rowOf({ server, user, waitMs }: Login): Row {
    const key = `${server.toLowerCase()} ${user.toLowerCase()}`;
    const row = rows.get(key) ?? { refused: new Map(), notBefore: -Infinity, waitMs, queue: new Map() };
    row.waitMs = Math.max(row.waitMs, waitMs);
    rows.set(key, row);
    return row;
  }

  return {
    waits(login, who, now) {
      if (login === undefined) return false;
      const row = rowOf(login);
      const inRow = refusalsOf(row);
      // A service that refuses nobody is none of those that are slowed down.
      if (inRow < FEW || !row.refused.has(login.service)) return false;
      if (!row.queue.has(who)) row.queue.set(who, { service: login.service, intervalMs: 0 });
      if (now < row.notBefore) return true;
      const [next] = row.queue.keys();
      // Its turn does not wait for ever for one who is not due.
      const longest = Math.max(0, ...[...row.queue.values()].map(({ intervalMs }) => intervalMs));
      if (next !== undefined && next !== who && now < row.notBefore + longest) return true;
      row.notBefore = now + paceAfterAuth(0, inRow, row.waitMs);
      return false;
    },
    after(login, who, refused, intervalMs, startedAt) {
      if (login === undefined) return intervalMs;
      const row = rowOf(login);
      row.queue.delete(who);
      if (!refused) {
        row.refused.delete(login.service);
        for (const [other, { service }] of row.queue) if (service === login.service) row.queue.delete(other);
        return intervalMs;
      }
      row.refused.set(login.service, (row.refused.get(login.service) ?? 0) + 1);
      row.queue.set(who, { service: login.service, intervalMs });
      const inRow = refusalsOf(row);
      const pace = paceAfterAuth(0, Math.max(FEW, inRow), row.waitMs);
      if (inRow >= FEW) row.notBefore = Math.max(row.notBefore, startedAt + pace);
      // Its turn comes when all others have had theirs; of the first refusals it is not known yet whether they go on.
      return Math.max(intervalMs, pace * row.queue.size);
    },
  };
}

/** Refusals in a row before anybody waits. */
const FEW = 3;

function refusalsOf({ refused }: Row): number {
  let sum = 0;
  for (const count of refused.values()) sum += count;
  return sum;
}
