import type { Settings, SystemSettings } from '../../src/config/settings.ts';
import { Secret } from '../../src/lib/secret.ts';
import { DAY, HOUR, type Instant, type Ms } from '../../src/lib/time.ts';
import type { AgentEvent } from '../../src/probe/event.ts';
import type { LiveState, LiveSystem } from '../../src/probe/live-state.ts';
import type { ProbeState } from '../../src/probe/probe-state.ts';
import type { Outcome, RouteKind } from '../../src/probe/probe.ts';
import type { Sample } from '../../src/probe/sample.ts';
import type { Failure, Visit } from '../../src/probe/visit.ts';

// Settings, live states and events for tests of those who listen: the metrics and the pages.

export const START: Instant = Date.UTC(2026, 2, 1, 8);

const tls = { verify: true, tls: 'implicit' } as const;

/** One system with all routes and checks, and one with a single check: what is not configured must not show up. */
export function exampleSettings(port = 0): Settings {
  const base: SystemSettings = {
    name: 'hq',
    pace: 'own',
    submission: {
      ...tls,
      host: 'smtp.example.org',
      port: 465,
      user: 'probe@example.org',
      password: new Secret('s3cret'),
      mail_from: 'probe@example.org',
    },
    imap: { ...tls, host: 'imap.example.org', port: 993 },
    pop3: { ...tls, tls: 'none', host: 'pop.example.org', port: 110 },
    webmail: { verify: true, url: 'https://mail.example.org/login', status: 200 },
    mailboxes: [
      {
        name: 'alice',
        address: 'probe@example.org',
        user: 'probe@example.org',
        password: new Secret('s3cret'),
        junk: null,
        watch: 'imap',
      },
    ],
    routes: [
      { name: 'out', kind: 'outbound', interval: 60_000, timeout: 30_000, size: 600 },
      { name: 'in', kind: 'inbound', mailbox: 'alice', interval: 60_000, timeout: 30_000, size: 600 },
      { name: 'round', kind: 'internal', mailbox: 'alice', interval: 60_000, timeout: 30_000, size: 600 },
    ],
    checks: [
      { kind: 'submission', interval: 15_000, timeout: 10_000, mailboxes: ['alice'] },
      { kind: 'mx', interval: 15_000, timeout: 10_000, mailboxes: ['alice'] },
      { kind: 'imap', interval: 15_000, timeout: 10_000, mailboxes: ['alice'] },
      { kind: 'pop3', interval: 15_000, timeout: 10_000, mailboxes: ['alice'] },
      { kind: 'webmail', interval: 15_000, timeout: 10_000, mailboxes: [] },
    ],
    reach_within: HOUR,
    lost_after: DAY,
    watch: DAY,
    contract: 'unused.yaml',
    mailbox_gap: 0,
    refused_login_wait: 300_000,
    own_mail_limit: 500,
  };
  const hq: SystemSettings = {
    ...base,
    mx: {
      hosts: [{ host: 'mx1.example.org', port: 25 }],
      port: 25,
      verify: false,
      starttls: 'opportunistic',
      helo: 'witness.example.net',
      retry_after: 60_000,
      mail_from: 'probe@witness.example.net',
      bounces_to_sink: false,
    },
  };
  const web: SystemSettings = {
    ...base,
    name: 'web',
    submission: undefined,
    imap: undefined,
    pop3: undefined,
    mailboxes: [],
    routes: [],
    checks: [{ kind: 'webmail', interval: 60_000, timeout: 20_000, mailboxes: [] }],
  };
  return {
    agent: {
      vantage: 'office',
      store: 'data/store.db',
      listen: { host: '127.0.0.1', port },
      host_names: [],
      base_path: '',
      proxies: [],
      pages: 'open',
      metrics: 'open',
      metrics_token: undefined,
      users: [],
      session_idle: 30 * 60_000,
      session_limit: 12 * HOUR,
      witnesses: [],
      witness_timeout: 3_000,
      resolvers: [],
      address_family: 'ipv4-first',
      sink: {
        listen: { host: '127.0.0.1', port: 2525 },
        domain: 'witness.example.net',
        max_size: 1e6,
        max_connections: 100,
        max_connections_per_address: 20,
        timeout: 30_000,
      },
      log_level: 'info',
    },
    systems: [hq, web],
  };
}

export function goodSample(change: Partial<Sample> = {}): Sample {
  return {
    system: 'hq',
    check: 'imap',
    target: 'alice',
    from: START,
    to: START + 40,
    ok: true,
    holdMs: 45_000,
    phases: [
      { phase: 'dns', ms: 1 },
      { phase: 'connect', ms: 2 },
      { phase: 'auth', ms: 30 },
    ],
    certificateExpiresAt: START + 30 * DAY,
    ...change,
  };
}

