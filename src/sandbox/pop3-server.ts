import type { Socket } from 'node:net';
import { MINUTE } from '../lib/time.ts';
import type { ImapServerParts } from './imap-server.ts';
import { createListener, type Listener } from './listener.ts';
import type { Mailbox, StoredMail } from './mailbox.ts';

const MAX_LINE = 512;

/** POP3 (RFC 1939) with TLS from the first byte, over the same inboxes as IMAP. */
export function createPop3Server(
  parts: Pick<ImapServerParts, 'host' | 'port' | 'mailboxes' | 'secureContext'>,
): Listener {
  // RFC 1939 section 3: an inactivity timer is at least 10 minutes.
  const serveOne = (socket: Socket): void => serve(socket, createSession(parts.mailboxes));
  return createListener({ ...parts, name: 'pop3', idleMs: 11 * MINUTE, serve: serveOne });
}

function serve(socket: Socket, session: (line: string) => string): void {
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('latin1')).split(/\r?\n/);
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) socket.destroy();
    for (const line of lines) {
      if (socket.writableEnded || socket.destroyed) return;
      socket.write(`${session(line)}\r\n`, 'latin1');
      if (/^QUIT\b/i.test(line)) socket.end();
    }
  });
  socket.write('+OK mailwitness sandbox POP3\r\n');
}

// A session's numbers are those of the inbox at login; later mail shows in the next session (RFC 1939 section 3).
function createSession(mailboxes: readonly Mailbox[]): (line: string) => string {
  let user = '';
  let box: Mailbox | undefined;
  let mails: readonly StoredMail[] = [];
  const deleted = new Set<number>();
  const left = (): StoredMail[] => mails.filter((mail) => !deleted.has(mail.uid));
  const list = (some: readonly StoredMail[], of: (mail: StoredMail) => string | number): string[] =>
    some.map((mail) => `${mails.indexOf(mail) + 1} ${of(mail)}`);

  function login(command: string, line: string): string {
    if (command === 'USER') {
      user = line.slice(5);
      return '+OK';
    }
    if (command !== 'PASS') return '-ERR log in first';
    box = mailboxes.find((one) => one.user === user && one.password.reveal() === line.slice(5));
    mails = [...(box?.list() ?? [])];
    return box === undefined ? '-ERR [AUTH] wrong user or password' : '+OK';
  }

  return (line) => {
    const [word = '', number, lines] = line.split(' ');
    const command = word.toUpperCase();
    if (command === 'QUIT') box?.remove(deleted);
    if (command === 'QUIT' || command === 'NOOP') return '+OK';
    if (command === 'CAPA') return '+OK\r\nUSER\r\nTOP\r\nUIDL\r\n.';
    if (box === undefined) return login(command, line);
    if (command === 'STAT') return `+OK ${left().length} ${left().reduce((sum, { raw }) => sum + raw.length, 0)}`;

    const mail = left().find((one) => one === mails[Number(number) - 1]);
    if (number !== undefined && mail === undefined) return '-ERR no such message';
    const { uidValidity } = box;
    if (command === 'LIST' || command === 'UIDL') {
      const of =
        command === 'LIST' ? ({ raw }: StoredMail) => raw.length : ({ uid }: StoredMail) => `${uidValidity}-${uid}`;
      return mail === undefined ? ['+OK', ...list(left(), of), '.'].join('\r\n') : `+OK ${list([mail], of).join('')}`;
    }
    if (mail === undefined) return '-ERR unknown command';
    if (command === 'RETR') return `+OK\r\n${stuffed(mail.raw)}`;
    if (command === 'TOP') return `+OK\r\n${stuffed(top(mail.raw, Number(lines)))}`;
    if (command !== 'DELE') return '-ERR unknown command';
    deleted.add(mail.uid);
    return '+OK';
  };
}

function top(raw: string, lines: number): string {
  const end = raw.indexOf('\r\n\r\n');
  return end < 0
    ? raw
    : `${raw.slice(0, end + 4)}${raw
        .slice(end + 4)
        .split('\r\n')
        .slice(0, lines)
        .join('\r\n')}`;
}

function stuffed(raw: string): string {
  return `${raw.replace(/\r\n$/, '').replace(/^\./gm, '..')}\r\n.`;
}
