import type { EndpointSettings, MailboxSettings } from '../config/settings.ts';
import { loginAt } from '../probe/auth-pacing.ts';
import type { CheckPort } from '../probe/ports.ts';
import type { CheckContext } from './check-context.ts';
import { endpointOf } from './conversation.ts';
import { loginImap } from './imap-login.ts';
import { type ImapSession, leaveImap, openImap, refusal } from './imap-session.ts';
import { mailboxesOf } from './mailboxes-of.ts';
import { makeVisit, type Frame } from './visit.ts';

/** IMAP as a mail client sees it: login, SELECT INBOX, one FETCH, LOGOUT; each mailbox is a target. */
export function imapChecks({ system, settings, tools }: CheckContext): CheckPort[] {
  const { imap } = system;
  if (imap === undefined) return [];
  return mailboxesOf(system, settings).map((mailbox) => ({
    check: 'imap',
    target: mailbox.name,
    login: loginAt(imap, mailbox.user, system),
    visit: (signal) =>
      makeVisit({ ...tools, timeoutMs: settings.timeout, signal, secrets: [mailbox.password] }, (frame) =>
        imapDialogue(frame, imap, mailbox),
      ),
  }));
}

async function imapDialogue(frame: Frame, imap: EndpointSettings, mailbox: MailboxSettings): Promise<void> {
  const session = await openImap(frame, endpointOf(imap, 'imap'), imap.tls === 'starttls');
  try {
    await loginImap(session, mailbox, `mailboxes.${mailbox.name}`);
    await lookIntoInbox(session, mailbox);
  } finally {
    await leaveImap(session.conversation, session.command);
  }
}

async function lookIntoInbox({ conversation, command }: ImapSession, mailbox: MailboxSettings): Promise<void> {
  const selected = await command('select', 'SELECT INBOX');
  if (selected.status !== 'OK')
    throw refusal(conversation, selected, `to open INBOX of ${mailbox.user}`, 'the mailbox on the server');
  const exists = selected.untagged
    .map((line) => /^(\d+) EXISTS$/i.exec(line)?.[1])
    .findLast((count) => count !== undefined);
  if (exists === undefined)
    throw conversation.broken('opened INBOX and did not say how many letters it holds (no EXISTS)');
  // The last letter; in an empty mailbox a UID range, which may match nothing (a sequence number may not).
  const fetched = await command(
    'fetch',
    Number(exists) > 0 ? `FETCH ${exists} (UID FLAGS)` : 'UID FETCH 1:* (UID FLAGS)',
  );
  // Another client may have expunged it meanwhile (RFC 5530).
  const gone = fetched.status === 'NO' && /^\[EXPUNGEISSUED\]/i.test(fetched.text);
  if (fetched.status !== 'OK' && !gone) {
    throw refusal(conversation, fetched, `to show a letter of ${mailbox.user}`, 'the mailbox on the server');
  }
}
