import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { createDaemon, type Daemon } from './daemon.ts';
import { createLogPipe } from './log-pipe.ts';
import type { LabPorts } from './lab.ts';

export const POSTFIX_MASTER = '/usr/lib/postfix/sbin/master';
const run = promisify(execFile);

export interface PostfixOptions {
  readonly dir: string;
  readonly domain: string;
  readonly hostname: string;
  readonly ports: LabPorts;
  readonly pidFile: string;
  /** Key and certificate, PEM. */
  readonly serverPem: string;
  readonly onLine: (line: string) => void;
}

export interface Postfix extends Daemon {
  readonly queueDir: string;
  /** One of Postfix's own commands, e.g. `postqueue -f`, on this instance; its standard output. */
  command(name: 'postqueue' | 'postsuper', ...args: string[]): Promise<string>;
  /** Replaces header_checks(5) by these lines, for all mail that comes from then on. */
  checkHeaders(lines: readonly string[]): Promise<void>;
  closeLog(): void;
}

/** A Postfix of its own: configuration, queue and data in one directory. */
export function createPostfix(options: PostfixOptions): Postfix {
  const configDir = path.join(options.dir, 'postfix');
  const queueDir = path.join(options.dir, 'queue');
  makeDirectories(configDir, queueDir, path.join(options.dir, 'postfix-data'));
  const files = {
    'main.cf': mainCf(options),
    'master.cf': masterCf(options.ports),
    mailboxes: mailboxes(options.domain),
    transport: transport(options.ports),
    header_checks: '',
  };
  for (const [name, text] of Object.entries(files)) writeConfig(name, text);

  function writeConfig(name: string, text: string): void {
    const file = path.join(configDir, name);
    writeFileSync(file, text);
    // Postfix sleeps for up to 2 s in front of a file that looks as if it were still being written.
    utimesSync(file, 1, 1);
  }

  let reloaded: () => void = () => {};
  const logPipe = createLogPipe(path.join(options.dir, 'maillog'), (line) => {
    if (line.includes('reload -- version')) reloaded();
    options.onLine(line);
  });
  const env = { PATH: process.env['PATH'] ?? '', MAIL_CONFIG: configDir };
  const daemon = createDaemon({
    command: POSTFIX_MASTER,
    // `postfix start` would first spend a second on checks of the whole installation.
    args: ['-c', configDir],
    env,
    pidFile: options.pidFile,
    onLine: options.onLine,
    ports: [options.ports.smtp, options.ports.submission, options.ports.submissions],
  });

  async function command(name: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(`/usr/sbin/${name}`, ['-c', configDir, ...args], { env });
    return stdout;
  }

  async function checkHeaders(lines: readonly string[]): Promise<void> {
    writeConfig('header_checks', lines.map((line) => `${line}\n`).join(''));
    const done = new Promise<void>((resolve) => (reloaded = resolve));
    // To the master alone: it tells its children.
    process.kill(Number(readFileSync(path.join(queueDir, 'pid/master.pid'), 'utf8')), 'SIGHUP');
    await done;
  }

  return { ...daemon, queueDir, command, checkHeaders, closeLog: () => logPipe.close() };
}

/** The layout that `postfix check` would make, in a few milliseconds instead of a second. */
function makeDirectories(configDir: string, queueDir: string, dataDir: string): void {
  const owner = idOf('/etc/passwd', 'postfix');
  const group = idOf('/etc/group', 'postdrop');
  mkdirSync(configDir);
  mkdirSync(queueDir);
  mkdirSync(path.join(queueDir, 'pid'));
  const own = ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'private', 'saved'];
  for (const dir of [dataDir, ...[...own, 'trace'].map((name) => path.join(queueDir, name))]) {
    mkdirSync(dir, { mode: 0o700 });
    chownSync(dir, owner, 0);
  }
  for (const [name, mode] of [['maildrop', 0o730] as const, ['public', 0o710] as const]) {
    const dir = path.join(queueDir, name);
    mkdirSync(dir);
    chownSync(dir, owner, group);
    chmodSync(dir, mode);
  }
}