export const timedOut: Failure = {
  cause: 'timeout',
  phase: 'greeting',
  detail: 'check "imap": imap.example.org:993 said nothing for 10 s after connecting',
};

export function visitOf(sample: Sample, failure?: Failure): Visit {
  return {
    startedAt: sample.from,
    endedAt: sample.to,
    phases: sample.phases,
    transcript: [],
    ...(failure && { failure }),
  };
}

export function sampled(sample: Sample): AgentEvent {
  const first = sample.failure ?? sample.transient;
  const visits = first === undefined ? [visitOf(sample)] : [visitOf(sample, first), visitOf(sample, sample.failure)];
  return { kind: 'sampled', at: sample.to, sample, visits };
}

const ROUTE_OF: Readonly<Record<RouteKind, string>> = { outbound: 'out', inbound: 'in', internal: 'round' };

/** A probe that came out `delayMs` after its acceptance, or ended otherwise. */
export function endedProbe(kind: RouteKind, delayMs: Ms | null, change: Partial<ProbeState> = {}): ProbeState {
  const outAt = delayMs === null ? null : START + delayMs;
  const outcome: Outcome = delayMs === null ? 'lost' : kind === 'outbound' ? 'relayed' : 'delivered';
  return {
    id: 'abcdefghij2345672345',
    system: 'hq',
    route: ROUTE_OF[kind],
    kind,
    mailbox: kind === 'outbound' ? null : 'alice',
    launchedAt: START - 20,
    outcome,
    acceptedAt: START,
    uncertain: false,
    relayedAt: kind === 'outbound' ? outAt : null,
    visibleAt: kind === 'outbound' ? null : outAt,
    unseenUntil: null,
    folder: null,
    copyId: null,
    misfiled: false,
    contacts: kind === 'outbound' ? 1 : 0,
    copies: 1,
    failure: null,
    deferral: null,
    settledAt: outAt,
    ...change,
  };
}

export function settled(probe: ProbeState): AgentEvent {
  return { kind: 'settled', at: probe.settledAt ?? START + DAY, probe };
}

export function launched(kind: RouteKind): AgentEvent {
  return { kind: 'launched', at: START, probe: endedProbe(kind, null, { outcome: 'pending', copies: 0 }) };
}

/** All good at `at`, every target sampled just now. */
export function liveState(at: Instant, change: { hq?: Partial<LiveSystem> } & Partial<LiveState> = {}): LiveState {
  const { hq, ...rest } = change;
  const check = (name: Sample['check'], target: string): LiveSystem['checks'][number] => ({
    check: name as LiveSystem['checks'][number]['check'],
    target,
    state: 'good',
    since: START,
    lastSample: goodSample({ check: name, target, from: at - 40, to: at }),
  });
  const route = (kind: RouteKind): LiveSystem['routes'][number] => ({
    name: ROUTE_OF[kind],
    kind,
    state: 'good',
    since: START,
    open: 0,
    oldestOpenAt: null,
    lastDelay: { ms: 12, leastMs: 12, at },
    lastSend: {
      from: at - 40,
      to: at,
      phases: [
        { phase: 'connect', ms: 3 },
        { phase: 'accept', ms: 37 },
      ],
    },
    holdMs: null,
    failure: null,
  });
  return {
    at,
    startedAt: START,
    lastTickAt: at,
    gaps: [],
    systems: [
      {
        name: 'hq',
        connected: 'good',
        since: START,
        lastWorkAt: at,
        checks: [
          check('submission', 'smtp.example.org'),
          check('mx', 'mx1.example.org'),
          check('imap', 'alice'),
          check('pop3', 'alice'),
          check('webmail', 'mail.example.org'),
        ],
        routes: [route('outbound'), route('inbound'), route('internal')],
        mailboxes: [{ name: 'alice', watching: 'up', since: START }],
        ...hq,
      },
      {
        name: 'web',
        connected: 'good',
        since: START,
        lastWorkAt: at,
        checks: [check('webmail', 'mail.example.org')],
        routes: [],
        mailboxes: [],
      },
    ],
    sink: { listening: true },
    store: {
      open: true,
      queue: 0,
      lastCommitMs: 1.5,
      maxCommitMs: 4,
      trouble: null,
      dropped: { dialogues: 0, samples: 0, records: 0 },
    },
    ...rest,
  };
}
