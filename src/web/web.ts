import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Settings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import { ConfigError, messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { SECOND } from '../lib/time.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { MonthEntry } from '../month/month-list.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { LiveState } from '../probe/live-state.ts';
import { livenessOf, readinessOf, type Health } from './health.ts';
import { createHostGuard } from './host-guard.ts';
import type { MonthDesk } from './month-desk.ts';
import { renderPage } from './page.tsx';
import { addReportRoutes } from './report-routes.ts';
import { CONTENT_SECURITY_POLICY } from './style.ts';

export interface WebParts {
  readonly settings: Settings;
  readonly metrics: Pick<Metrics, 'observe' | 'scrape' | 'contentType'>;
  readonly live: () => LiveState;
  /** The last events, oldest first. */
  readonly recent: () => readonly AgentEvent[];
  readonly desk: MonthDesk;
  /** The months of a system that the page links to, as last known; oldest first. */
  readonly monthsOf: (system: string) => readonly MonthEntry[];
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

/** Metrics, health, reports and a page on the agent's listener. It only ever reads. */
export function createWeb(parts: WebParts): Web {
  const { host, port } = parts.settings.agent.listen;
  let server: Server | undefined;

  return {
    async start() {
      const listening = createAdaptorServer({
        fetch: createSite(parts).fetch,
        serverOptions: { headersTimeout: 10 * SECOND, requestTimeout: 20 * SECOND, maxHeaderSize: 8_192 },
      }) as Server;
      listening.maxConnections = 200;
      await listen(listening, host, port);
      listening.on('error', (error) => parts.log.error({ error: messageOf(error) }, 'the web listener failed'));
      server = listening;
      return { url: urlOf(listening.address() as AddressInfo) };
    },
    async stop() {
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      const closed = new Promise<void>((resolve) => void closing.close(() => resolve()));
      closing.closeAllConnections();
      await closed;
    },
  };
}

function createSite({
  settings,
  metrics,
  live,
  recent,
  desk,
  monthsOf,
  clock,
  version,
  log,
}: WebParts): Hono<{ Bindings: HttpBindings }> {
  const site = new Hono<{ Bindings: HttpBindings }>();
  const isOurName = createHostGuard(settings.agent.listen, settings.agent.host_names);

  site.use(async (c, next) => {
    c.header('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('Cross-Origin-Resource-Policy', 'same-origin');
    c.header('Cache-Control', 'no-store');
    if (!isOurName(c.env.incoming.headers.host))
      return c.text(
        `This agent is not known under that name: ask for it by the address it listens on, or add the name to agent.host_names.\n`,
        421,
      );
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD')
      return c.text('Only GET and HEAD are answered.\n', 405, { Allow: 'GET, HEAD' });
    return next();
  });

  site.get('/', (c) => {
    const state = live();
    const now = clock.now();
    const liveness = livenessOf(state, settings, now);
    return c.html(
      renderPage({
        vantage: settings.agent.vantage,
        version,
        live: state,
        liveness,
        recent: recent(),
        monthsOf,
        now,
        onWall: (at) => at + clock.shiftAt(at),
      }),
    );
  });
  site.get('/metrics', async (c) => {
    metrics.observe(live());
    return c.body(await metrics.scrape(), 200, { 'Content-Type': metrics.contentType });
  });
  site.get('/healthz', (c) => {
    const health = livenessOf(live(), settings, clock.now());
    return c.json(health, statusOf(health));
  });
  site.get('/readyz', (c) => {
    const health = readinessOf(live());
    return c.json(health, statusOf(health));
  });

  addReportRoutes(site, { settings, desk, clock, log });

  site.notFound((c) => c.text(NOT_FOUND, 404));
  site.onError((error, c) => {
    log.error({ error: messageOf(error), path: c.req.path }, 'a page could not be made');
    return c.text('The page could not be made; the log of the agent says why.\n', 500);
  });
  return site;
}

const NOT_FOUND =
  'Not found; there are /, /metrics, /healthz, /readyz, /report/2026-10, /api/v1/report?month=2026-10 and /api/v1/months.\n';

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
  const expected = REFUSALS[error.code ?? ''];
  if (expected === undefined)
    return new Error(`agent.listen: cannot listen on ${host}:${port} (${messageOf(error)})`, { cause: error });
  return new ConfigError([{ file: 'agent.listen', path: '', expected, got: `${host}:${port}` }]);
}

const REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'a free port; another program listens there',
  EACCES: 'a port that this user may listen on; that one needs more rights',
  EADDRNOTAVAIL: 'an address of this machine',
  ENOTFOUND: 'an address of this machine; there is no such name',
};

function urlOf({ address, family, port }: AddressInfo): string {
  const host = address === '0.0.0.0' || address === '::' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${port}/`;
}
