import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { MINUTE } from '../lib/time.ts';
import { createListener, type Listener } from './listener.ts';
import type { Mailbox, StoredMail } from './mailbox.ts';

const MAX_LINE = 512;

export interface Pop3ServerParts {
  readonly host: string;
  readonly port: number;
  readonly mailboxes: readonly Mailbox[];
  readonly secureContext: () => SecureContext;
}

/** POP3 (RFC 1939) with TLS from the first byte, over the same inboxes as IMAP. */
export function createPop3Server(parts: Pop3ServerParts): Listener {
  return createListener({
    name: 'pop3',
    host: parts.host,
    port: parts.port,
    secureContext: parts.secureContext,
    // RFC 1939 section 3: at least 10 minutes.
    idleMs: 11 * MINUTE,
    serve: (socket) => serve(socket, parts.mailboxes),
  });
}

function serve(socket: Socket, mailboxes: readonly Mailbox[]): void {
  const session = createSession(mailboxes);
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('latin1')).split(/\r?\n/);
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) socket.destroy();
    for (const line of lines) {
      if (socket.writableEnded || socket.destroyed) return;
      const answer = session(line);
      socket.write(`${answer}\r\n`, 'latin1');
      if (/^QUIT\b/i.test(line)) socket.end();
    }
  });
  socket.write('+OK mailwitness sandbox POP3\r\n');
}

// A session's numbers are those of the inbox at login; mail that comes later shows in the next session (RFC 1939 section 3).
function createSession(mailboxes: readonly Mailbox[]): (line: string) => string {
  let user = '';
  let box: Mailbox | undefined;
  let mails: readonly StoredMail[] = [];
  const deleted = new Set<number>();

  const there = (number: string | undefined): StoredMail | undefined => {
    const mail = mails[Number(number) - 1];
    return mail === undefined || deleted.has(mail.uid) ? undefined : mail;
  };
  const listing = (number: string | undefined, text: (mail: StoredMail) => string | number): string => {
    const rows = mails.map((mail, index) => ({ mail, row: `${index + 1} ${text(mail)}` }));
    const left = rows.filter(({ mail }) => !deleted.has(mail.uid));
    if (number === undefined) return ['+OK', ...left.map(({ row }) => row), '.'].join('\r\n');
    const one = left.find(({ mail }) => mail === there(number));
    return one === undefined ? '-ERR no such message' : `+OK ${one.row}`;
  };

  return (line) => {
    const [word = '', first, second] = line.split(' ');
    const command = word.toUpperCase();
    if (command === 'QUIT') {
      box?.remove(deleted);
      return '+OK bye';
    }
    if (command === 'CAPA') return '+OK\r\nUSER\r\nTOP\r\nUIDL\r\n.';
    if (box === undefined) {
      if (command === 'USER') {
        user = first ?? '';
        return '+OK';
      }
      if (command !== 'PASS') return '-ERR log in first';
      box = mailboxes.find((one) => one.user === user && one.password.reveal() === line.slice(5));
      mails = [...(box?.list() ?? [])];
      return box === undefined ? '-ERR [AUTH] wrong user or password' : '+OK';
    }
    const mail = there(first);
    switch (command) {
      case 'STAT': {
        const left = mails.filter(({ uid }) => !deleted.has(uid));
        return `+OK ${left.length} ${left.reduce((sum, { raw }) => sum + raw.length, 0)}`;
      }
      case 'LIST':
        return listing(first, ({ raw }) => raw.length);
      case 'UIDL':
        return listing(first, ({ uid }) => `${box?.uidValidity}-${uid}`);
      case 'RETR':
        return mail === undefined ? '-ERR no such message' : `+OK\r\n${stuffed(mail.raw)}`;
      case 'TOP':
        return mail === undefined ? '-ERR no such message' : `+OK\r\n${stuffed(top(mail.raw, Number(second ?? 0)))}`;
      case 'DELE':
        if (mail === undefined) return '-ERR no such message';
        deleted.add(mail.uid);
        return '+OK';
      case 'RSET':
        deleted.clear();
        return '+OK';
      case 'NOOP':
        return '+OK';
      default:
        return '-ERR unknown command';
    }
  };
}

function top(raw: string, lines: number): string {
  const end = raw.indexOf('\r\n\r\n');
  if (end < 0) return raw;
  return `${raw.slice(0, end)}\r\n\r\n${raw
    .slice(end + 4)
    .split('\r\n')
    .slice(0, lines)
    .join('\r\n')}`;
}

function stuffed(raw: string): string {
  return `${raw.replace(/\r\n$/, '').replace(/^\./gm, '..')}\r\n.`;
}
