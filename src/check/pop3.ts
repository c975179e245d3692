import type { EndpointSettings, MailboxSettings } from '../config/settings.ts';
import { dialHints } from '../net/hints.ts';
import { pop3Refusal } from '../net/pop3-refusal.ts';
import { loginAt } from '../probe/auth-pacing.ts';
import type { CheckPort } from '../probe/ports.ts';
import type { Phase } from '../probe/visit.ts';
import type { CheckContext } from './check-context.ts';
import { converse, endpointOf, phase, type Conversation } from './conversation.ts';
import { mailboxesOf } from './mailboxes-of.ts';
import { makeVisit, type Frame } from './visit.ts';

/** POP3 as a mail client sees it: USER, PASS, STAT, QUIT (RFC 1939); each mailbox is a target. */
export function pop3Checks({ system, settings, tools, turns }: CheckContext): CheckPort[] {
  const { pop3 } = system;
  if (pop3 === undefined) return [];
  return mailboxesOf(system, settings).map((mailbox) => ({
    check: 'pop3',
    target: mailbox.name,
    login: loginAt(pop3, mailbox.user, system),
    // Our own watcher may be in the mailbox, and some servers refuse the second one without saying why.
    turn: (signal) => turns.take(loginAt(pop3, mailbox.user, system), signal),
    visit: (signal) =>
      makeVisit({ ...tools, timeoutMs: settings.timeout, signal, secrets: [mailbox.password] }, (frame) =>
        pop3Dialogue(frame, pop3, mailbox),
      ),
  }));
}

async function pop3Dialogue(frame: Frame, pop3: EndpointSettings, mailbox: MailboxSettings): Promise<void> {
  const conversation = await converse(frame, endpointOf(pop3, 'pop3'));
  try {
    const greeting = await phase(conversation, 'greeting', () => readStatus(conversation));
    if (!greeting.ok) throw refused(conversation, greeting, 'the connection', dialHints('pop3').address);
    if (pop3.tls === 'starttls') {
      const reply = await command(conversation, 'starttls', 'STLS');
      if (!reply.ok) throw refused(conversation, reply, 'STLS', dialHints('pop3').tls, 'tls');
      await conversation.upgrade();
    }
    if (await login(conversation, mailbox)) await countLetters(conversation, mailbox);
  } finally {
    await conversation.leave(async () => {
      await command(conversation, 'quit', 'QUIT');
    });
  }
}

/** False: the login was right, and another session holds the mailbox. That is an answer, maybe to our own watcher. */
async function login(conversation: Conversation, { name, user, password }: MailboxSettings): Promise<boolean> {
  const keys = `mailboxes.${name}.user and mailboxes.${name}.password`;
  for (const line of [`USER ${user}`, `PASS ${password.reveal()}`]) {
    const reply = await command(conversation, 'auth', line);
    if (reply.ok) continue;
    const why = await phase(conversation, 'auth', () => pop3Refusal(reply.text, conversation));
    if (why === 'held') {
      conversation.frame.recorder.note('the mailbox is held by another session: an answer, no outage');
      return false;
    }
    const passing = why === 'passing';
    throw refused(
      conversation,
      reply,
      `the login for ${user}`,
      passing ? 'the server: it could not judge the login' : keys,
      passing ? 'refused' : 'auth',
    );
  }
  return true;
}

async function countLetters(conversation: Conversation, { user }: MailboxSettings): Promise<void> {
  const stat = await command(conversation, 'stat', 'STAT');
  if (!stat.ok) throw refused(conversation, stat, `to count the letters of ${user}`, 'the mailbox on the server');
  if (!/^\d+ \d+(?: |$)/.test(stat.text)) {
    throw conversation.broken(
      `answered STAT without two numbers: "${conversation.frame.recorder.words(stat.text, 80)}"`,
    );
  }
}

interface Status {
  readonly ok: boolean;
  /** What follows +OK or -ERR. */
  readonly text: string;
}

function command(conversation: Conversation, name: Phase, line: string): Promise<Status> {
  return phase(conversation, name, () => {
    conversation.send(line);
    return readStatus(conversation);
  });
}

async function readStatus(conversation: Conversation): Promise<Status> {
  const line = await conversation.line();
  const [, status, text] = /^(\+OK|-ERR)(?: (.*))?$/is.exec(line) ?? [];
  if (status === undefined) {
    throw conversation.broken(`answered what is no POP3: "${conversation.frame.recorder.words(line, 80)}"`);
  }
  return { ok: status.toUpperCase() === '+OK', text: text ?? '' };
}

function refused(
  conversation: Conversation,
  { text }: Status,
  what: string,
  hint: string,
  cause: 'refused' | 'auth' | 'tls' = 'refused',
): Error {
  const words = conversation.frame.recorder.words(`-ERR ${text}`);
  return conversation.failed(cause, `refused ${what} (${words}); check ${hint}`, { words });
}
