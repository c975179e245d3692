import type { Lab } from '../test/lab/lab.ts';

export type RouteKind = 'outbound' | 'inbound' | 'internal';
export const KINDS = ['outbound', 'inbound', 'internal'] as const;

/** Configuration of an agent beside the lab: so many routes of each kind, each with its interval, and no checks. */
export function configurationFor(
  lab: Lab,
  routes: Readonly<Partial<Record<RouteKind, number>>>,
  interval = '1s',
): (store: string) => string {
  const { ports, users, caFile, hostname } = lab;
  const { login, password, address } = users.alice;
  const named = KINDS.flatMap((kind) =>
    Array.from({ length: routes[kind] ?? 0 }, (_, index) => ({ name: `${kind}-${index + 1}`, kind, interval })),
  );
  const trust = { ca_file: caFile, server_name: hostname };
  // JSON is YAML.
  return (store) =>
    JSON.stringify({
      agent: {
        store,
        listen: '127.0.0.1:0',
        witnesses: [],
        // Without a route that ends there it would be warned of.
        ...(routes.outbound !== undefined && { sink: { listen: `127.0.0.1:${ports.sink}`, domain: 'sink.example' } }),
      },
      systems: [
        {
          name: 'lab',
          submission: { host: '127.0.0.1', port: ports.submission, user: login, password, ...trust },
          mx: { hosts: [`127.0.0.1:${ports.smtp}`], helo: 'bench.sink.example', mail_from: 'bench@sink.example' },
          imap: { host: '127.0.0.1', port: ports.imaps, ...trust },
          mailboxes: [{ name: 'alice', address, password }],
          routes: named,
          checks: [],
        },
      ],
    });
}
