import { promises as dns } from 'node:dns';
import { isIP, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';
import type { AddressFamily } from '../config/settings.ts';
import { messageOf } from '../lib/errors.ts';
import { abortable, untilWhen } from './deadline.ts';
import { DialogueError } from './dialogue-error.ts';
import { hostsEntries } from './hosts-file.ts';

export interface MxHost {
  readonly host: string;
  readonly preference: number;
}

/** Names to addresses by c-ares; each failure is a DialogueError with cause `dns`. */
export interface Resolver {
  /** In the order of the family policy; never empty. Literals pass through. */
  addresses(host: string, signal: AbortSignal): Promise<string[]>;
  /** By DNS alone, past literals and the hosts file: does DNS work at all? */
  dnsAddresses(name: string, signal: AbortSignal): Promise<string[]>;
  /** Hosts that take the domain's mail, the preferred first (RFC 5321 5.1: without an MX record the domain itself). */
  mx(domain: string, signal: AbortSignal): Promise<MxHost[]>;
  /** TXT records, each joined; empty when there are none. */
  txt(name: string, signal: AbortSignal): Promise<string[]>;
  /** Names of an address; empty when there are none. */
  ptr(address: string, signal: AbortSignal): Promise<string[]>;
}

export interface ResolverOptions {
  /** `address`, `address:port` or `[address]:port`; empty: those of /etc/resolv.conf. */
  readonly servers: readonly string[];
  readonly family: AddressFamily;
  readonly hostsFile?: string;
}

/** Wait for an answer from one server; asked twice, the servers in turn. */
const QUERY_TIMEOUT_MS = 2_000;
/** How long addresses of the other family are waited for once the preferred ones are there: RFC 8305 section 3. */
const OTHER_FAMILY_MS = 250;

export function createResolver({ servers, family, hostsFile = '/etc/hosts' }: ResolverOptions): Resolver {
  /** A channel of its own for each question: to cancel one must not cancel the others, and resolv.conf may change. */
  async function ask<T>(
    name: string,
    signal: AbortSignal,
    question: (channel: dns.Resolver) => Promise<T>,
  ): Promise<T> {
    const silent = (): Error =>
      new DialogueError({
        cause: 'dns',
        phase: 'dns',
        detail: `${name}: no DNS server answered ${untilWhen(signal)}; check agent.resolvers`,
      });
    if (signal.aborted) throw silent();
    const channel = new dns.Resolver({ timeout: QUERY_TIMEOUT_MS, tries: 2 });
    if (servers.length > 0) channel.setServers(servers);
    const answer = question(channel).catch((error: unknown) => {
      throw dnsError(name, error);
    });
    try {
      return await abortable(answer, signal, silent);
    } finally {
      channel.cancel();
    }
  }

  /** No such record (or no such name, where `nameMayMiss`) is an empty answer and no failure. */
  async function records<T>(
    name: string,
    signal: AbortSignal,
    question: (channel: dns.Resolver) => Promise<T[]>,
    nameMayMiss: boolean,
  ): Promise<T[]> {
    try {
      return await ask(name, signal, question);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENODATA' || (nameMayMiss && code === 'ENOTFOUND')) return [];
      throw error;
    }
  }

  async function lookUp(name: string, signal: AbortSignal): Promise<string[]> {
    const v4 = (): Promise<string[]> => ask(name, signal, (channel) => channel.resolve4(name));
    const v6 = (): Promise<string[]> => ask(name, signal, (channel) => channel.resolve6(name));
    if (family === 'ipv4-only') return v4();
    if (family === 'ipv6-only') return v6();
    return family === 'ipv4-first' ? both(v4(), v6()) : both(v6(), v4());
  }

  return {
    async addresses(host, signal) {
      const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
      if (isIP(bare) !== 0) return [bare];
      const name = asciiName(host);
      const known = byFamily(await hostsEntries(hostsFile, name), family);
      return known.length > 0 ? known : lookUp(name, signal);
    },
    dnsAddresses: async (name, signal) => lookUp(asciiName(name), signal),
    async mx(domain, signal) {
      const name = asciiName(domain);
      const found = await records(name, signal, (channel) => channel.resolveMx(name), false);
      if (found.length === 0) return [{ host: name, preference: 0 }];
      const hosts = found.filter((record) => record.exchange !== '' && record.exchange !== '.');
      if (hosts.length === 0) {
        throw new DialogueError({
          cause: 'dns',
          phase: 'dns',
          detail: `${domain} takes no mail: it publishes a null MX (RFC 7505)`,
        });
      }
      return hosts
        .map((record) => ({ host: record.exchange, preference: record.priority }))
        .sort((a, b) => a.preference - b.preference || a.host.localeCompare(b.host));
    },
    async txt(name, signal) {
      const ascii = asciiName(name);
      const chunks = await records(ascii, signal, (channel) => channel.resolveTxt(ascii), true);
      return chunks.map((parts) => parts.join(''));
    },
    ptr: (address, signal) => records(address, signal, (channel) => channel.reverse(address), true),
  };
}

/** Both families: the preferred ones first. One that fails does no harm while the other has an address. */
async function both(preferred: Promise<string[]>, other: Promise<string[]>): Promise<string[]> {
  const [first, second] = await Promise.all([settle(preferred), settleSoonAfter(other, preferred)]);
  const found = [...(first.ok ? first.value : []), ...(second?.ok === true ? second.value : [])];
  if (found.length > 0) return found;
  throw first.ok ? new Error('a DNS answer without an address') : first.error;
}

type Settled = { readonly ok: true; readonly value: string[] } | { readonly ok: false; readonly error: unknown };

function settle(answer: Promise<string[]>): Promise<Settled> {
  return answer.then(
    (value): Settled => ({ ok: true, value }),
    (error: unknown): Settled => ({ ok: false, error }),
  );
}

/** A server that drops questions for AAAA must not cost every visit the whole wait. */
async function settleSoonAfter(other: Promise<string[]>, preferred: Promise<string[]>): Promise<Settled | null> {
  const settled = settle(other);
  const first = await settle(preferred);
  if (!first.ok) return settled;
  let timer: NodeJS.Timeout | undefined;
  const soon = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), OTHER_FAMILY_MS);
  });
  try {
    return await Promise.race([settled, soon]);
  } finally {
    clearTimeout(timer);
  }
}

