import type { Cause } from '../probe/visit.ts';
import type { DialogueError } from '../net/dialogue-error.ts';
import type { Conversation } from './conversation.ts';

/** A whole reply, its lines without code and separator. */
export interface SmtpReply {
  readonly code: number;
  /** RFC 3463 status code, where the server gives one that fits the reply's class. */
  readonly enhanced?: string;
  readonly lines: readonly string[];
  /** The command that it answers, without secrets; absent of the greeting. */
  readonly command?: string;
}

/** Reads one reply of any number of lines (RFC 5321 section 4.2.1). Throws DialogueError. */
export async function readReply(conversation: Conversation): Promise<SmtpReply> {
  const lines: string[] = [];
  let code: number | undefined;
  for (;;) {
    const line = await conversation.line();
    const [, digits, separator, text] = /^([2-5]\d\d)(?:([ -])(.*))?$/s.exec(line) ?? [];
    if (digits === undefined) {
      throw conversation.broken(`answered what is no SMTP reply: "${conversation.frame.recorder.words(line, 80)}"`);
    }
    if (code !== undefined && Number(digits) !== code) {
      throw conversation.broken(`changed its code from ${code} to ${digits} within one reply`);
    }
    code = Number(digits);
    lines.push(text ?? '');
    if (separator !== '-') return { code, lines, ...enhancedOf(code, lines[0]) };
  }
}

/** The failure that a reply of 4xx or 5xx is. `what` follows "refused"; `hint` names the keys to look at. */
export function refusal(
  conversation: Conversation,
  reply: SmtpReply,
  what: string,
  hint: string,
  cause: Cause = 'refused',
): DialogueError {
  const words = conversation.frame.recorder.words(`${reply.code} ${reply.lines.join(' ')}`);
  return conversation.failed(cause, `refused ${what} (${words}); check ${hint}`, {
    words,
    code: reply.code,
    ...(reply.command === undefined ? {} : { command: reply.command }),
    ...(reply.enhanced === undefined ? {} : { enhanced: reply.enhanced }),
  });
}

function enhancedOf(code: number, text: string | undefined): { readonly enhanced?: string } {
  const enhanced = /^([245]\.\d{1,3}\.\d{1,3})(?:\s|$)/.exec(text ?? '')?.[1];
  // A status of another class than the reply's would contradict it.
  return enhanced !== undefined && enhanced.startsWith(String(code).charAt(0)) ? { enhanced } : {};
}
