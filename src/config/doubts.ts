import { isIP } from 'node:net';
import { isLoopback } from './host.ts';
import type { AgentSettings, Settings, SystemSettings } from './settings.ts';
import type { Path } from './yaml-tree.ts';

/** What can be meant and is probably a slip: the configuration is taken, and a person should look. */
export interface Doubt {
  readonly path: Path;
  readonly text: string;
}

/** Of settings that passed every check. */
export function doubtsAbout(settings: Settings): Doubt[] {
  const systems = settings.systems.flatMap((system, index) =>
    [...ofPorts(system), ...ofTrust(system), ...ofWork(system), ...ofPace(system), ...ofRoutes(system, settings)].map(
      ({ path, text }) => ({ path: ['systems', index, ...path], text }),
    ),
  );
  return [...ofAgent(settings), ...systems, ...ofLogins(settings)];
}

/** Ports with a meaning of their own (RFC 8314): on the first of a pair TLS begins at once, on the other by STARTTLS. */
const PORTS = {
  submission: { implicit: [465], plain: [25, 587] },
  imap: { implicit: [993], plain: [143] },
  pop3: { implicit: [995], plain: [110] },
} as const;

const WITH_LOGIN = ['submission', 'imap', 'pop3'] as const;

function ofPorts(system: SystemSettings): Doubt[] {
  return WITH_LOGIN.flatMap((way): Doubt[] => {
    const { port, tls } = system[way] ?? {};
    if (port === undefined || tls === undefined) return [];
    const on = (ports: readonly number[]): boolean => ports.includes(port);
    if (tls !== 'implicit' && on(PORTS[way].implicit))
      return [
        { path: [way, 'port'], text: `port ${port} speaks TLS from the first byte; tls says ${tls}, not implicit` },
      ];
    if (tls === 'implicit' && on(PORTS[way].plain))
      return [{ path: [way, 'port'], text: `port ${port} begins in the clear; tls says implicit, not starttls` }];
    return [];
  });
}

function ofTrust(system: SystemSettings): Doubt[] {
  const doubts: Doubt[] = [];
  for (const way of WITH_LOGIN) {
    const settings = system[way];
    if (settings === undefined || isLoopback(settings.host)) continue;
    if (settings.tls === 'none') doubts.push({ path: [way, 'tls'], text: 'the password goes out in the clear' });
    else if (!settings.verify) doubts.push({ path: [way, 'verify'], text: UNVERIFIED });
  }
  const { webmail } = system;
  if (webmail === undefined) return doubts;
  const { protocol, hostname } = new URL(webmail.url);
  if (!webmail.verify && protocol === 'https:' && !isLoopback(hostname))
    doubts.push({ path: ['webmail', 'verify'], text: UNVERIFIED });
  if (webmail.text === undefined && webmail.status === 200)
    doubts.push({ path: ['webmail'], text: 'without text, a page that says "out of order" with status 200 is good' });
  return doubts;
}

const UNVERIFIED = 'anyone could pose as this server, and would be given the password; ca_file takes a private CA';

function ofWork({ checks, routes }: SystemSettings): Doubt[] {
  if (checks.length + routes.length > 0) return [];
  return [{ path: [], text: 'neither a check nor a route: nothing of it is measured' }];
}

/** Those who throttle, and are known to. */
const HOSTED = /(^|\.)(office365\.com|outlook\.com|gmail\.com|googlemail\.com|google\.com|icloud\.com|yahoo\.com)$/i;

function ofPace(system: SystemSettings): Doubt[] {
  if (system.pace === 'hosted') return [];
  const hosted = WITH_LOGIN.find((way) => HOSTED.test(system[way]?.host ?? ''));
  return hosted === undefined ? [] : [{ path: [hosted, 'host'], text: 'it throttles; pace: hosted asks less of it' }];
}

