import type { CheckWork } from './visiting.ts';
import { createChecks } from './check/checks.ts';
import type { MxSettings, RouteSettings, Settings, SystemSettings } from './config/settings.ts';
import type { RouteWork } from './handover.ts';
import type { Clock } from './lib/clock.ts';
import type { Resolver } from './net/resolve.ts';
import { loginAt, type Login } from './probe/auth-pacing.ts';
import type { SendPort } from './probe/ports.ts';
import type { Probe } from './probe/probe.ts';
import { NO_PROBE_ID, RETURN_ID, type Tokens } from './probe/token.ts';
import type { Turns } from './probe/turns.ts';
import { createComposer } from './send/compose.ts';
import { createInboundMta } from './send/inbound-mta.ts';
import { createMxHosts, type MxHosts } from './send/mx-hosts.ts';
import { createSubmitter } from './send/submitter.ts';
import { createWarmSessions, type WarmSessions } from './send/warm-sessions.ts';

/** All that a configuration has the agent do, ready to be scheduled. */
export interface Works {
  readonly routes: readonly RouteWork[];
  readonly checks: readonly CheckWork[];
}

interface Tools {
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly tokens: Pick<Tokens, 'sign' | 'sinkAddress'>;
  readonly turns: Turns;
}

interface RouteTools extends Tools {
  /** Of the system's submission server. */
  readonly sessions: WarmSessions;
  /** Of the system's MX. */
  readonly hosts: MxHosts;
  readonly returnPath: (mx: MxSettings) => string;
}

export function createWorks(settings: Settings, tools: Tools): Works {
  const { sink } = settings.agent;
  const outside = sink === undefined ? null : tools.tokens.sinkAddress(NO_PROBE_ID, sink.domain);
  /** Envelope sender of inbound probes: they leave with the From of the configuration. */
  const returnPath = ({ mail_from, bounces_to_sink }: MxSettings): string =>
    bounces_to_sink && sink !== undefined ? tools.tokens.sinkAddress(RETURN_ID, sink.domain) : mail_from;
  /** The check is to meet what the probes meet. */
  const ofSameSender = ({ mx }: SystemSettings): Pick<SystemSettings, 'mx'> =>
    mx === undefined ? {} : { mx: { ...mx, mail_from: returnPath(mx) } };
  return {
    routes: settings.systems.flatMap((system) => {
      const sessions = createWarmSessions(tools.clock);
      const hosts = createMxHosts(tools.clock);
      return system.routes.map((route) =>
        routeWork(settings, system, route, { ...tools, sessions, hosts, returnPath }),
      );
    }),
    checks: settings.systems.flatMap((system) =>
      system.checks.flatMap((check) =>
        createChecks(
          { ...system, ...ofSameSender(system), checks: [check] },
          { outside, turns: tools.turns },
          tools,
        ).map((port) => ({
          system: system.name,
          port,
          intervalMs: check.interval,
          timeoutMs: check.timeout,
        })),
      ),
    ),
  };
}

function routeWork(
  { agent }: Settings,
  system: SystemSettings,
  route: RouteSettings,
  { tokens, ...tools }: RouteTools,
): RouteWork {
  const { sender, from, returnPath, login } = senderOf(system, route, tools);
  const mailbox = system.mailboxes.find(({ name }) => name === route.mailbox);
  const to = (probe: Probe): string =>
    route.kind === 'outbound'
      ? tokens.sinkAddress(probe.id, demand(agent.sink, route).domain)
      : demand(mailbox, route).address;
  const compose = createComposer(route.kind === 'inbound' ? { dkim: system.mx?.dkim } : {});
  return {
    system: system.name,
    name: route.name,
    kind: route.kind,
    mailbox: mailbox?.name ?? null,
    intervalMs: route.interval,
    timeoutMs: route.timeout,
    retryAfterMs: system.mx?.retry_after ?? 0,
    reachWithinMs: system.reach_within,
    mostOwnMail: system.own_mail_limit,
    sender,
    ...(login !== undefined && { login }),
    async compose(probe) {
      const letter = await compose({ probe, token: tokens.sign(probe), from, to: to(probe), size: route.size });
      return returnPath === undefined ? letter : { ...letter, from: returnPath };
    },
  };
}

function senderOf(
  system: SystemSettings,
  route: RouteSettings,
  { sessions, hosts, returnPath, ...tools }: Omit<RouteTools, 'tokens'>,
): { readonly sender: SendPort; readonly from: string; readonly returnPath?: string; readonly login?: Login } {
  const common = { ...tools, timeoutMs: route.timeout };
  if (route.kind === 'inbound') {
    const settings = demand(system.mx, route);
    const sender = createInboundMta({ ...common, settings, hosts });
    return { sender, from: settings.mail_from, returnPath: returnPath(settings) };
  }
  const settings = demand(system.submission, route);
  const sender = createSubmitter({ ...common, settings, sessions });
  return { sender, from: settings.mail_from, login: loginAt(settings, settings.user, system) };
}

// The schema has seen to it that a route has what it needs.
function demand<T>(part: T | undefined, route: RouteSettings): T {
  if (part === undefined)
    throw new Error(`route ${route.name} of kind ${route.kind} lacks a part of the configuration`);
  return part;
}
