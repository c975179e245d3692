import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import type { Settings } from '../../config/settings.ts';
import type { Secret } from '../../lib/secret.ts';
import { createHostGuard } from '../host-guard.ts';
import type { Refuse } from '../refusal.tsx';
import { oneOf, REFUSALS } from '../refusal-words.ts';
import { isByItself } from './by-itself.ts';
import type { Asked, Door } from './door.ts';
import { isOwnOrigin } from './origin.ts';
import { isFor } from './roles.ts';

/** What is sent with POST; everything else is GET and HEAD alone. */
const FORMS =
  /^\/(sign-in|sign-out|exclusions\/new|exclusions\/[\w.-]+\/(approve|withdraw)|records\/new|records\/[\w.-]+\/withdraw|sandbox)$/;
/** Signing in must be possible, and a watchdog needs no name: what it is told beyond good or not depends on who asks. */
const FOR_ALL = /^\/(sign-in|sign-out|healthz|readyz)$/;
/** What takes a program or a disk to make. */
const DOWNLOADS = /^\/report\/[^/]+\/(csv|pdf|evidence)$/;

/** Answers, before any page, what is not asked under our name, from a page of ours, or by somebody who may. */
export function createGate(
  settings: Settings,
  door: Door,
  refuse: Refuse,
): MiddlewareHandler<{ Bindings: HttpBindings }> {
  const { agent } = settings;
  const isOurName = createHostGuard(agent.listen, agent.host_names);
  const systems = settings.systems.map(({ name }) => name);

  return async (c, next) => {
    const client = door.clientOf(c);
    if (!isOurName(client.host)) return refuse(c, { status: 421, why: REFUSALS.otherName });
    const path = c.req.path;
    const isForm = c.req.method === 'POST' && FORMS.test(path);
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD' && !isForm)
      return refuse(c, { status: 405, why: REFUSALS.onlyReading, headers: { Allow: 'GET, HEAD' } });
    // A page elsewhere that was made to share our name (DNS rebinding) tells where it comes from.
    const { origin } = c.env.incoming.headers;
    if (origin === undefined ? isForm : !isOwnOrigin(origin, client))
      return refuse(c, { status: 403, why: REFUSALS.otherOrigin });
    // A link there may lead here; an image there, which sends no Origin, would only keep the agent busy.
    if (DOWNLOADS.test(path) && isPartOfForeignPage(c)) return refuse(c, { status: 403, why: REFUSALS.foreignPage });
    if (path === '/metrics') {
      if (agent.metrics === 'open' || hasToken(c, agent.metrics_token)) return next();
      return refuse(c, { status: 401, why: REFUSALS.metricsClosed, headers: { 'WWW-Authenticate': 'Bearer' } });
    }
    if (FOR_ALL.test(path)) return next();
    // Open pages, too, are looked at by people who are signed in.
    const user = door.sessionOf(c, !isByItself(c))?.user;
    if (agent.pages === 'open') return next();
    if (user === undefined) return notSignedIn(c, agent.base_path);
    // As if no other system were there: neither what it is asked about nor what a refusal names.
    const asked = systemAsked(c, systems);
    if (asked !== undefined && (asked === null ? user.systems !== 'all' : !isFor(user, asked)))
      return notTheirs(
        c,
        refuse,
        systems.filter((system) => isFor(user, system)),
      );
    return next();
  };
}

/** As browsers tell it (Fetch Metadata). Other programs tell nothing of it. */
function isPartOfForeignPage(c: Asked): boolean {
  if (c.req.header('Sec-Fetch-Site') !== 'cross-site') return false;
  // A frame navigates, too.
  return c.req.header('Sec-Fetch-Mode') !== 'navigate' || (c.req.header('Sec-Fetch-Dest') ?? 'document') !== 'document';
}

/** The system that an address is about; the one that there is where it names none; null: it should name one. */
function systemAsked(c: Asked, systems: readonly string[]): string | null | undefined {
  if (!/^\/(report|api|system)\//.test(c.req.path)) return undefined;
  const [, named] = /^\/system\/([^/]+)/.exec(c.req.path) ?? [];
  // As it stands: a name that needs an escape is none.
  if (named !== undefined) return named;
  const [only = null] = systems;
  return c.req.query('system') ?? (systems.length === 1 ? only : null);
}

function notSignedIn(c: Asked, basePath: string): Response {
  if (c.req.path.startsWith('/api/') || !(c.req.header('Accept') ?? '').includes('text/html'))
    return c.json({ error: 'these pages are for those who signed in (agent.pages)' }, 401);
  const { pathname, search } = new URL(c.req.url);
  const next = `${pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : pathname}${search}`;
  return c.redirect(`${basePath}/sign-in?next=${encodeURIComponent(next)}`, 303);
}

function notTheirs(c: Asked, refuse: Refuse, theirs: readonly string[]): Response | Promise<Response> {
  const why = REFUSALS.notYours(oneOf(theirs));
  return c.req.path.startsWith('/api/') ? c.json({ error: why.en }, 404) : refuse(c, { status: 404, why });
}

function hasToken(c: Asked, token: Secret | undefined): boolean {
  const [, given] = /^Bearer +(\S+)$/i.exec(c.req.header('Authorization') ?? '') ?? [];
  if (given === undefined || token === undefined) return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token.reveal()));
}
