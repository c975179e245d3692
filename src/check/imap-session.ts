import type { Phase } from '../probe/visit.ts';
import type { DialogueError } from '../net/dialogue-error.ts';
import { dialHints } from '../net/hints.ts';
import { converse, phase, type Conversation, type Endpoint } from './conversation.ts';
import type { Frame } from './visit.ts';

/** The tagged end of a command: `text` is what follows the status, response code included. */
export interface ImapReply {
  readonly status: 'OK' | 'NO' | 'BAD';
  readonly text: string;
  /** Untagged responses that came before it, without `* `; a literal stands as its `{n}`. */
  readonly untagged: readonly string[];
}

export interface ImapSession {
  readonly conversation: Conversation;
  /** In upper case. */
  readonly capabilities: ReadonlySet<string>;
  /** Greeted as one who is logged in already. */
  readonly preauthenticated: boolean;
  /** Runs a command; `more` are the lines (or literals) for the server's continuation requests. */
  readonly command: (name: Phase, text: string, more?: readonly string[]) => Promise<ImapReply>;
}

/** Greeting, capabilities and STARTTLS (RFC 3501 sections 6.1 and 6.2.1). Throws DialogueError, leave taken. */
export async function openImap(frame: Frame, endpoint: Endpoint, starttls: boolean): Promise<ImapSession> {
  const conversation = await converse(frame, endpoint);
  const command = commandsOf(conversation);
  try {
    const greeting = await phase(conversation, 'greeting', () => readGreeting(conversation));
    const preauthenticated = /^PREAUTH\b/i.test(greeting);
    // TLS cannot begin any more (RFC 3501 section 6.2.1), and somebody between may have said it for that.
    if (starttls && preauthenticated)
      throw conversation.failed(
        'protocol',
        `greeted as if logged in already (PREAUTH); check ${dialHints('imap').tls}`,
      );
    let capabilities = capabilitiesIn([greeting]) ?? (await askCapabilities(command, 'greeting'));
    if (starttls) {
      if (!capabilities.has('STARTTLS'))
        throw conversation.failed('tls', `does not offer STARTTLS; check ${dialHints('imap').tls}`);
      const reply = await command('starttls', 'STARTTLS');
      if (reply.status !== 'OK') throw refusal(conversation, reply, 'STARTTLS', dialHints('imap').tls, 'tls');
      await conversation.upgrade();
      // What was offered in plain text may have been forged.
      capabilities = await askCapabilities(command, 'starttls');
    }
    return { conversation, command, capabilities, preauthenticated };
  } catch (error) {
    await leaveImap(conversation, command);
    throw error;
  }
}

export function leaveImap(conversation: Conversation, command: ImapSession['command']): Promise<void> {
  return conversation.leave(async () => {
    await command('quit', 'LOGOUT');
  });
}

/** The failure that NO or BAD is. */
export function refusal(
  conversation: Conversation,
  reply: ImapReply,
  what: string,
  hint: string,
  cause: 'refused' | 'auth' | 'tls' = 'refused',
): DialogueError {
  const words = conversation.frame.recorder.words(`${reply.status} ${reply.text}`);
  return conversation.failed(cause, `refused ${what} (${words}); check ${hint}`, { words });
}

function commandsOf(conversation: Conversation): ImapSession['command'] {
  let count = 0;
  return (name, text, more = []) =>
    phase(conversation, name, async () => {
      count += 1;
      const tag = `A${count}`;
      conversation.send(`${tag} ${text}`);
      return readReply(conversation, tag, [...more], text === 'LOGOUT');
    });
}

async function readReply(
  conversation: Conversation,
  tag: string,
  more: string[],
  leaving: boolean,
): Promise<ImapReply> {
  const untagged: string[] = [];
  for (;;) {
    const line = await logicalLine(conversation);
    if (line.startsWith('* ')) {
      const data = line.slice(2);
      if (/^BYE\b/i.test(data) && !leaving) throw bye(conversation, data);
      untagged.push(data);
    } else if (line.startsWith('+')) {
      const next = more.shift();
      if (next === undefined) throw conversation.broken('asks for more than the command has (a continuation request)');
      conversation.send(next);
    } else {
      const [, status, text] = new RegExp(`^${tag} (OK|NO|BAD)(?: (.*))?$`, 'is').exec(line) ?? [];
      if (status === undefined) throw noImap(conversation, line);
      return { status: status.toUpperCase() as ImapReply['status'], text: text ?? '', untagged };
    }
  }
}

/** One line with the literals it holds taken out (RFC 3501 section 4.3); the reader bounds their sum. */
async function logicalLine(conversation: Conversation): Promise<string> {
  let line = await conversation.line();
  for (;;) {
    const literal = /\{(\d{1,10})\+?\}$/.exec(line)?.[1];
    if (literal === undefined) return line;
    await conversation.bytes(Number(literal));
    line += await conversation.line();
  }
}

async function readGreeting(conversation: Conversation): Promise<string> {
  const line = await logicalLine(conversation);
  if (/^\* BYE\b/i.test(line)) throw bye(conversation, line.slice(2));
  if (!/^\* (OK|PREAUTH)\b/i.test(line)) throw noImap(conversation, line);
  return line.slice(2);
}

async function askCapabilities(command: ImapSession['command'], name: Phase): Promise<ReadonlySet<string>> {
  const reply = await command(name, 'CAPABILITY');
  return capabilitiesIn(reply.untagged) ?? new Set();
}

/** From an untagged CAPABILITY response, or the response code of a greeting. */
function capabilitiesIn(lines: readonly string[]): ReadonlySet<string> | null {
  for (const line of lines) {
    const found = /(?:^|\[)CAPABILITY ([^\]]*)/i.exec(line)?.[1];
    if (found !== undefined) return new Set(found.trim().toUpperCase().split(/\s+/));
  }
  return null;
}

function bye(conversation: Conversation, data: string): DialogueError {
  const words = conversation.frame.recorder.words(data);
  return conversation.failed('refused', `ended the session (${words}); check the server's limits and its log`, {
    words,
  });
}

function noImap(conversation: Conversation, line: string): DialogueError {
  return conversation.broken(`answered what is no IMAP: "${conversation.frame.recorder.words(line, 80)}"`);
}
