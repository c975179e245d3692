import { isIPv6 } from 'node:net';
import type { Phase } from '../probe/visit.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { dialHints } from '../net/hints.ts';
import { converse, phase, type Conversation, type Endpoint } from './conversation.ts';
import { readReply, refusal, type SmtpReply } from './smtp-reply.ts';
import type { Frame } from './visit.ts';

export interface SmtpOptions extends Endpoint {
  /** Name for EHLO; absent: the address literal of our end, as clients without a name say (RFC 5321 section 4.1.3). */
  readonly helo?: string;
  /** opportunistic: when offered, and without it when that fails, as MTAs do. */
  readonly starttls: 'opportunistic' | 'required' | 'none';
}

/** An SMTP session that was greeted, said EHLO and is encrypted as it shall be. */
export interface SmtpSession {
  readonly conversation: Conversation;
  /** Keywords of the last EHLO, in upper case, with their parameters; empty after HELO. */
  readonly extensions: ReadonlyMap<string, string>;
  /** Says a line in a phase and reads the reply. */
  readonly command: (name: Phase, line: string) => Promise<SmtpReply>;
}

/** Greeting, EHLO (HELO where it is unknown), STARTTLS and EHLO again. Throws DialogueError, the session left in order. */
export async function openSmtp(frame: Frame, options: SmtpOptions): Promise<SmtpSession> {
  try {
    return await open(frame, options);
  } catch (error) {
    // A handshake that fails spoils the connection; MTAs then come again without (RFC 7435).
    if (options.starttls !== 'opportunistic' || !isHandshake(error)) throw error;
    frame.recorder.note(`${error.failure.detail}: once more without TLS`);
    return open(frame, { ...options, starttls: 'none' });
  }
}

async function open(frame: Frame, options: SmtpOptions): Promise<SmtpSession> {
  const conversation = await converse(frame, options);
  const command: SmtpSession['command'] = (name, line) =>
    phase(conversation, name, async () => {
      conversation.send(line);
      const reply = await readReply(conversation);
      // Of a login the line is a credential.
      return name === 'auth' ? reply : { ...reply, command: frame.recorder.words(line) };
    });
  try {
    const greeting = await phase(conversation, 'greeting', () => readReply(conversation));
    if (greeting.code !== 220) throw refusal(conversation, greeting, 'the connection', dialHints(options.key).address);
    const helo = options.helo ?? literalOf(conversation.localAddress);
    let extensions = await introduce(conversation, command, helo, options.key);
    if (
      options.starttls !== 'none' &&
      !conversation.secured &&
      (await startTls(conversation, command, options, extensions))
    ) {
      extensions = await introduce(conversation, command, helo, options.key);
    }
    return { conversation, extensions, command };
  } catch (error) {
    await conversation.leave(() => sayQuit(conversation));
    throw error;
  }
}

/** RSET where a transaction may be open, and QUIT. */
export function leaveSmtp({ conversation, command }: SmtpSession, inTransaction: boolean): Promise<void> {
  return conversation.leave(async () => {
    if (inTransaction) await command('rset', 'RSET');
    await sayQuit(conversation);
  });
}

async function sayQuit(conversation: Conversation): Promise<void> {
  await phase(conversation, 'quit', () => {
    conversation.send('QUIT');
    return readReply(conversation);
  });
}

async function introduce(
  conversation: Conversation,
  command: SmtpSession['command'],
  helo: string,
  key: Endpoint['key'],
): Promise<ReadonlyMap<string, string>> {
  const ehlo = await command('ehlo', `EHLO ${helo}`);
  if (ehlo.code === 250) return extensionsOf(ehlo);
  const hint = key === 'mx' ? 'mx.helo' : dialHints(key).address;
  // Only "I do not know that" is an invitation to say HELO (RFC 5321 section 3.2).
  if (ehlo.code < 500) throw refusal(conversation, ehlo, `EHLO ${helo}`, hint);
  const hello = await command('ehlo', `HELO ${helo}`);
  if (hello.code !== 250) throw refusal(conversation, hello, `HELO ${helo}`, hint);
  return new Map();
}

function extensionsOf(reply: SmtpReply): ReadonlyMap<string, string> {
  const extensions = new Map<string, string>();
  for (const line of reply.lines.slice(1)) {
    // Old servers write AUTH=LOGIN beside AUTH.
    const [, keyword, parameters] = /^([A-Za-z0-9-]+)[ =]?(.*)$/.exec(line.trim()) ?? [];
    if (keyword === undefined) continue;
    const known = extensions.get(keyword.toUpperCase());
    extensions.set(keyword.toUpperCase(), known === undefined ? (parameters ?? '') : `${known} ${parameters ?? ''}`);
  }
  return extensions;
}

/** Whether the session is encrypted now. */
async function startTls(
  conversation: Conversation,
  command: SmtpSession['command'],
  options: SmtpOptions,
  extensions: ReadonlyMap<string, string>,
): Promise<boolean> {
  const required = options.starttls === 'required';
  if (!extensions.has('STARTTLS')) {
    if (required) throw conversation.failed('tls', `does not offer STARTTLS; check ${dialHints(options.key).tls}`);
    return false;
  }
  const reply = await command('starttls', 'STARTTLS');
  if (reply.code !== 220) {
    if (required) throw refusal(conversation, reply, 'STARTTLS', dialHints(options.key).tls, 'tls');
    return false;
  }
  await conversation.upgrade();
  return true;
}

function isHandshake(error: unknown): error is DialogueError {
  return error instanceof DialogueError && error.failure.cause === 'tls' && error.failure.phase === 'tls';
}

function literalOf(address: string): string {
  return isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`;
}
