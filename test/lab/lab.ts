import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { serveAliases } from './alias-map.ts';
import { createAuthority } from './certificates.ts';
import { claim } from './claim.ts';
import { createDovecot, DOVECOT, type Mailbox } from './dovecot.ts';
import { createFaults, type Faults } from './faults.ts';
import { servePolicy, type PolicyRule } from './policy.ts';
import { createPostfix, POSTFIX_MASTER } from './postfix.ts';
import { createTruth, type Truth } from './truth.ts';
import { hireUndertaker } from './undertaker.ts';

export interface LabPorts {
  /** The MX: no AUTH, STARTTLS offered, takes mail for corp.example only. */
  readonly smtp: number;
  /** STARTTLS required, then AUTH. */
  readonly submission: number;
  /** Implicit TLS, AUTH. */
  readonly submissions: number;
  /** STARTTLS. */
  readonly imap: number;
  readonly imaps: number;
  /** STLS. */
  readonly pop3: number;
  readonly pop3s: number;
  /** Nobody listens here: the test's own SMTP server shall. Postfix routes mail for sink.example to it. */
  readonly sink: number;
}

export interface LabUser {
  readonly login: string;
  readonly address: string;
  readonly password: string;
}

export interface Lab {
  readonly dir: string;
  readonly domain: 'corp.example';
  readonly hostname: 'mail.corp.example';
  readonly ports: LabPorts;
  /** PEM of the CA that signed the server's certificate, for mail.corp.example, localhost and 127.0.0.1. */
  readonly caFile: string;
  readonly ca: string;
  readonly users: Readonly<Record<'alice' | 'bob' | 'carol', LabUser>>;
  /** Accepted by the server, then bounced to the envelope sender: the mailbox is gone. */
  readonly goneAddress: string;
  readonly faults: Faults;
  readonly truth: Truth;
  /** What waits in the queue is tried now. */
  flush(): Promise<void>;
  /** Ends all processes of the lab and removes its directory. May be called twice. */
  stop(): Promise<void>;
}

const DOMAIN = 'corp.example';
const HOSTNAME = 'mail.corp.example';

/** Postfix and Dovecot on loopback ports of their own, everything in one private directory; up in about a second. */
export async function startLab(): Promise<Lab> {
  const reason = whyNoLab();
  if (reason !== undefined) throw new Error(`no lab can run here: ${reason}`);
  const { dir, name, ports: numbers } = await claim();
  const pidsDir = path.join(dir, 'pids');
  mkdirSync(pidsDir);
  const undertaker = hireUndertaker(dir, name);
  const closers: (() => Promise<void> | void)[] = [];
  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    stopping ??= (async () => {
      for (const close of closers.reverse()) await close();
      await undertaker.bury();
    })();
    await stopping;
  }

  try {
    const ports = namePorts(numbers);
    const caFile = path.join(dir, 'ca.pem');
    const serverPem = path.join(dir, 'server.pem');
    const authority = await createAuthority(HOSTNAME);
    writeFileSync(caFile, authority.pem);
    writeFileSync(serverPem, await authority.issue('valid'), { mode: 0o600 });

    const users = { alice: makeUser('alice'), bob: makeUser('bob'), carol: makeUser('carol') };
    const mailboxes = new Map<string, Mailbox>();
    for (const { login, password } of Object.values(users)) mailboxes.set(login, { login, password });
    const aliases = new Map<string, string>();
    const rules = new Set<PolicyRule>();
    const truth = createTruth();
    const onLine = (line: string): void => truth.add(line, nowMs());

    const postfix = createPostfix({
      dir,
      domain: DOMAIN,
      hostname: HOSTNAME,
      ports,
      serverPem,
      pidFile: path.join(pidsDir, 'postfix'),
      onLine,
    });
    closers.push(() => postfix.closeLog());
    const dovecot = createDovecot({
      dir,
      ports,
      serverPem,
      mailboxes: [...mailboxes.values()],
      queueDir: postfix.queueDir,
      pidFile: path.join(pidsDir, 'dovecot'),
      onLine,
    });
    const aliasServer = await serveAliases(path.join(postfix.queueDir, 'private/lab-aliases'), aliases);
    closers.push(async () => await aliasServer.close());
    const policyServer = await servePolicy(path.join(postfix.queueDir, 'private/lab-policy'), rules);
    closers.push(async () => await policyServer.close());
    await Promise.all([postfix.start(), dovecot.start()]);

    const timers = new Set<NodeJS.Timeout>();
    closers.push(() => timers.forEach((timer) => clearTimeout(timer)));
    const later = (ms: number, work: () => Promise<void>): void => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        work().catch((error: unknown) => truth.add(`lab: ${String(error)}`, nowMs()));
      }, ms);
      timers.add(timer);
    };
    const faults = createFaults({
      ports,
      postfix,
      dovecot,
      rules,
      aliases,
      later,
      authority,
      serverPem,
      mailboxes,
      table: name,
    });

    return {
      dir,
      domain: DOMAIN,
      hostname: HOSTNAME,
      ports,
      caFile,
      ca: authority.pem,
      users,
      goneAddress: `gone@${DOMAIN}`,
      faults,
      truth,
      flush: async () => void (await postfix.command('postqueue', '-f')),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Undefined when a lab can run here; else the reason. */
export function whyNoLab(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync(POSTFIX_MASTER)) return 'postfix is not installed';
  if (!existsSync(DOVECOT)) return 'dovecot is not installed';
  for (const name of ['imap', 'pop3', 'lmtp']) {
    if (!existsSync(`/usr/lib/dovecot/${name}`)) return `dovecot-${name}d is not installed`;
  }
  return undefined;
}

function namePorts(numbers: readonly number[]): LabPorts {
  const [smtp = 0, submission = 0, submissions = 0, imap = 0, imaps = 0, pop3 = 0, pop3s = 0, sink = 0] = numbers;
  return { smtp, submission, submissions, imap, imaps, pop3, pop3s, sink };
}

function makeUser(name: string): LabUser {
  return { login: `${name}@${DOMAIN}`, address: `${name}@${DOMAIN}`, password: `${name}-secret` };
}

/** Epoch ms with a fraction; the fine clock as long as nobody has set the other one. */
function nowMs(): number {
  const fine = performance.timeOrigin + performance.now();
  return Math.abs(fine - Date.now()) < 2 ? fine : Date.now();
}
