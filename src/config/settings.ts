import type { z } from 'zod';
import type { Secret } from '../lib/secret.ts';
import type { settingsSchema } from './schema.ts';

// The shape of a loaded configuration, inferred from the schema, where each key has its meaning, default and bounds.
// Keys are spelled as in the YAML; durations are milliseconds, sizes bytes; files were read, secrets are `Secret`.

/** All of it, read-only, since many share it. */
export type Settings = ReadonlyDeep<z.output<ReturnType<typeof settingsSchema>>>;

export type AgentSettings = Settings['agent'];
export type SinkSettings = NonNullable<AgentSettings['sink']>;
export type AddressFamily = AgentSettings['address_family'];
export type HostPort = AgentSettings['listen'];

export type SystemSettings = Settings['systems'][number];
export type MailboxSettings = SystemSettings['mailboxes'][number];
export type RouteSettings = SystemSettings['routes'][number];
export type CheckSettings = SystemSettings['checks'][number];

export type EndpointSettings = NonNullable<SystemSettings['imap']>;
export type SubmissionSettings = NonNullable<SystemSettings['submission']>;
export type MxSettings = NonNullable<SystemSettings['mx']>;
export type WebmailSettings = NonNullable<SystemSettings['webmail']>;
/** TLS of an endpoint: certificates are verified unless `verify` is false; `ca` is PEM text. */
export type TlsSettings = Pick<EndpointSettings, 'tls' | 'ca' | 'server_name' | 'verify'>;
export type TlsMode = TlsSettings['tls'];

type ReadonlyDeep<T> = T extends Secret | string | number | boolean | null | undefined
  ? T
  : { readonly [K in keyof T]: ReadonlyDeep<T[K]> };
