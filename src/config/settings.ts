import type { Secret } from '../lib/secret.ts';
import type { Ms } from '../lib/time.ts';

// The shape of a loaded configuration; keys are spelled as in the YAML, durations are milliseconds.
// To be replaced by types inferred from schema.ts (same names, same shape).

export type TlsMode = 'starttls' | 'implicit' | 'none';
export type AddressFamily = 'ipv4-first' | 'ipv6-first' | 'ipv4-only' | 'ipv6-only';

/** TLS of an endpoint: certificates are verified unless `verify` is false. */
export interface TlsSettings {
  readonly tls: TlsMode;
  /** PEM text of a private CA (read from `ca_file` while loading), else the system's roots. */
  readonly ca?: string | undefined;
  /** Name the certificate must carry and that SNI asks for; default the host. */
  readonly server_name?: string | undefined;
  readonly verify: boolean;
}

export interface EndpointSettings extends TlsSettings {
  readonly host: string;
  readonly port: number;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface SubmissionSettings extends EndpointSettings {
  readonly user: string;
  readonly password: Secret;
  /** Envelope sender and From of probes; default `user` when it is an address. */
  readonly mail_from: string;
}

export interface MxSettings extends Omit<TlsSettings, 'tls'> {
  /** Hosts in order of preference; or a domain whose MX records are looked up. Exactly one of the two. */
  readonly hosts?: readonly HostPort[] | undefined;
  readonly domain?: string | undefined;
  /** Port of hosts found by lookup. */
  readonly port: number;
  /** opportunistic: STARTTLS when offered, certificate not verified, as MTAs do · required · none */
  readonly starttls: 'opportunistic' | 'required' | 'none';
  readonly helo: string;
  readonly mail_from: string;
  readonly dkim?: { readonly domain: string; readonly selector: string; readonly key: Secret } | undefined;
}

export interface WebmailSettings extends Omit<TlsSettings, 'tls'> {
  readonly url: string;
  readonly status: number;
  /** Text that the page must hold. */
  readonly text?: string | undefined;
}

export interface MailboxSettings {
  readonly name: string;
  readonly address: string;
  readonly user: string;
  readonly password: Secret;
  /** Folder on the server in which misfiled probes are looked for; null: by its special use, else `Junk`. */
  readonly junk: string | null;
  readonly watch: 'imap' | 'pop3';
}

export interface RouteSettings {
  readonly name: string;
  readonly kind: 'outbound' | 'inbound' | 'internal';
  /** Mailbox (by name) where it comes out; absent on outbound. */
  readonly mailbox?: string | undefined;
  readonly interval: Ms;
  readonly timeout: Ms;
  /** Bytes of the whole letter, at least. */
  readonly size: number;
}

export interface CheckSettings {
  readonly kind: 'submission' | 'mx' | 'imap' | 'pop3' | 'webmail';
  readonly interval: Ms;
  /** Limit of one visit (the second attempt has its own). */
  readonly timeout: Ms;
  /** Mailboxes visited (imap, pop3), or whose address is asked for (submission, mx); default: all, or the first. */
  readonly mailboxes: readonly string[];
}

export interface SystemSettings {
  readonly name: string;
  readonly pace: 'own' | 'hosted';
  readonly submission?: SubmissionSettings | undefined;
  readonly mx?: MxSettings | undefined;
  readonly imap?: EndpointSettings | undefined;
  readonly pop3?: EndpointSettings | undefined;
  readonly webmail?: WebmailSettings | undefined;
  readonly mailboxes: readonly MailboxSettings[];
  readonly routes: readonly RouteSettings[];
  readonly checks: readonly CheckSettings[];
  /** A route is bad from two consecutive probes that were not out by then. */
  readonly reach_within: Ms;
  /** A probe that has not come out by then is lost. */
  readonly lost_after: Ms;
  /** A lost probe is looked for this long all the same; at least 24 h. */
  readonly watch: Ms;
  /** Shortest gap between two questions to a mailbox: 0 (own) or 1 s (hosted). */
  readonly mailbox_gap: Ms;
}

export interface SinkSettings {
  readonly listen: HostPort;
  /** Domain whose MX points here; addresses of outbound probes end in it. */
  readonly domain: string;
  readonly certificate?: { readonly certificate: string; readonly key: Secret } | undefined;
  readonly max_size: number;
  readonly max_connections: number;
  readonly max_connections_per_address: number;
  readonly timeout: Ms;
}

export interface AgentSettings {
  readonly vantage: string;
  readonly store: string;
  readonly listen: HostPort;
  /** host:port of at least two hosts that are not the mail system; empty: nobody to ask. */
  readonly witnesses: readonly HostPort[];
  readonly witness_timeout: Ms;
  /** DNS servers; empty: the machine's own. */
  readonly resolvers: readonly string[];
  readonly address_family: AddressFamily;
  readonly sink?: SinkSettings | undefined;
  readonly log_level: 'error' | 'warn' | 'info' | 'debug';
}

export interface Settings {
  readonly agent: AgentSettings;
  readonly systems: readonly SystemSettings[];
}
