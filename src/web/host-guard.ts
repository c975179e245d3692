import { isIP, isIPv6 } from 'node:net';
import type { HostPort } from '../config/settings.ts';

/**
 * Whether a request's Host header is a name of this agent. A browser on this machine that is lured to a foreign name which
 * resolves to our address (DNS rebinding) sends that name. A bare address cannot be rebound, so one that listens
 * everywhere answers to any.
 */
export function createHostGuard(
  listen: HostPort,
  alsoKnownAs: readonly string[],
): (header: string | undefined) => boolean {
  const names = new Set(['localhost', bare(listen.host), ...alsoKnownAs.map(bare)]);
  const everywhere = listen.host === '0.0.0.0' || bare(listen.host) === '::';
  return (header) => {
    if (header === undefined) return false;
    const host = hostOf(header);
    if (host === null) return false;
    return names.has(host) || isLoopback(host) || (everywhere && isIP(host) !== 0);
  };
}

// RFC 9110 7.2: host [":" port], an IPv6 address in brackets.
function hostOf(header: string): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header);
  return match?.[1] === undefined ? null : bare(match[1]);
}

function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

function isLoopback(host: string): boolean {
  return (isIP(host) === 4 && host.startsWith('127.')) || (isIPv6(host) && host === '::1');
}
