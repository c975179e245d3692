import { randomBytes } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { AgentSettings } from '../../config/settings.ts';
import type { Clock } from '../../lib/clock.ts';
import { createClientReader, type Client } from './client.ts';
import { createFormTokens } from './form-token.ts';
import type { User } from './roles.ts';
import { createSessions, type Session } from './sessions.ts';

export type Asked = Context<{ Bindings: HttpBindings }>;

/** What is known of whoever asks, and the cookies that carry it. */
export interface Door {
  clientOf(c: Asked): Client;
  /** Null: nobody is signed in. `renew`: as in sessions. */
  sessionOf(c: Asked, renew?: boolean): Session | null;
  signIn(c: Asked, user: User): void;
  /** Who signed out; null: nobody was signed in. */
  signOut(c: Asked): User | null;
  /** The token that each form of this browser carries; makes the cookie that it belongs to where there is none. */
  tokenOf(c: Asked): string;
  isToken(c: Asked, token: string): boolean;
}

const SESSION = 'mailwitness_session';
/** Of a browser that is not signed in: what the token of the sign-in form belongs to. */
const VISIT = 'mailwitness_visit';

export function createDoor(agent: AgentSettings, clock: Pick<Clock, 'now'>): Door {
  const clientOf = createClientReader(agent.proxies);
  const sessions = createSessions(clock, { idleMs: agent.session_idle, limitMs: agent.session_limit });
  const tokens = createFormTokens();

  /** Of requests that are being answered: a page may ask twice for its token. */
  const fresh = new WeakMap<Asked, string>();

  const cookie = (c: Asked) => ({
    path: `${agent.base_path}/`,
    httpOnly: true,
    // Not Strict: a link in a ticket or a mail would show the sign-in page to somebody who is signed in. What is sent
    // from elsewhere is refused by its origin and its token.
    sameSite: 'Lax' as const,
    secure: clientOf(c.env.incoming).secure,
  });

  const sessionOf = (c: Asked, renew = true): Session | null => {
    const id = getCookie(c, SESSION);
    return id === undefined ? null : sessions.find(id, renew);
  };

  /** What the tokens belong to: a session, or a visit. */
  function carrierOf(c: Asked): string | undefined {
    return sessionOf(c, false) === null ? getCookie(c, VISIT) : getCookie(c, SESSION);
  }

  return {
    clientOf: (c) => clientOf(c.env.incoming),
    sessionOf,
    signIn(c, user) {
      // A new id whatever the browser had: nobody can have planted it.
      const before = getCookie(c, SESSION);
      if (before !== undefined) sessions.close(before);
      setCookie(c, SESSION, sessions.open(user), cookie(c));
      deleteCookie(c, VISIT, cookie(c));
    },
    signOut(c) {
      const id = getCookie(c, SESSION);
      const session = sessionOf(c, false);
      if (id !== undefined) sessions.close(id);
      deleteCookie(c, SESSION, cookie(c));
      return session?.user ?? null;
    },
    tokenOf(c) {
      const carrier = carrierOf(c) ?? fresh.get(c);
      if (carrier !== undefined && carrier !== '') return tokens.of(carrier);
      const visit = randomBytes(32).toString('base64url');
      fresh.set(c, visit);
      setCookie(c, VISIT, visit, cookie(c));
      return tokens.of(visit);
    },
    isToken(c, token) {
      const carrier = carrierOf(c);
      return carrier !== undefined && carrier !== '' && tokens.isOf(carrier, token);
    },
  };
}
