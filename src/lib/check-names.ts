/** Every check and route that a contract and its evidence may name, in the order in which people read them. */
export const CHECK_NAMES = ['submission', 'mx', 'outbound', 'inbound', 'internal', 'imap', 'pop3', 'webmail'] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** Those of them that are routes: probe mail takes them. */
export const ROUTE_NAMES = ['outbound', 'inbound', 'internal'] as const;
export type RouteName = (typeof ROUTE_NAMES)[number];
