import { BlockList, isIPv6 } from 'node:net';
import type { AgentSettings, MxSettings, SystemSettings } from '../config/settings.ts';
import { SECOND } from '../lib/time.ts';
import { createDeadline } from '../net/deadline.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { reach } from '../net/reach.ts';
import type { MxHost } from '../net/resolve.ts';
import { inNetworks, parseSpf, type Spf } from './spf.ts';
import type { CheckTools } from './visit.ts';

/** One sentence for the person who sets the agent up. bad: probes will not arrive, or in Junk · warn: they may. */
export interface Advice {
  readonly level: 'good' | 'warn' | 'bad';
  readonly text: string;
}

const PATIENCE_MS = 5 * SECOND;

/**
 * What DNS and port 25 say of a system's inbound route and of the sink: what would keep probes out, or send them to Junk.
 * Never throws for what the network does; each question is waited for 5 s at most.
 */
export async function dnsAdvice(
  system: SystemSettings,
  agent: AgentSettings,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<readonly Advice[]> {
  const advice: Advice[] = [];
  const say = (level: Advice['level'], text: string): void => void advice.push({ level, text });
  const ask = createAsker(tools, signal, say);
  if (agent.sink !== undefined) await adviseSink(agent.sink.domain, ask, say);
  if (system.mx === undefined) return advice;
  const localAddress = await adviseMx(system, system.mx, ask, say);
  const own = await ownAddress(system.mx, localAddress, ask, say);
  if (own !== null) await advisePtr(own, system.mx.helo, ask, say);
  await adviseSpf(system.mx, own, ask, say);
  return advice;
}

type Say = (level: Advice['level'], text: string) => void;

/** Questions with a limit of their own; null after a failure, which was said at `level` unless that is null. */
interface Asker {
  mx(domain: string, level: Advice['level'] | null): Promise<MxHost[] | null>;
  addresses(name: string, level: Advice['level'] | null): Promise<string[] | null>;
  txt(name: string): Promise<string[] | null>;
  ptr(address: string): Promise<string[] | null>;
  reach(address: string, port: number): ReturnType<typeof reach>;
}

function createAsker({ clock, resolver }: CheckTools, outer: AbortSignal, say: Say): Asker {
  async function limited<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = createDeadline(clock, PATIENCE_MS, outer);
    try {
      return await question(deadline.signal);
    } finally {
      deadline.end();
    }
  }
  async function ask<T>(
    level: Advice['level'] | null,
    question: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | null> {
    try {
      return await limited(question);
    } catch (error) {
      if (!(error instanceof DialogueError)) throw error;
      if (level !== null) say(level, error.failure.detail);
      return null;
    }
  }
  return {
    mx: (domain, level) => ask(level, (signal) => resolver.mx(domain, signal)),
    addresses: (name, level) => ask(level, (signal) => resolver.addresses(name, signal)),
    txt: (name) => ask('warn', (signal) => resolver.txt(name, signal)),
    ptr: (address) => ask('warn', (signal) => resolver.ptr(address, signal)),
    reach: (address, port) => limited((signal) => reach(address, port, signal)),
  };
}

async function adviseSink(domain: string, ask: Asker, say: Say): Promise<void> {
  const hosts = await ask.mx(domain, 'bad');
  if (hosts === null) return;
  say(
    'good',
    `the sink's domain ${domain} has mail hosts (${listed(hosts)}): its probes go there; they must reach agent.sink.listen`,
  );
}

/** MX records and port 25; returns our end of a connection that was accepted. */
async function adviseMx(system: SystemSettings, mx: MxSettings, ask: Asker, say: Say): Promise<string | undefined> {
  const domain = mx.domain ?? domainOf(system.mailboxes[0]?.address ?? '');
  const found = domain === '' ? null : await ask.mx(domain, mx.hosts === undefined ? 'bad' : 'warn');
  if (found !== null) say('good', `MX of ${domain}: ${listed(found)}`);
  const hosts = mx.hosts ?? (found ?? []).map(({ host }) => ({ host, port: mx.port }));
  for (const { host } of mx.hosts ?? []) {
    if (found !== null && !found.some((record) => sameName(record.host, host))) {
      say('warn', `${host} in mx.hosts is no MX host of ${domain}: foreign mail takes another way than the probes`);
    }
  }
  let localAddress: string | undefined;
  for (const { host, port } of hosts) localAddress = (await advisePort(host, port, ask, say)) ?? localAddress;
  return localAddress;
}

async function advisePort(host: string, port: number, ask: Asker, say: Say): Promise<string | undefined> {
  for (const address of (await ask.addresses(host, 'bad')) ?? []) {
    const reached = await ask.reach(address, port);
    if (reached.kind === 'accepted') {
      say('good', `${host} (${address}) accepts connections on port ${port}`);
      return reached.localAddress;
    }
    const why = reached.kind === 'refused' ? 'refuses connections' : `does not answer (${reached.words})`;
    const block = port === 25 ? '; many providers block outgoing port 25: ask yours to open it' : '';
    say('bad', `${host} (${address}) ${why} on port ${port}${block}`);
  }
  return undefined;
}

/** The address that MX hosts see: our own, or behind a translating router what the HELO name stands for. */
async function ownAddress(
  mx: MxSettings,
  localAddress: string | undefined,
  ask: Asker,
  say: Say,
): Promise<string | null> {
  const byHelo = await ask.addresses(mx.helo, null);
  if (byHelo === null)
    say(
      'bad',
      `mx.helo ${mx.helo} does not resolve: many servers refuse or distrust such a name (RFC 5321 section 4.1.1.1)`,
    );
  if (localAddress !== undefined && !isPrivate(localAddress)) {
    const known = byHelo === null || byHelo.includes(localAddress);
    if (!known) say('warn', `mx.helo ${mx.helo} stands for ${byHelo.join(', ')}, but mail leaves from ${localAddress}`);
    return localAddress;
  }
  const assumed = byHelo?.find((address) => !isPrivate(address));
  if (assumed === undefined) {
    say(
      'warn',
      'the public address of this machine is not known (it is behind a router, and mx.helo has none): PTR and SPF could not be compared with it',
    );
    return null;
  }
  say('good', `this machine's public address is taken to be ${assumed}, that of mx.helo ${mx.helo}`);
  return assumed;
}

async function advisePtr(address: string, helo: string, ask: Asker, say: Say): Promise<void> {
  const names = await ask.ptr(address);
  if (names === null) return;
  if (names.length === 0)
    return say(
      'bad',
      `${address} has no PTR record: most servers send its mail to Junk or refuse it; ask your provider for one`,
    );
  for (const name of names) {
    const addresses = await ask.addresses(name, null);
    if (addresses?.includes(address) !== true) continue;
    say('good', `PTR of ${address} is ${name}, and ${name} leads back to it`);
    if (!sameName(name, helo)) say('warn', `mx.helo is ${helo}, the PTR name ${name}: filters like them equal`);
    return;
  }
  say('bad', `PTR of ${address} is ${names.join(', ')}, which does not lead back to it: many servers distrust that`);
}

/** Of the envelope sender's domain, which is that of From as well. */
async function adviseSpf(mx: MxSettings, own: string | null, ask: Asker, say: Say): Promise<void> {
  const domain = domainOf(mx.mail_from);
  const texts = await ask.txt(domain);
  if (texts === null) return;
  const records = texts.flatMap((text) => parseSpf(text) ?? []);
  const [spf] = records;
  const key = mx.bounces_to_sink ? 'agent.sink.domain' : 'mx.mail_from';
  if (spf === undefined)
    return say('warn', `${domain} (${key}) has no SPF record: large providers send such mail to Junk`);
  if (records.length > 1)
    return say(
      'bad',
      `${domain} has ${records.length} SPF records: that is an error for all who look (RFC 7208 section 4.5)`,
    );
  const ending = SPF_ENDINGS[spf.all];
  if (own === null) return say('good', `${domain} has an SPF record; ${ending}`);
  if (await isListed(own, domain, spf, ask)) return say('good', `SPF of ${domain} lists ${own}; ${ending}`);
  if (spf.includes.length > 0 || spf.all === 'redirect') {
    return say(
      'warn',
      `SPF of ${domain} does not plainly list ${own}; what it includes (${spf.includes.join(', ')}) was not looked at; ${ending}`,
    );
  }
  const level = spf.all === 'fail' || spf.all === 'softfail' ? 'bad' : 'warn';
  say(level, `SPF of ${domain} does not list ${own}; ${ending}; add ${isIPv6(own) ? 'ip6' : 'ip4'}:${own}`);
}

const SPF_ENDINGS: Readonly<Record<Spf['all'], string>> = {
  fail: 'it ends in -all: mail from elsewhere is refused',
  softfail: 'it ends in ~all: mail from elsewhere goes to Junk',
  neutral: 'it ends in ?all: it says nothing of mail from elsewhere',
  pass: 'it ends in +all: it lets anybody send, which filters hold against it',
  redirect: 'it goes on in another record (redirect=)',
  none: 'it has no "all" at its end: it says nothing of mail from elsewhere',
};

async function isListed(own: string, domain: string, spf: Spf, ask: Asker): Promise<boolean> {
  if (inNetworks(own, spf.networks)) return true;
  const hosts = spf.a.map((name) => name || domain);
  for (const name of spf.mx) hosts.push(...((await ask.mx(name || domain, null)) ?? []).map(({ host }) => host));
  for (const host of hosts) {
    if ((await ask.addresses(host, null))?.includes(own) === true) return true;
  }
  return false;
}

const PRIVATE = new BlockList();
for (const [base, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const) {
  PRIVATE.addSubnet(base, bits, 'ipv4');
}
for (const [base, bits] of [
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128],
] as const)
  PRIVATE.addSubnet(base, bits, 'ipv6');

function isPrivate(address: string): boolean {
  return PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

function listed(hosts: readonly MxHost[]): string {
  return hosts.map(({ host, preference }) => `${preference} ${host}`).join(', ');
}

function sameName(a: string, b: string): boolean {
  return a.replace(/\.$/, '').toLowerCase() === b.replace(/\.$/, '').toLowerCase();
}