function idOf(file: string, name: string): number {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`));
  const id = Number(line?.split(':')[2]);
  if (!Number.isInteger(id)) throw new Error(`${file} has no entry "${name}"; is postfix installed?`);
  return id;
}

function mainCf({ dir, domain, hostname, serverPem }: PostfixOptions): string {
  return `
compatibility_level = 3.6
queue_directory = ${dir}/queue
data_directory = ${dir}/postfix-data
maillog_file = ${dir}/maillog
maillog_file_prefixes = ${dir}
enable_long_queue_ids = yes
delay_logging_resolution_limit = 6

myhostname = ${hostname}
mydomain = ${domain}
myorigin = ${domain}
mydestination =
# Not even this machine may relay without a password.
mynetworks = 192.0.2.1/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =

# There is no DNS here: what is not routed below has no route.
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_peername_lookup = no
default_transport = error:5.4.4 this lab has no route to that domain
transport_maps = texthash:${dir}/postfix/transport
header_checks = regexp:${dir}/postfix/header_checks

virtual_mailbox_domains = ${domain}
virtual_mailbox_maps = regexp:${dir}/postfix/mailboxes
virtual_alias_maps = socketmap:unix:${dir}/queue/private/lab-aliases:aliases
virtual_transport = lmtp:unix:private/dovecot-lmtp

smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_policy_service { unix:private/lab-policy, default_action=DUNNO }
smtpd_end_of_data_restrictions = check_policy_service { unix:private/lab-policy, default_action=DUNNO }
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_tls_chain_files = ${serverPem}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtp_tls_security_level = may

# As fast as it goes, and no limits that would colour a measurement.
in_flow_delay = 0
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_event_limit_exceptions = 127.0.0.1
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
transport_retry_time = 1s
# An smtpd that found no Dovecot to ask for AUTH ends at once, and master starts no other one for so long.
service_throttle_time = 1s
default_destination_concurrency_failed_cohort_limit = 0
# Two recipients of one message are two deliveries, even if they are the same mailbox.
lmtp_destination_recipient_limit = 1
# A kept connection would survive the outage of the LMTP socket that a test asked for.
lmtp_connection_cache_on_demand = no
`.trimStart();
}

function masterCf(ports: LabPorts): string {
  return `
127.0.0.1:${ports.smtp} inet n - n - - smtpd
127.0.0.1:${ports.submission} inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:${ports.submissions} inet n - n - - smtpd
  -o syslog_name=postfix/submissions
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
pickup     unix        n - n 60 1 pickup
cleanup    unix        n - n -  0 cleanup
qmgr       unix        n - n 300 1 qmgr
tlsmgr     unix        - - n 1000? 1 tlsmgr
rewrite    unix        - - n -  - trivial-rewrite
bounce     unix        - - n -  0 bounce
defer      unix        - - n -  0 bounce
trace      unix        - - n -  0 bounce
verify     unix        - - n -  1 verify
flush      unix        n - n 1000? 0 flush
proxymap   unix        - - n -  - proxymap
proxywrite unix        - - n -  1 proxymap
smtp       unix        - - n -  - smtp
lmtp       unix        - - n -  - lmtp
showq      unix        n - n -  - showq
error      unix        - - n -  - error
retry      unix        - - n -  - error
discard    unix        - - n -  - discard
anvil      unix        - - n -  1 anvil
scache     unix        - - n -  1 scache
postlog    unix-dgram  n - n -  1 postlogd
`.trimStart();
}

/** `gone` is accepted by Postfix and unknown to Dovecot, so mail for it comes back as a delivery status notification. */
function mailboxes(domain: string): string {
  return `/^(alice|bob|carol|gone)(\\+.*)?@${domain.replaceAll('.', '\\.')}$/ OK\n`;
}

function transport(ports: LabPorts): string {
  return `sink.example smtp:[127.0.0.1]:${ports.sink}\n.sink.example smtp:[127.0.0.1]:${ports.sink}\n`;
}
