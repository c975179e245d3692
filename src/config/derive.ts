import { fileURLToPath } from 'node:url';
import { HOUR, SECOND, type Ms } from '../lib/time.ts';
import type { z } from 'zod';
import { ENTRY } from './schema-across.ts';
import { checkSchema, routeSchema, type systemSchema } from './schema-system.ts';

/** What `pace` stands for. */
const PACES: Readonly<Record<'own' | 'hosted', { checks: Ms; routes: Ms; mailbox_gap: Ms }>> = {
  own: { checks: 15 * SECOND, routes: 60 * SECOND, mailbox_gap: 0 },
  hosted: { checks: 60 * SECOND, routes: 300 * SECOND, mailbox_gap: SECOND },
};

const WATCH: Ms = 72 * HOUR;

/** The contract that ships with the program. */
export const DEFAULT_CONTRACT = fileURLToPath(new URL('../../config/contract.yaml', import.meta.url));

type System = z.output<ReturnType<typeof systemSchema>>;

/** The settings that follow from others where they were left out. All checks have passed. */
export function derived(system: System, sinkDomain: string | undefined) {
  const pace = PACES[system.pace];
  const { mx, ...rest } = system;
  return {
    ...rest,
    ...(mx !== undefined && { mx: withSender(mx, sinkDomain) }),
    mailboxes: system.mailboxes.map((mailbox) => ({
      ...mailbox,
      watch: mailbox.watch ?? (system.imap === undefined ? ('pop3' as const) : ('imap' as const)),
    })),
    routes: (system.routes ?? defaultRoutes(system, sinkDomain !== undefined)).map(({ mailbox, ...route }) => ({
      ...route,
      ...endOf(route.kind, mailbox ?? system.mailboxes[0]?.name),
      interval: route.interval ?? pace.routes,
    })),
    checks: (system.checks ?? defaultChecks(system)).map((check) => ({
      ...check,
      interval: check.interval ?? pace.checks,
      mailboxes: check.mailboxes ?? defaultMailboxes(check.kind, system),
    })),
    contract: system.contract ?? DEFAULT_CONTRACT,
    watch: system.watch ?? Math.max(WATCH, system.lost_after),
    mailbox_gap: system.mailbox_gap ?? pace.mailbox_gap,
  };
}

/** Where bounces of inbound probes come to the sink, its domain is that of their sender, and of From as well. */
function withSender(mx: NonNullable<System['mx']>, sinkDomain: string | undefined) {
  const { mail_from: own, helo } = mx;
  const bounces_to_sink = own === 'sink' && sinkDomain !== undefined;
  const ownName = `mailwitness@${bounces_to_sink ? sinkDomain : helo}`;
  return { ...mx, mail_from: own === undefined || own === 'sink' ? ownName : own, bounces_to_sink };
}

function defaultRoutes(system: System, hasSink: boolean) {
  const kinds = (['outbound', 'inbound', 'internal'] as const).filter((kind) => {
    const out = kind === 'outbound' ? hasSink : system.mailboxes.length > 0;
    return out && system[ENTRY[kind]] !== undefined;
  });
  return kinds.map((kind) => routeSchema.parse({ kind }));
}

function endOf(
  kind: 'outbound' | 'inbound' | 'internal',
  mailbox: string | undefined,
): { mailbox?: string | undefined } {
  return kind === 'outbound' || mailbox === undefined ? {} : { mailbox };
}

function defaultChecks(system: System) {
  const kinds = checkSchema.shape.kind.options.filter((kind) => system[kind] !== undefined);
  return kinds.map((kind) => checkSchema.parse({ kind }));
}

function defaultMailboxes(kind: z.output<typeof checkSchema>['kind'], system: System): string[] {
  const names = system.mailboxes.map((mailbox) => mailbox.name);
  if (kind === 'webmail') return [];
  return kind === 'imap' || kind === 'pop3' ? names : names.slice(0, 1);
}
