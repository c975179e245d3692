import { z } from 'zod';
import { derived } from './derive.ts';
import type { Files } from './files.ts';
import { checkUserSystems } from './schema-access.ts';
import { agentSchema } from './schema-agent.ts';
import { isSound, needs, report, reportRepeated, section, soundItems } from './schema-section.ts';
import { systemSchema } from './schema-system.ts';

type Agent = z.output<ReturnType<typeof agentSchema>>;
type System = z.output<ReturnType<typeof systemSchema>>;

interface Whole {
  readonly agent: Agent;
  readonly systems: readonly System[];
}

/** The whole configuration: every key, default, bound and reason, in this file and its `schema-*` neighbours. */
export function settingsSchema(files: Files) {
  return section({
    agent: agentSchema(files).describe("The agent's own."),
    systems: z
      .array(systemSchema(files), {
        error: 'a list of mail systems such as [{ name: hq, imap: ..., mailboxes: [...] }]',
      })
      .min(1, 'at least one mail system')
      .describe('The mail systems under watch.'),
  })
    .superRefine(checkSystemNames, needs())
    .superRefine(checkUserSystems, needs('agent.users'))
    .superRefine(checkOutbound, needs('agent.sink.max_size'))
    .superRefine(checkSenders, needs())
    .superRefine(checkWitnesses, needs('agent.witnesses'))
    .transform((raw) => ({
      agent: raw.agent,
      systems: raw.systems.map((system) => derived(system, raw.agent.sink?.domain)),
    }));
}

function checkSystemNames({ systems }: Whole, context: z.RefinementCtx): void {
  const named = soundItems(context, 'systems', systems, ['name']).map(({ item, index }) => ({
    value: item.name,
    path: ['systems', index, 'name'],
  }));
  reportRepeated(context, named, 'each system name once; it stands further up already');
}

/** Header fields that mail servers add, signatures and reports of filters among them. */
const HEADROOM = 64_000;

/** An outbound route ends at the sink, which must be there and take letters of its size. */
function checkOutbound({ agent, systems }: Whole, context: z.RefinementCtx): void {
  for (const { item: system, index } of mappings(systems)) {
    const path = ['systems', index, 'routes'];
    for (const [at, route] of Array.isArray(system.routes) ? system.routes.entries() : []) {
      if (!isSound(context, [...path, at, 'kind']) || route.kind !== 'outbound') continue;
      if (!('sink' in agent)) {
        report(context, [...path, at, 'kind'], 'the key agent.sink, for it is where an outbound route ends');
      } else if (
        agent.sink !== undefined &&
        isSound(context, [...path, at, 'size']) &&
        route.size > agent.sink.max_size - HEADROOM
      ) {
        report(
          context,
          [...path, at, 'size'],
          `a size of at most ${Math.max(0, agent.sink.max_size - HEADROOM)} bytes: agent.sink.max_size less 64kB for what mail servers add on the way`,
        );
      }
    }
  }
}

function checkSenders({ agent, systems }: Whole, context: z.RefinementCtx): void {
  const [own] = mappings([agent]);
  if (own === undefined || 'sink' in own.item) return;
  for (const { item: system, index } of mappings(systems)) {
    const path = ['systems', index, 'mx', 'mail_from'];
    if (!isSound(context, path) || system.mx?.mail_from !== 'sink') continue;
    report(context, path, 'the key agent.sink, for it is where bounces are to go, or a mail address');
  }
}

/** A witness tells whether it is our own line that is down: the mail system cannot. */
function checkWitnesses({ agent, systems }: Whole, context: z.RefinementCtx): void {
  const watched = new Set<string>();
  for (const { item: system, index } of mappings(systems)) {
    for (const way of ['submission', 'imap', 'pop3'] as const) {
      const host = isSound(context, ['systems', index, way, 'host']) ? system[way]?.host : undefined;
      if (host !== undefined) watched.add(host.toLowerCase());
    }
    const hosts = isSound(context, ['systems', index, 'mx', 'hosts']) ? (system.mx?.hosts ?? []) : [];
    for (const { host } of hosts) watched.add(host.toLowerCase());
    const url = isSound(context, ['systems', index, 'webmail', 'url']) ? system.webmail?.url : undefined;
    if (url !== undefined) watched.add(new URL(url).hostname);
  }
  agent.witnesses.forEach(({ host }, index) => {
    if (!watched.has(host.toLowerCase())) return;
    report(context, ['agent', 'witnesses', index], 'a host that is not a mail system under watch');
  });
}

/** Those entries that are mappings at all, whatever is wrong inside. */
function mappings<T>(items: readonly T[]): { item: T; index: number }[] {
  return (Array.isArray(items) ? (items as readonly T[]) : [])
    .map((item, index) => ({ item, index }))
    .filter(({ item }) => typeof item === 'object' && item !== null && !Array.isArray(item));
}
