import { z } from 'zod';
import { derived } from './derive.ts';
import type { Files } from './files.ts';
import { agentSchema } from './schema-agent.ts';
import { needs, report, reportRepeated, section } from './schema-section.ts';
import { systemSchema } from './schema-system.ts';

/** The whole configuration: every key, default, bound and reason, in this file and its `schema-*` neighbours. */
export function settingsSchema(files: Files) {
  return section({
    agent: agentSchema(files).describe('The agent’s own.'),
    systems: z
      .array(systemSchema(files), {
        error: 'a list of mail systems such as [{ name: hq, imap: ..., mailboxes: [...] }]',
      })
      .min(1, 'at least one mail system')
      .describe('The mail systems under watch.'),
  })
    .superRefine((raw, context) => {
      const names = raw.systems.map((system) => system.name);
      reportRepeated(
        context,
        names,
        (index) => ['systems', index, 'name'],
        'each system name once; it stands further up already',
      );
    }, needs('systems.*.name'))
    .superRefine(
      (raw, context) => {
        raw.systems.forEach((system, at) => {
          system.routes?.forEach(({ kind }, index) => {
            if (kind !== 'outbound' || 'sink' in raw.agent) return;
            report(
              context,
              ['systems', at, 'routes', index, 'kind'],
              'the key agent.sink, for it is where an outbound route ends',
            );
          });
        });
      },
      needs('systems.*.routes.*.kind', 'agent'),
    )
    .superRefine(
      (raw, context) => {
        raw.systems.forEach((system, at) => {
          system.routes?.forEach(({ kind, size }, index) => {
            if (kind !== 'outbound' || size <= (raw.agent.sink?.max_size ?? Infinity)) return;
            report(
              context,
              ['systems', at, 'routes', index, 'size'],
              'a size of at most agent.sink.max_size (default 2MB)',
            );
          });
        });
      },
      needs('systems.*.routes.*.kind', 'systems.*.routes.*.size', 'agent.sink.max_size'),
    )
    .superRefine(
      (raw, context) => {
        const watched = new Set(raw.systems.flatMap(hostsOf));
        raw.agent.witnesses.forEach(({ host }, index) => {
          if (watched.has(host.toLowerCase()))
            report(context, ['agent', 'witnesses', index], 'a host that is not a mail system under watch');
        });
      },
      needs(
        'agent.witnesses',
        'systems.*.submission.host',
        'systems.*.imap.host',
        'systems.*.pop3.host',
        'systems.*.mx.hosts',
      ),
    )
    .transform((raw) => ({
      agent: raw.agent,
      systems: raw.systems.map((system) => derived(system, raw.agent.sink !== undefined)),
    }));
}

function hostsOf(system: z.output<ReturnType<typeof systemSchema>>): string[] {
  const hosts = [
    system.submission?.host,
    system.imap?.host,
    system.pop3?.host,
    ...(system.mx?.hosts ?? []).map(({ host }) => host),
  ];
  return hosts.flatMap((host) => (host === undefined ? [] : [host.toLowerCase()]));
}
