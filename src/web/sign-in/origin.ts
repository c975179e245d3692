import type { Client } from './client.ts';

/**
 * Whether an Origin header (RFC 6454) names the very page that we gave out. Where TLS ends at a proxy that does not tell
 * us, the scheme is not known, and the host decides.
 */
export function isOwnOrigin(origin: string, { host, secure }: Pick<Client, 'host' | 'secure'>): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: its } = new URL(origin);
  if (protocol !== 'https:' && (protocol !== 'http:' || secure)) return false;
  // The default port may be said or not.
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === its;
}
