import { createChecks } from '../../src/check/checks.ts';
import type { AgentSettings, CheckSettings, MailboxSettings, SystemSettings } from '../../src/config/settings.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createSystemClock } from '../../src/lib/system-clock.ts';
import { createResolver } from '../../src/net/resolve.ts';
import type { CheckPort } from '../../src/probe/ports.ts';
import { createTurns, type Turns } from '../../src/probe/turns.ts';
import type { Visit } from '../../src/probe/visit.ts';

// Checks at servers of a test's own, configured with what differs only.

export const PASSWORD = 'hunter2 "x\\';

export interface Bench {
  readonly system: Partial<SystemSettings>;
  readonly agent?: Partial<AgentSettings>;
  readonly turns?: Turns;
  readonly check?: Partial<CheckSettings>;
  /** DNS server; without one only literals, localhost and the hosts file resolve. */
  readonly dns?: string;
}

export function mailbox(name: string, given: Partial<MailboxSettings> = {}): MailboxSettings {
  const address = `${name}@corp.example`;
  return { name, address, user: address, password: new Secret(PASSWORD), junk: null, watch: 'imap', ...given };
}

export function systemSettings(given: Partial<SystemSettings>): SystemSettings {
  return {
    name: 'corp',
    pace: 'own',
    mailboxes: [mailbox('alice')],
    routes: [],
    checks: [],
    reach_within: 3_600_000,
    lost_after: 86_400_000,
    watch: 86_400_000,
    contract: 'unused.yaml',
    mailbox_gap: 0,
    refused_login_wait: 300_000,
    own_mail_limit: 500,
    ...given,
  };
}

export function agentSettings(given: Partial<AgentSettings> = {}): AgentSettings {
  return {
    vantage: 'test',
    store: 'unused.db',
    listen: { host: '127.0.0.1', port: 0 },
    host_names: [],
    base_path: '',
    proxies: [],
    pages: 'open',
    metrics: 'open',
    metrics_token: undefined,
    users: [],
    session_idle: 1_800_000,
    session_limit: 43_200_000,
    witnesses: [],
    witness_timeout: 1_000,
    resolvers: [],
    address_family: 'ipv4-first',
    log_level: 'error',
    ...given,
  };
}

export function checksOf(kind: CheckSettings['kind'], { system, agent, check, dns, turns }: Bench): CheckPort[] {
  const checks: CheckSettings[] = [{ kind, interval: 15_000, timeout: 5_000, mailboxes: [], ...check }];
  const resolver = createResolver({ servers: [dns ?? '127.0.0.1:1'], family: 'ipv4-first' });
  const outside = agent?.sink === undefined ? null : `outside@${agent.sink.domain}`;
  return createChecks(
    systemSettings({ ...system, checks }),
    { outside, turns: turns ?? createTurns() },
    {
      clock: createSystemClock(),
      resolver,
    },
  );
}

/** One visit at the first target. */
export async function visitOnce(
  kind: CheckSettings['kind'],
  bench: Bench,
  signal = new AbortController().signal,
): Promise<Visit> {
  const [port] = checksOf(kind, bench);
  if (port === undefined) throw new Error(`no ${kind} check came of it`);
  return port.visit(signal);
}

/** All that a person could read of a visit, for tests that nothing secret stands in it. */
export function allText(visit: Visit): string {
  return JSON.stringify(visit);
}
