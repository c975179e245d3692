import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Settings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import { ConfigError, messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { SECOND } from '../lib/time.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { MonthGlance } from '../month/glance.ts';
import type { MonthEntry } from '../month/month-list.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { LiveState } from '../probe/live-state.ts';
import { addActsRoutes } from './entries/acts-routes.tsx';
import type { EntryDesk } from './entries/entry-desk.ts';
import { addExclusionRoutes } from './entries/exclusion-routes.tsx';
import { addRecordRoutes } from './entries/record-routes.tsx';
import { addRecordWithdrawal } from './entries/record-withdrawal.tsx';
import { createRoom } from './entries/room.tsx';
import { addSignInRoutes } from './entries/sign-in-routes.tsx';
import { livenessOf, readinessOf, type Health } from './health.ts';
import type { PageDesk } from './pages/page-desk.ts';
import { addPageRoutes } from './pages/page-routes.tsx';
import { addPanelRoutes } from './panel/panel-routes.tsx';
import { sandboxNote } from './panel/sandbox-note.tsx';
import type { SandboxPanel } from './panel/sandbox-panel.ts';
import { findChromium } from './reports/find-chromium.ts';
import type { MonthDesk } from './reports/month-desk.ts';
import { createPrinter, type Printer } from './reports/printer.ts';
import { addReportRoutes } from './reports/report-routes.ts';
import { createRefuse } from './refusal.tsx';
import { REFUSALS } from './refusal-words.ts';
import { createDoor, type Asked } from './sign-in/door.ts';
import { createGate } from './sign-in/gate.ts';
import { isFor } from './sign-in/roles.ts';
import { readTls, renewTls } from './sign-in/tls-files.ts';
import { CONTENT_SECURITY_POLICY } from './style.ts';

export interface WebParts {
  readonly settings: Settings;
  readonly metrics: Pick<Metrics, 'observe' | 'scrape' | 'contentType'>;
  readonly live: () => LiveState;
  /** The last events, oldest first. */
  readonly recent: () => readonly AgentEvent[];
  readonly desk: MonthDesk & PageDesk;
  readonly entries: EntryDesk;
  /** The months of a system that the page links to, as last known; oldest first. */
  readonly monthsOf: (system: string) => readonly MonthEntry[];
  /** Of the running month, as last computed. */
  readonly figuresOf: (system: string) => MonthGlance | null;
  /** Of a sandbox that the agent watches; absent: there is no such page. */
  readonly panel?: SandboxPanel | undefined;
  readonly clock: Clock;
  readonly version: string;
  readonly log: Log;
}

export interface Web {
  /** Resolves when it listens; `url` ends in a slash. Rejects with a ConfigError of one line when the address is not to be had. */
  start(): Promise<{ readonly url: string }>;
  /** Ends at once: an answer that is under way is cut. */
  stop(): Promise<void>;
}

/** A browser opens six, and /metrics and /healthz shall be answered beside a hundred of them. */
const MAX_CONNECTIONS = 1_000;

/** Metrics, health, reports and pages on the agent's listener. What was measured is only ever read; what people enter is written. */
export function createWeb(parts: WebParts): Web {
  const { listen: at, tls, base_path } = parts.settings.agent;
  const { host, port } = at;
  let server: Server | undefined;
  let renewal: { stop(): void } | undefined;
  let printer: Printer | null = null;

  return {
    async start() {
      const limits = { headersTimeout: 10 * SECOND, requestTimeout: 20 * SECOND, maxHeaderSize: 8_192 };
      const chromium = findChromium(parts.settings.agent.chromium);
      printer = chromium === null ? null : createPrinter({ chromium, store: parts.settings.agent.store });
      const { fetch } = createSite(parts, printer);
      const listening = createAdaptorServer(
        tls === undefined
          ? { fetch, serverOptions: limits }
          : {
              fetch,
              createServer: createTlsServer,
              serverOptions: { ...limits, ...readTls(tls), minVersion: 'TLSv1.2' },
            },
      ) as Server | TlsServer;
      listening.maxConnections = MAX_CONNECTIONS;
      await listen(listening, host, port);
      listening.on('error', (error) => parts.log.error({ error: messageOf(error) }, 'the web listener failed'));
      server = listening;
      if (tls !== undefined) renewal = renewTls(listening as TlsServer, tls, parts);
      const scheme = tls === undefined ? 'http' : 'https';
      return { url: `${scheme}://${hostOf(listening.address() as AddressInfo)}${base_path}/` };
    },
    async stop() {
      const closing = server;
      server = undefined;
      renewal?.stop();
      if (closing === undefined) return;
      const closed = new Promise<void>((resolve) => void closing.close(() => resolve()));
      closing.closeAllConnections();
      await closed;
      await printer?.stop();
    },
  };
}

function createSite(
  { settings, metrics, live, recent, desk, entries, monthsOf, figuresOf, panel, clock, version, log }: WebParts,
  printer: Printer | null,
): Hono<{ Bindings: HttpBindings }> {
  const { agent } = settings;
  const base = agent.base_path;
  const site = new Hono<{ Bindings: HttpBindings }>({ getPath: (request) => pathBelow(base, request.url) });
  const door = createDoor(agent, clock);

  site.use(async (c, next) => {
    c.header('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('Cross-Origin-Resource-Policy', 'same-origin');
    c.header('Cache-Control', 'no-store');
    return next();
  });
  const refuse = createRefuse(base, door);
  site.use(createGate(settings, door, refuse));

  // Where the pages are open everybody sees all; else each their own systems.
  const isTheirs = (c: Asked, system: string): boolean => {
    const user = door.sessionOf(c, false)?.user;
    return agent.pages === 'open' || (user !== undefined && isFor(user, system));
  };
  const zoneOf = (system: string): string => entries.contractOf(system).timezone;
  const sandbox = panel === undefined ? null : sandboxNote;
  addPageRoutes(site, {
    settings,
    live,
    recent,
    desk,
    monthsOf,
    figuresOf,
    zoneOf,
    sandbox,
    isTheirs,
    door,
    refuse,
    clock,
    version,
    log,
  });
  if (panel !== undefined)
    addPanelRoutes(site, { settings, panel, door, refuse, live, recent, figuresOf, zoneOf, clock, version, log });
  site.get('/metrics', async (c) => {
    metrics.observe(live());
    return c.body(await metrics.scrape(), 200, { 'Content-Type': metrics.contentType });
  });
  site.get('/healthz', (c) => {
    const health = livenessOf(live(), settings, clock.now());
    return c.json(mayKnowWhy(c) ? health : { ok: health.ok }, statusOf(health));
  });
  site.get('/readyz', (c) => {
    const health = readinessOf(live());
    return c.json(mayKnowWhy(c) ? health : { ok: health.ok }, statusOf(health));
  });

  addReportRoutes(site, { settings, desk, refuse, printer, clock, log });
  const people = { settings, door, refuse, entries, clock, log };
  const room = createRoom(people);
  addSignInRoutes(site, room, people);
  addExclusionRoutes(site, room);
  addRecordRoutes(site, room);
  addRecordWithdrawal(site, room);
  addActsRoutes(site, room);

  /** The reasons name systems and mailboxes. */
  function mayKnowWhy(c: Asked): boolean {
    return agent.pages === 'open' || door.sessionOf(c, false)?.user.systems === 'all';
  }

  site.notFound((c) => refuse(c, { status: 404, why: REFUSALS.noPage, line: ALL_PAGES }));
  site.onError((error, c) => {
    log.error({ error: messageOf(error), path: c.req.path }, 'a page could not be made');
    return refuse(c, { status: 500, why: REFUSALS.notMade });
  });
  return site;
}

/** The path of a request without the prefix under which a proxy shows the pages, which it may have taken off already. */
function pathBelow(base: string, url: string): string {
  const { pathname } = new URL(url);
  if (base === '' || !(pathname === base || pathname.startsWith(`${base}/`))) return pathname;
  return pathname.slice(base.length) || '/';
}

const ALL_PAGES =
  'Not found; there are /, /system/NAME, /probe/ID, /exclusions, /records, /acts, /metrics, /healthz, /readyz, /report/2026-10, /api/v1/report?month=2026-10 and /api/v1/months.';

function statusOf(health: Health): 200 | 503 {
  return health.ok ? 200 : 503;
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => reject(refusal(error, host, port));
    server.once('error', refused);
    server.listen(port, host, () => {
      server.off('error', refused);
      resolve();
    });
  });
}

/** The operator's to mend where the address is not to be had; else a failure of ours. */
function refusal(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const expected = LISTEN_REFUSALS[error.code ?? ''];
  if (expected === undefined)
    return new Error(`agent.listen: cannot listen on ${host}:${port} (${messageOf(error)})`, { cause: error });
  return new ConfigError([{ file: 'agent.listen', path: '', expected, got: `${host}:${port}` }]);
}

const LISTEN_REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'a free port; another program listens there',
  EACCES: 'a port that this user may listen on; that one needs more rights',
  EADDRNOTAVAIL: 'an address of this machine',
  ENOTFOUND: 'an address of this machine; there is no such name',
};

function hostOf({ address, family, port }: AddressInfo): string {
  const host = address === '0.0.0.0' || address === '::' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `${host}:${port}`;
}
