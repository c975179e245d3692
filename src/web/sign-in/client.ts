import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { AgentSettings } from '../../config/settings.ts';

/** Who asks, as far as it can be known. */
export interface Client {
  /** IP address: of the connection, or what a proxy that is believed says. */
  readonly address: string;
  /** The Host that was asked for, as the browser knows it. */
  readonly host: string | undefined;
  /** By TLS, up to us or to a proxy that is believed. */
  readonly secure: boolean;
}

/** X-Forwarded-* of connections from these networks is believed, of all others passed over. */
export function createClientReader(proxies: AgentSettings['proxies']): (request: IncomingMessage) => Client {
  const believed = new BlockList();
  for (const { address, bits } of proxies) believed.addSubnet(address, bits, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  const isBelieved = (address: string): boolean => believed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

  return (request) => {
    const address = plain(request.socket.remoteAddress ?? '');
    const encrypted = 'encrypted' in request.socket && request.socket.encrypted === true;
    const { host } = request.headers;
    if (isIP(address) === 0 || !isBelieved(address)) return { address, host, secure: encrypted };
    // What stands further left was there when the request came to the nearest proxy: anyone can have written it.
    const hops = listOf(request.headers['x-forwarded-for']).map(plain);
    let nearest = address;
    while (isBelieved(nearest)) {
      const before = hops.pop();
      if (before === undefined || isIP(before) === 0) break;
      nearest = before;
    }
    return {
      address: nearest,
      host: listOf(request.headers['x-forwarded-host']).at(-1) ?? host,
      secure: encrypted || listOf(request.headers['x-forwarded-proto']).at(-1)?.toLowerCase() === 'https',
    };
  };
}

function listOf(header: string | readonly string[] | undefined): string[] {
  return (typeof header === 'string' ? header : (header ?? []).join(','))
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** An IPv4 address as such, where an IPv6 socket tells of it. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
