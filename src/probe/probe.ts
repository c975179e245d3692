import type { Instant } from '../lib/time.ts';

/** A path that probe mail takes. outbound ends at our sink, inbound begins as a foreign MTA, internal has both ends inside. */
export type RouteKind = 'outbound' | 'inbound' | 'internal';

/** A kind of visit to a way in. */
export type CheckKind = 'submission' | 'mx' | 'imap' | 'pop3' | 'webmail';

export const ROUTE_KINDS: readonly RouteKind[] = ['outbound', 'inbound', 'internal'];
export const CHECK_KINDS: readonly CheckKind[] = ['submission', 'mx', 'imap', 'pop3', 'webmail'];

/** One mail sent once over a route. */
export interface Probe {
  /** 20 characters of lower-case base32, unguessable. */
  readonly id: string;
  readonly system: string;
  /** Name of the route in the configuration. */
  readonly route: string;
  readonly kind: RouteKind;
  /** Name of the mailbox where it shall come out; null on outbound, which ends at the sink. */
  readonly mailbox: string | null;
  readonly launchedAt: Instant;
}

/** How a probe ended, or `pending`: it has not ended yet. Late is not lost. */
export type Outcome =
  | 'pending'
  | 'refused'
  | 'unreachable'
  | 'uncertain'
  | 'relayed'
  | 'delivered'
  | 'bounced'
  | 'lost'
  | 'void';

export const OUTCOMES: readonly Outcome[] = [
  'pending',
  'refused',
  'unreachable',
  'uncertain',
  'relayed',
  'delivered',
  'bounced',
  'lost',
  'void',
];
