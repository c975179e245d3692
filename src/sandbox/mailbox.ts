import hoodiecrow, { type ImapFolder, type ImapServer } from 'hoodiecrow-imap';
import type { Instant } from '../lib/time.ts';
import { IMAP_PLUGINS, type Account } from './imap-engine.ts';

/** What a mailbox keeps at most in a folder; past it the oldest go, so that a long run stays small. */
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 32 * 1024 * 1024;

/** A mailbox of the sandbox: a hoodiecrow server of its own, because all users of one share its folders. */
export interface Mailbox extends Account {
  readonly imap: ImapServer;
  readonly uidValidity: number;
  /** Files a letter; whoever has the folder selected is told. */
  deliver(folder: 'INBOX' | 'Junk', letter: Buffer, at: Instant): void;
  /** The inbox as it stands, oldest first. */
  list(): readonly StoredMail[];
  remove(uids: ReadonlySet<number>): void;
}

export interface StoredMail {
  readonly uid: number;
  /** Binary (latin1) string, lines end in CRLF. */
  readonly raw: string;
}

/** @param uidValidity differs from every earlier run's, or a client that kept its place would skip new mail */
export function createMailbox(account: Account, uidValidity: number): Mailbox {
  const imap = hoodiecrow({
    secureConnection: true,
    credentials: {},
    plugins: IMAP_PLUGINS,
    storage: {
      INBOX: { uidvalidity: uidValidity },
      '': { folders: { Junk: { 'special-use': '\\Junk', uidvalidity: uidValidity } } },
    },
  });
  // Each connection listens; the default limit of ten would print a warning.
  imap.setMaxListeners(0);

  function folder(path: 'INBOX' | 'Junk'): ImapFolder {
    const found = imap.getMailbox(path);
    // A client may have deleted Junk; mail is filed in the inbox then.
    if (found === undefined && path === 'Junk') return folder('INBOX');
    if (found === undefined) throw new Error('sandbox: the inbox is gone');
    return found;
  }

  return {
    ...account,
    imap,
    uidValidity,
    deliver(path, letter, at) {
      const into = folder(path);
      // hoodiecrow's parser repeats lines at a bare CR.
      const raw = letter.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n');
      makeRoom(imap, into, raw.length);
      imap.appendMessage(into, [], new Date(at), raw);
    },
    list: () => folder('INBOX').messages,
    remove: (uids) => expunge(imap, folder('INBOX'), (message) => uids.has(message.uid)),
  };
}

function makeRoom(imap: ImapServer, folder: ImapFolder, bytes: number): void {
  let count = folder.messages.length + 1;
  let sum = folder.messages.reduce((total, message) => total + message.raw.length, bytes);
  if (count <= MAX_MESSAGES && sum <= MAX_BYTES) return;
  expunge(imap, folder, (message) => {
    if (count <= MAX_MESSAGES && sum <= MAX_BYTES) return false;
    count -= 1;
    sum -= message.raw.length;
    return true;
  });
}

// hoodiecrow can expunge only on behalf of a connection.
function expunge(imap: ImapServer, folder: ImapFolder, goes: (message: StoredMail) => boolean): void {
  for (let index = 0; index < folder.messages.length;) {
    const message = folder.messages[index];
    if (message === undefined || !goes(message)) {
      index += 1;
      continue;
    }
    folder.messages.splice(index, 1);
    imap.notify({ tag: '*', attributes: [index + 1, { type: 'ATOM', value: 'EXPUNGE' }] }, folder);
  }
}
