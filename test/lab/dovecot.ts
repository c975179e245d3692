import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createDaemon, type Daemon } from './daemon.ts';
import type { LabPorts } from './lab.ts';

export const DOVECOT = '/usr/sbin/dovecot';
/** Owns the mail files; numeric, so that no user has to exist on the machine. */
const MAIL_UID = 21_000;
const run = promisify(execFile);

export interface Mailbox {
  readonly login: string;
  readonly password: string;
  /** A rule of Dovecot's quota plugin, e.g. `*:bytes=1`. */
  readonly quotaRule?: string;
}

export interface DovecotOptions {
  readonly dir: string;
  readonly ports: LabPorts;
  readonly pidFile: string;
  /** Postfix's queue directory, where the two meet on Unix sockets. */
  readonly queueDir: string;
  readonly serverPem: string;
  readonly mailboxes: readonly Mailbox[];
  readonly onLine: (line: string) => void;
}

export interface Dovecot extends Daemon {
  /** The socket on which Postfix delivers. */
  readonly lmtpSocket: string;
  homeOf(login: string): string;
  /** Ends the user's open IMAP and POP3 sessions. */
  kick(login: string): Promise<void>;
  /** Fulfilled when Dovecot goes by it, after a second at most. */
  setMailboxes(mailboxes: readonly Mailbox[]): Promise<void>;
}

/** A Dovecot of its own: IMAP, POP3 and LMTP, with its mail, sockets and state in one directory. */
export function createDovecot(options: DovecotOptions): Dovecot {
  const { dir, queueDir } = options;
  const configFile = path.join(dir, 'dovecot.conf');
  const usersFile = path.join(dir, 'users');
  const lmtpSocket = path.join(queueDir, 'private/dovecot-lmtp');

  for (const name of ['mail', 'dovecot-run', 'dovecot-state']) mkdirSync(path.join(dir, name));
  for (const { login } of options.mailboxes) {
    mkdirSync(homeOf(login), { mode: 0o700 });
    chownSync(homeOf(login), MAIL_UID, MAIL_UID);
  }
  writeFileSync(configFile, dovecotConf(options, usersFile, lmtpSocket));
  writeUsers(options.mailboxes);

  function homeOf(login: string): string {
    return path.join(dir, 'mail', login.replace(/@.*/u, ''));
  }

  function writeUsers(mailboxes: readonly Mailbox[]): void {
    const before = statSync(usersFile, { throwIfNoEntry: false })?.mtime.getTime() ?? 0;
    const lines = mailboxes.map(({ login, password, quotaRule }) => {
      const extra = quotaRule === undefined ? '' : `userdb_quota_rule=${quotaRule}`;
      return `${login}:{PLAIN}${password}:${MAIL_UID}:${MAIL_UID}::${homeOf(login)}::${extra}\n`;
    });
    writeFileSync(usersFile, lines.join(''), { mode: 0o644 });
    // Dovecot compares whole seconds and the size, so two changes within a second would be one.
    const stamp = new Date(Math.max(Date.now(), before + 1000));
    utimesSync(usersFile, stamp, stamp);
  }

  async function setMailboxes(mailboxes: readonly Mailbox[]): Promise<void> {
    writeUsers(mailboxes);
    // Dovecot looks at the file once in each second of the clock.
    await pause(1005 - (Date.now() % 1000));
  }

  async function kick(login: string): Promise<void> {
    // Exit code 68: the user had no session.
    await run('/usr/bin/doveadm', ['-c', configFile, 'kick', login]).catch((error: { code?: unknown }) => {
      if (error.code !== 68) throw error;
    });
  }

  const daemon = createDaemon({
    command: DOVECOT,
    args: ['-F', '-c', configFile],
    env: { PATH: process.env['PATH'] ?? '' },
    pidFile: options.pidFile,
    onLine: options.onLine,
    ports: [options.ports.imap, options.ports.imaps, options.ports.pop3, options.ports.pop3s],
  });

  return { ...daemon, lmtpSocket, homeOf, kick, setMailboxes };
}

function dovecotConf(
  { dir, ports, queueDir, serverPem }: DovecotOptions,
  usersFile: string,
  lmtpSocket: string,
): string {
  return `
protocols = imap pop3 lmtp
listen = 127.0.0.1
base_dir = ${dir}/dovecot-run
state_dir = ${dir}/dovecot-state
log_path = /dev/stderr
log_timestamp = "%s.%{usecs} "
default_client_limit = 500
default_process_limit = 100

# Dovecot takes a connection from its own address for a secure one, so no setting makes it refuse LOGIN without TLS here.
ssl = required
ssl_cert = <${serverPem}
ssl_key = <${serverPem}
auth_mechanisms = plain login
auth_failure_delay = 0
disable_plaintext_auth = yes
mail_max_userip_connections = 100
first_valid_uid = ${MAIL_UID}
first_valid_gid = ${MAIL_UID}
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%Lu ${usersFile}
}
userdb {
  driver = passwd-file
  args = username_format=%Lu ${usersFile}
}

mail_location = maildir:~/Maildir
recipient_delimiter = +
lmtp_save_to_detail_mailbox = yes
mail_plugins = quota
plugin {
  quota = maildir:User quota
}
namespace inbox {
  inbox = yes
  mailbox Junk {
    special_use = \\Junk
    auto = subscribe
  }
  mailbox Sent {
    special_use = \\Sent
    auto = subscribe
  }
  mailbox Trash {
    special_use = \\Trash
    auto = subscribe
  }
}

service imap-login {
  service_count = 0
  process_min_avail = 1
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
    ssl = yes
  }
}
service pop3-login {
  service_count = 0
  inet_listener pop3 {
    port = ${ports.pop3}
  }
  inet_listener pop3s {
    port = ${ports.pop3s}
    ssl = yes
  }
}
service lmtp {
  process_min_avail = 1
  unix_listener ${lmtpSocket} {
    mode = 0666
  }
}
service auth {
  unix_listener ${queueDir}/private/auth {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
# Without it a wrong password slows down every later login from 127.0.0.1, by up to 15 s.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`.trimStart();
}
