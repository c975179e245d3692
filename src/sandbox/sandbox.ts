import { createSecureContext, type SecureContext } from 'node:tls';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { Secret } from '../lib/secret.ts';
import { createCertificates, type ServerCertificate } from './certificates.ts';
import { createFaults, type FaultName, type FaultValues, type SandboxFaults } from './faults.ts';
import type { Account } from './imap-engine.ts';
import { createImapServer } from './imap-server.ts';
import { createListener, type Listener } from './listener.ts';
import { createMailbox } from './mailbox.ts';
import { createPop3Server } from './pop3-server.ts';
import { createQueue } from './queue.ts';
import { relay } from './relay.ts';
import { createMx, createSubmission, SMTP_IDLE } from './smtp-servers.ts';
import { createWebmail, WEBMAIL_TEXT } from './webmail.ts';

/** Loopback, always: the sandbox is for this machine. */
const HOST = '127.0.0.1';
const DOMAIN = 'sandbox.example';
const HOSTNAME = `mail.${DOMAIN}`;
const ACCOUNTS: readonly Account[] = ['alice', 'bob'].map((name) => ({
  name,
  address: `${name}@${DOMAIN}`,
  user: `${name}@${DOMAIN}`,
  // No secret at all: everyone on this machine may read it here.
  password: new Secret(`${name}-of-the-sandbox`),
}));

export type SandboxService = 'submission' | 'submissions' | 'mx' | 'imap' | 'pop3' | 'webmail';

export interface SandboxOptions {
  /** 0 or absent: any free port. */
  readonly ports?: Partial<Readonly<Record<SandboxService, number>>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Where mail for `domain` is relayed to; loopback only. Port 0: not known yet, see `Sandbox.relayTo`. */
  readonly sink: { readonly host: string; readonly port: number; readonly domain: string };
  readonly faults?: Partial<FaultValues>;
}

/** What a client needs to use a sandbox that runs. */
export interface SandboxAddresses {
  readonly host: string;
  readonly hostname: string;
  readonly domain: string;
  /** Domain of the sink: mail for it is relayed. */
  readonly relayDomain: string;
  readonly ports: Readonly<Record<SandboxService, number>>;
  /** PEM of the authority that issued its certificates. */
  readonly ca: string;
  readonly mailboxes: readonly Account[];
  readonly webmail: { readonly url: string; readonly text: string };
}

export interface Sandbox {
  /** Rejects when a port is taken; then nothing is left open. */
  start(): Promise<SandboxAddresses>;
  /** Cuts every connection and forgets all mail. */
  stop(): Promise<void>;
  readonly faults: SandboxFaults;
  /** The sink listens on this port: for one that took any free port after the sandbox was made. */
  relayTo(port: number): void;
}

interface Running {
  readonly addresses: SandboxAddresses;
  stop(): Promise<void>;
}

/**
 * A mail system in this process: submission, MX, queue, two mailboxes by IMAP and POP3, a webmail page, with faults to
 * switch on. It listens on loopback only, sends to its sink only, and keeps everything in memory.
 */
export function createSandbox(options: SandboxOptions): Sandbox {
  if (!/^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(options.sink.host)) {
    throw new Error(`sandbox: expected a sink on loopback as in 127.0.0.1, got "${options.sink.host}"`);
  }
  const faults = createFaults(options.faults);
  let sinkPort = options.sink.port;
  let lastUidValidity = 0;
  let running: Promise<Running> | null = null;

  return {
    faults,
    relayTo(port) {
      sinkPort = port;
    },
    async start() {
      lastUidValidity = Math.max(lastUidValidity + 1, Math.floor(options.clock.now() / 1_000));
      running ??= run(options, faults, () => sinkPort, lastUidValidity);
      try {
        return (await running).addresses;
      } catch (error) {
        running = null;
        throw error;
      }
    },
    async stop() {
      const ending = running;
      running = null;
      await (await ending)?.stop();
    },
  };
}

