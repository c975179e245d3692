import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import type { Instant, Ms } from '../../lib/time.ts';
import type { User } from './roles.ts';

export interface Session {
  readonly user: User;
  readonly openedAt: Instant;
  /** Forms that were taken already: one that is sent twice does its work once. */
  readonly taken: Set<string>;
}

/** Who is signed in. In memory alone: a restart signs all out. */
export interface Sessions {
  /** A random id of 256 bits, which is the secret of the cookie. */
  open(user: User): string;
  /** Null where there is none, or it ended. `renew`: it was used by a person, and not by a page that refreshes itself. */
  find(id: string, renew: boolean): Session | null;
  close(id: string): void;
}

/** The longest unused makes room. */
const MOST = 1_000;

export function createSessions(
  clock: Pick<Clock, 'now'>,
  { idleMs, limitMs }: { readonly idleMs: Ms; readonly limitMs: Ms },
): Sessions {
  const open = new Map<string, Session & { usedAt: Instant }>();

  return {
    open(user) {
      const now = clock.now();
      for (const [key, session] of open) if (isOver(session, now)) open.delete(key);
      for (const key of open.keys()) {
        if (open.size < MOST) break;
        open.delete(key);
      }
      const id = randomBytes(32).toString('base64url');
      open.set(keyOf(id), { user, openedAt: now, usedAt: now, taken: new Set() });
      return id;
    },
    find(id, renew) {
      const key = keyOf(id);
      const session = open.get(key);
      if (session === undefined) return null;
      const now = clock.now();
      if (isOver(session, now)) {
        open.delete(key);
        return null;
      }
      if (renew) {
        session.usedAt = now;
        // To the end of the map, whose order is that of use.
        open.delete(key);
        open.set(key, session);
      }
      return session;
    },
    close: (id) => void open.delete(keyOf(id)),
  };

  function isOver(
    { openedAt, usedAt }: { readonly openedAt: Instant; readonly usedAt: Instant },
    now: Instant,
  ): boolean {
    return now - usedAt >= idleMs || now - openedAt >= limitMs;
  }
}

// Looked up by its hash, so that the time of the look-up tells nothing of an id.
function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64');
}
