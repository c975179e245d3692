import hoodiecrow, { type ImapConnection, type ImapServer } from 'hoodiecrow-imap';
import fetchHandlers from 'hoodiecrow-imap/lib/commands/handlers/fetch.js';
import type { Secret } from '../lib/secret.ts';

/** Who may log in. */
export interface Account {
  readonly name: string;
  readonly address: string;
  readonly user: string;
  readonly password: Secret;
}

/** Extensions that every mailbox speaks, and mends of what hoodiecrow-imap 2.1 does wrong with them. */
export const IMAP_PLUGINS = [
  'IDLE',
  'UIDPLUS',
  'MOVE',
  'SPECIAL-USE',
  'LITERALPLUS',
  'NAMESPACE',
  'UNSELECT',
  mendIdle,
  mendUidExpunge,
  mendPartialFetch,
];

/**
 * The entrance for all mailboxes on one port: hoodiecrow knows one store a server, so a connection starts here and is
 * handed to the server of the mailbox that it logged in to.
 */
export function createEntrance(mailboxes: readonly (Account & { readonly imap: ImapServer })[]): ImapServer {
  const entrance = hoodiecrow({
    secureConnection: true,
    credentials: {},
    plugins: IMAP_PLUGINS,
    users: Object.fromEntries(mailboxes.map((box) => [box.user, { password: box.password.reveal() }])),
  });
  entrance.setMaxListeners(0);
  const login = entrance.getCommandHandler('LOGIN');
  if (login === false) throw new Error('sandbox: hoodiecrow-imap has no LOGIN');
  entrance.setCommandHandler('LOGIN', (connection, parsed, data, callback) => {
    login(connection, parsed, data, callback);
    const user = parsed.attributes?.[0]?.value;
    const box = mailboxes.find((candidate) => candidate.user === user);
    if (box !== undefined && connection.state === 'Authenticated' && connection.server === entrance) {
      handOver(connection, box.imap);
    }
  });
  return entrance;
}

function handOver(connection: ImapConnection, to: ImapServer): void {
  connection.server.removeListener('notify', connection._notificationCallback);
  connection.server = to;
  to.on('notify', connection._notificationCallback);
}

// hoodiecrow leaves `directNotifications` on after DONE, so that a later EXPUNGE comes between commands (RFC 3501
// section 5.5 forbids it), and its 30-minute timer goes on after the client has left without DONE.
function mendIdle(server: ImapServer): void {
  const idle = server.getCommandHandler('IDLE');
  if (idle === false) return;
  server.setCommandHandler('IDLE', (connection, parsed, data, callback) => {
    idle(connection, parsed, data, callback);
    const done = connection.inputHandler;
    if (done === false) return;
    const finish = (line: string): void => {
      connection.inputHandler = false;
      gone?.removeListener('close', left);
      done(line);
      connection.directNotifications = false;
    };
    const left = (): void => finish('DONE');
    const gone = connection.socket;
    // `done` clears the timer, and its answer goes nowhere on a closed socket.
    gone?.once('close', left);
    connection.inputHandler = finish;
  });
}

// RFC 4315 section 2.1: UID EXPUNGE takes only what is marked \Deleted; hoodiecrow takes all that is named.
function mendUidExpunge(server: ImapServer): void {
  const expunge = server.getCommandHandler('UID EXPUNGE');
  if (expunge === false) return;
  server.setCommandHandler('UID EXPUNGE', (connection, parsed, data, callback) => {
    const range = parsed.attributes?.[0];
    const folder = connection.selectedMailbox;
    if (range === undefined || parsed.attributes?.length !== 1 || !folder) {
      expunge(connection, parsed, data, callback);
      return;
    }
    const uids = connection.server
      .getMessageRange(folder, range.value, true)
      .filter(([, message]) => message.flags.includes('\\Deleted'))
      .map(([, message]) => message.uid);
    // UID 0 does not exist: an empty sequence set would be a syntax error.
    const marked = { ...range, value: uids.length === 0 ? '4294967295:4294967295' : uids.join(',') };
    expunge(connection, { ...parsed, attributes: [marked] }, data, callback);
  });
}

// hoodiecrow cuts the asked range `<0.16384>` to `<0>` in the query itself when a letter is shorter, and answers every
// further letter of the same FETCH with nothing.
function mendPartialFetch(server: ImapServer): void {
  const asked = new WeakMap<object, readonly number[]>();
  for (const name of ['BODY', 'BODY.PEEK'] as const) {
    server.fetchHandlers[name] = (connection, message, query) => {
      if (query.partial !== undefined) {
        const range = asked.get(query) ?? [...query.partial];
        asked.set(query, range);
        query.partial = [...range];
      }
      return fetchHandlers[name](connection, message, query);
    };
  }
}