function ofRoutes(system: SystemSettings, { agent }: Settings): Doubt[] {
  const doubts: Doubt[] = [];
  const sink = agent.sink?.domain.toLowerCase();
  const own = [...system.mailboxes.map(({ address }) => domainOf(address)), system.mx?.domain?.toLowerCase()];
  const outbound = system.routes.find(({ kind }) => kind === 'outbound');
  if (sink !== undefined && outbound !== undefined && own.includes(sink)) {
    const text = `outbound probes to agent.sink.domain ${sink} stay inside: it is a domain of this system; give the sink one of its own`;
    doubts.push({ path: ['routes'], text });
  }
  const domain = system.mx?.domain?.toLowerCase();
  for (const [index, { kind, mailbox }] of system.routes.entries()) {
    const address = system.mailboxes.find(({ name }) => name === mailbox)?.address;
    if (kind !== 'inbound' || domain === undefined || address === undefined || domainOf(address) === domain) continue;
    const text = `its mailbox ${mailbox} is not in mx.domain ${domain}: foreign mail to it takes another way than the probes`;
    doubts.push({ path: ['routes', index], text });
  }
  return doubts;
}

function ofAgent({ agent, systems }: Settings): Doubt[] {
  const doubts: Doubt[] = [];
  const named = systems.flatMap(namesOf).find((host) => !isAddress(host));
  if (named !== undefined && agent.witnesses.length > 0 && agent.witnesses.every(({ host }) => isAddress(host)))
    doubts.push({
      path: ['agent', 'witnesses'],
      text: `none of them has a name: while ${named} does not resolve nobody can tell whose fault it is, and it is unmeasured`,
    });
  for (const [index, { host }] of agent.witnesses.entries()) {
    if (isLoopback(host))
      doubts.push({
        path: ['agent', 'witnesses', index],
        text: 'this machine itself cannot tell whether its line is cut',
      });
  }
  const outbound = systems.some(({ routes }) => routes.some(({ kind }) => kind === 'outbound'));
  if (agent.sink !== undefined && !outbound)
    doubts.push({ path: ['agent', 'sink'], text: 'no system has an outbound route: nothing comes out there' });
  return [...doubts, ...ofAccess(agent)];
}

/** What is looked up to visit a system. */
function namesOf({ submission, mx, imap, pop3, webmail }: SystemSettings): string[] {
  const hosts = [submission, imap, pop3, ...(mx?.hosts ?? [])].map((way) => way?.host);
  return [...hosts, mx?.domain, webmail && new URL(webmail.url).hostname].filter((host) => host !== undefined);
}

const isAddress = (host: string): boolean => isIP(host.replace(/^\[|\]$/g, '')) !== 0;

function ofAccess({ listen, tls, proxies, users, metrics, metrics_token }: AgentSettings): Doubt[] {
  const doubts: Doubt[] = [];
  if (users.length > 0 && tls === undefined && proxies.length === 0 && !isLoopback(listen.host))
    doubts.push({
      path: ['agent', 'users'],
      text: 'their passwords come over the network in the clear; agent.tls, or a proxy with TLS named in agent.proxies, hides them',
    });
  if (metrics === 'open' && metrics_token !== undefined)
    doubts.push({ path: ['agent', 'metrics'], text: 'nobody is asked for the token while it says open' });
  return doubts;
}

/** Two names for one mailbox: each has a watcher, and both ask all the time. */
function ofLogins({ systems }: Settings): Doubt[] {
  const first = new Map<string, string>();
  return systems.flatMap((system, at) =>
    system.mailboxes.flatMap(({ name, user, watch }, index): Doubt[] => {
      const key = `${system[watch]?.host ?? ''} ${system[watch]?.port ?? ''} ${user}`.toLowerCase();
      const before = first.get(key);
      if (before === undefined) {
        first.set(key, `${system.name}/${name}`);
        return [];
      }
      const text = `the same login at the same server as ${before}: one mailbox is watched twice`;
      return [{ path: ['systems', at, 'mailboxes', index], text }];
    }),
  );
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
