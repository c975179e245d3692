import { BlockList, isIP, isIPv6 } from 'node:net';

/** How an SPF record ends for those it does not name (RFC 7208 section 4.6.2); `none`: neutral by default. */
export type SpfAll = 'fail' | 'softfail' | 'neutral' | 'pass' | 'redirect' | 'none';

export interface Spf {
  readonly all: SpfAll;
  /** Networks of ip4 and ip6. */
  readonly networks: readonly string[];
  /** Domains whose addresses (a) or MX hosts (mx) may send; '' is the record's own. */
  readonly a: readonly string[];
  readonly mx: readonly string[];
  /** Other records it leans on; they are not followed here. */
  readonly includes: readonly string[];
}

/** The plain part of an SPF record: enough to say whether an address stands in it, not an evaluation. Null: it is none. */
export function parseSpf(record: string): Spf | null {
  const [version, ...terms] = record.trim().split(/\s+/);
  if (version?.toLowerCase() !== 'v=spf1') return null;
  const named = (mechanism: RegExp): string[] =>
    terms.flatMap((term) => {
      const match = mechanism.exec(term);
      return match === null ? [] : [match[1] ?? ''];
    });
  return {
    all: allOf(terms),
    networks: named(/^\+?ip[46]:(.+)$/i),
    a: named(/^\+?a(?::([^/]+))?(?:\/.*)?$/i),
    mx: named(/^\+?mx(?::([^/]+))?(?:\/.*)?$/i),
    includes: named(/^\+?include:(.+)$/i),
  };
}

/** Whether one of the networks (`192.0.2.0/24`, `2001:db8::/32`, a bare address) holds the address. */
export function inNetworks(address: string, networks: readonly string[]): boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', bits] = network.split('/');
    if (isIP(base) === 0) continue;
    const family = isIPv6(base) ? 'ipv6' : 'ipv4';
    const full = family === 'ipv6' ? 128 : 32;
    const prefix = bits === undefined ? full : Number(bits);
    if (Number.isInteger(prefix) && prefix >= 0 && prefix <= full) list.addSubnet(base, prefix, family);
  }
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function allOf(terms: readonly string[]): SpfAll {
  const all = terms.map((term) => /^([-~?+]?)all$/i.exec(term)).find((match) => match !== null);
  if (all !== undefined)
    return { '-': 'fail', '~': 'softfail', '?': 'neutral', '+': 'pass', '': 'pass' }[all[1] ?? ''] as SpfAll;
  return terms.some((term) => /^redirect=/i.test(term)) ? 'redirect' : 'none';
}
