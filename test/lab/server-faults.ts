import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Authority, CertificateKind } from './certificates.ts';
import type { Mailbox } from './dovecot.ts';
import type { Track, Undo } from './faults.ts';
import type { MailFaultParts } from './mail-faults.ts';

/** What can go wrong with the servers and the accounts. */
export interface ServerFaults {
  /** The user's password is another one from now on; the Undo restores the one before. */
  changePassword(login: string, password: string): Promise<Undo>;
  /** The mailbox is full: 552 5.2.2 at delivery, and a bounce to the sender. */
  fillQuota(login: string): Promise<Undo>;
  /** Dovecot is there and does nothing: connections are taken, no banner comes. Freezes AUTH of submission and LMTP too. */
  freezeDovecot(): Promise<Undo>;
  stopDovecot(): Promise<Undo>;
  stopPostfix(): Promise<Undo>;
  /** Both servers restart with another certificate. */
  useCertificate(kind: Exclude<CertificateKind, 'valid'>): Promise<Undo>;
  /** The mailbox gets another UIDVALIDITY. It keeps its messages and their UIDs; the user's open sessions end. There is no way back. */
  changeUidValidity(login: string, mailbox?: string): Promise<void>;
}

export interface ServerFaultParts extends MailFaultParts {
  readonly authority: Authority;
  readonly serverPem: string;
  /** By login. */
  readonly mailboxes: Map<string, Mailbox>;
}

export function createServerFaults(parts: ServerFaultParts, track: Track): ServerFaults {
  const { postfix, dovecot, mailboxes } = parts;

  async function update(login: string, change: (mailbox: Mailbox) => Mailbox): Promise<void> {
    const mailbox = mailboxes.get(login);
    if (mailbox === undefined) throw new Error(`the lab has no user "${login}"`);
    mailboxes.set(login, change(mailbox));
    await dovecot.setMailboxes([...mailboxes.values()]);
  }

  async function installCertificate(kind: CertificateKind): Promise<void> {
    writeFileSync(parts.serverPem, await parts.authority.issue(kind), { mode: 0o600 });
    await Promise.all([postfix.stop(), dovecot.stop()]);
    await Promise.all([postfix.start(), dovecot.start()]);
  }

  return {
    changePassword: async (login, password) => {
      const before = mailboxes.get(login)?.password ?? '';
      await update(login, (mailbox) => ({ ...mailbox, password }));
      return track(async () => await update(login, (mailbox) => ({ ...mailbox, password: before })));
    },
    fillQuota: async (login) => {
      await update(login, (mailbox) => ({ ...mailbox, quotaRule: '*:bytes=1' }));
      return track(async () => {
        await update(login, ({ quotaRule: _quotaRule, ...mailbox }) => mailbox);
        // The limit is written down here, and stays in force after the rule is gone.
        rmSync(path.join(dovecot.homeOf(login), 'Maildir/maildirsize'), { force: true });
      });
    },
    freezeDovecot: async () => {
      dovecot.signal('SIGSTOP');
      return track(() => dovecot.signal('SIGCONT'));
    },
    stopDovecot: async () => {
      await dovecot.stop();
      return track(async () => await dovecot.start());
    },
    stopPostfix: async () => {
      await postfix.stop();
      return track(async () => await postfix.start());
    },
    useCertificate: async (kind) => {
      await installCertificate(kind);
      return track(async () => await installCertificate('valid'));
    },
    changeUidValidity: async (login, mailbox = 'INBOX') => {
      const folder = path.join(dovecot.homeOf(login), 'Maildir', mailbox === 'INBOX' ? '' : `.${mailbox}`);
      renumber(folder);
      // A session that still has the old index open would only say `NO Internal error occurred`.
      await dovecot.kick(login);
    },
  };
}

/** Rewrites the first line of dovecot-uidlist (`3 V<uidvalidity> N<next uid> G<guid>`) and drops the indexes made from it. */
function renumber(folder: string): void {
  const file = path.join(folder, 'dovecot-uidlist');
  const { mode } = statSync(file);
  const [head = '', ...rest] = readFileSync(file, 'utf8').split('\n');
  const renumbered = head.replace(/ V(\d+) /u, (_all, value: string) => ` V${Number(value) + 1} `);
  writeFileSync(file, [renumbered, ...rest].join('\n'), { mode });
  for (const name of readdirSync(folder)) {
    if (name.startsWith('dovecot.index')) rmSync(path.join(folder, name), { force: true });
  }
}