function byFamily(addresses: readonly string[], family: AddressFamily): string[] {
  const v4 = addresses.filter((address) => isIPv4(address));
  const v6 = addresses.filter((address) => !isIPv4(address));
  const orders: Readonly<Record<AddressFamily, string[]>> = {
    'ipv4-only': v4,
    'ipv6-only': v6,
    'ipv4-first': [...v4, ...v6],
    'ipv6-first': [...v6, ...v4],
  };
  return orders[family];
}

function asciiName(name: string): string {
  const ascii = domainToASCII(name.replace(/\.$/, ''));
  if (ascii === '') throw new DialogueError({ cause: 'dns', phase: 'dns', detail: `"${name}" is no name of a host` });
  return ascii;
}

function dnsError(name: string, error: unknown): DialogueError {
  const code = codeOf(error);
  const words = WORDS[code] ?? messageOf(error);
  return new DialogueError({ cause: 'dns', phase: 'dns', detail: `${name}: ${words}` }, { cause: error });
}

/** The code of c-ares, of an error of ours too (it is the cause there). */
function codeOf(error: unknown): string {
  const source = error instanceof DialogueError ? error.cause : error;
  return source instanceof Error && 'code' in source && typeof source.code === 'string' ? source.code : '';
}

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such name in DNS (NXDOMAIN); check its spelling and its zone',
  ENODATA: 'the name has no such record in DNS',
  ESERVFAIL: 'the DNS server could not tell (SERVFAIL); the zone or its name servers are broken',
  EREFUSED: 'the DNS server refuses to tell (REFUSED); check agent.resolvers',
  ETIMEOUT: 'no DNS server answered; check agent.resolvers',
  ECONNREFUSED: 'no DNS server listens; check agent.resolvers',
  EBADNAME: 'this is no name of a host',
  EBADRESP: 'the DNS server sent an answer that makes no sense',
};