async function run(
  options: SandboxOptions,
  faults: SandboxFaults,
  sinkPort: () => number,
  uidValidity: number,
): Promise<Running> {
  const { clock, log, sink } = options;
  const certificates = await createCertificates(HOSTNAME);
  const certificate = (): ServerCertificate => {
    if (faults.get('certificate-expired')) return certificates.expired;
    return faults.get('certificate-name') ? certificates.otherName : certificates.good;
  };
  const secureContext = (): SecureContext => createSecureContext({ ...certificate(), minVersion: 'TLSv1.2' });

  const mailboxes = ACCOUNTS.map((account) => createMailbox(account, uidValidity));
  const boxOf = (address: string) => mailboxes.find((box) => box.address === address.toLowerCase());
  const queue = createQueue({
    hostname: HOSTNAME,
    domain: DOMAIN,
    clock,
    faults,
    log,
    isOwn: (address) => boxOf(address) !== undefined,
    deliver: (address, folder, letter) => boxOf(address)?.deliver(folder, letter, clock.now()),
    relay: async (letter, signal) => {
      // A port of 0 would become the protocol's own, where somebody else may listen.
      if (sinkPort() === 0) return { kind: 'deferred', words: 'the sink does not listen yet' };
      return relay({ host: sink.host, port: sinkPort() }, HOSTNAME, letter, signal);
    },
    relayName: () => `${sink.host}:${sinkPort()}`,
  });

  const smtp = { hostname: HOSTNAME, accounts: ACCOUNTS, relayDomain: sink.domain, queue, faults, clock };
  const submission = createSubmission({ ...smtp, certificate: certificate() }, false);
  const submissions = createSubmission({ ...smtp, certificate: certificate() }, true);
  const mx = createMx({ ...smtp, certificate: certificate() });

  const at = (service: SandboxService) => ({ name: service, host: HOST, port: options.ports?.[service] ?? 0 });
  const mailAccess = { mailboxes, secureContext };
  const imap = createImapServer({ ...at('imap'), ...mailAccess, faults, clock, log });
  const services: Readonly<Record<SandboxService, Listener>> = {
    submission: createListener({
      ...at('submission'),
      idleMs: SMTP_IDLE,
      serve: (socket) => submission.connect(socket),
    }),
    submissions: createListener({
      ...at('submissions'),
      secureContext,
      idleMs: SMTP_IDLE,
      serve: (socket) => submissions.connect(socket),
    }),
    mx: createListener({ ...at('mx'), idleMs: SMTP_IDLE, serve: (socket) => mx.connect(socket) }),
    imap: imap.listener,
    pop3: createPop3Server({ ...at('pop3'), ...mailAccess }),
    webmail: createWebmail({ ...at('webmail'), faults }),
  };

  // The order of the switchboard's calls is kept: a port that is closing is opened only after it has closed.
  let applied = Promise.resolve();
  const apply = (): Promise<void> => {
    applied = applied
      .catch(() => {})
      .then(async () => {
        imap.obey();
        for (const server of [submission, submissions, mx]) server.updateSecureContext(certificate());
        for (const [service, fault] of CLOSED_BY) {
          await (faults.get(fault) ? services[service].close() : services[service].open());
        }
        log.debug({ faults: faults.active() }, 'sandbox: faults that are on');
      });
    return applied;
  };
  const forget = faults.onChange(apply);

  async function stop(): Promise<void> {
    forget();
    queue.close();
    await applied.catch(() => {});
    await Promise.all(Object.values(services).map((service) => service.close()));
  }

  try {
    // A port that a fault keeps closed is opened once, so that its number is known.
    for (const service of Object.values(services)) await service.open();
    await apply();
  } catch (error) {
    await stop();
    throw error;
  }
  const port = (service: SandboxService): number => services[service].port;
  return {
    stop,
    addresses: {
      host: HOST,
      hostname: HOSTNAME,
      domain: DOMAIN,
      relayDomain: sink.domain,
      ports: {
        submission: port('submission'),
        submissions: port('submissions'),
        mx: port('mx'),
        imap: port('imap'),
        pop3: port('pop3'),
        webmail: port('webmail'),
      },
      ca: certificates.ca,
      mailboxes: ACCOUNTS,
      webmail: { url: `http://${HOST}:${port('webmail')}/`, text: WEBMAIL_TEXT },
    },
  };
}

const CLOSED_BY: readonly (readonly [SandboxService, Extract<FaultName, `${string}-down` | `${string}-refused`>])[] = [
  ['submission', 'submission-down'],
  ['submissions', 'submission-down'],
  ['mx', 'mx-down'],
  ['imap', 'imap-refused'],
  ['pop3', 'pop3-refused'],
];
