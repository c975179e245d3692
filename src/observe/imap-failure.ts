import { messageOf } from '../lib/errors.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { cleanWords } from '../net/words.ts';
import type { Cause, Failure, Phase } from '../probe/visit.ts';

/** The facts that imapflow hangs on its errors, all of them optional. */
interface ImapFacts {
  readonly code?: string;
  readonly authenticationFailed?: boolean;
  readonly serverResponseCode?: string;
  readonly responseStatus?: string;
  readonly responseText?: string;
  readonly response?: unknown;
  readonly reason?: string;
}

/** RFC 5530: the server could not judge the password, or would not now. */
const NOT_JUDGED = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'CONTACTADMIN', 'ALERT']);

export interface ImapAttempt {
  readonly phase: Phase;
  /** What was tried. */
  readonly what: string;
  /** `host:port`. */
  readonly who: string;
  /** Name in the configuration. */
  readonly mailbox: string;
  /** Takes secrets out of a text: servers say passwords back. */
  readonly hidden: (text: string) => string;
}

/** Any error of the IMAP side as a failure of ours. */
export function imapFailure(error: unknown, { phase, what, who, mailbox, hidden }: ImapAttempt): Failure {
  if (error instanceof DialogueError) return error.failure;
  const facts = (error instanceof Error ? error : {}) as ImapFacts;
  const words = wordsOf(facts, hidden);
  const cause = causeOf(facts);
  const said = words === undefined ? '' : ` (${words})`;
  return {
    cause,
    phase,
    detail: `${who} ${SENTENCE[cause]} ${what}${said}${hintOf(cause, mailbox, hidden(messageOf(error)))}`,
    ...(words !== undefined && { words }),
  };
}

type ImapCause = Extract<Cause, 'auth' | 'closed' | 'timeout' | 'refused' | 'protocol'>;

const SENTENCE: Readonly<Record<ImapCause, string>> = {
  auth: 'refused',
  closed: 'closed the connection at',
  timeout: 'fell silent at',
  refused: 'refused',
  protocol: 'gave no sense to',
};

function causeOf({ code = '', authenticationFailed, serverResponseCode = '', responseStatus }: ImapFacts): ImapCause {
  if (authenticationFailed === true) return NOT_JUDGED.has(serverResponseCode.toUpperCase()) ? 'refused' : 'auth';
  if (code.endsWith('TIMEOUT')) return 'timeout';
  if (CLOSED.has(code)) return 'closed';
  if (responseStatus === 'NO' || responseStatus === 'BAD' || code === 'ETHROTTLE' || code === 'NotFound')
    return 'refused';
  return 'protocol';
}

const CLOSED = new Set([
  'NoConnection',
  'EConnectionClosed',
  'StateLogout',
  'ClosedAfterConnectText',
  'ClosedAfterConnectTLS',
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
]);

function wordsOf({ responseText, response, reason }: ImapFacts, hidden: ImapAttempt['hidden']): string | undefined {
  const text = responseText ?? (typeof response === 'string' ? response : undefined) ?? reason;
  return text === undefined || text === '' ? undefined : cleanWords(hidden(text));
}

function hintOf(cause: ImapCause, mailbox: string, message: string): string {
  if (cause === 'auth') return `; check mailboxes.${mailbox}.user and mailboxes.${mailbox}.password`;
  return cause === 'protocol' ? `: ${cleanWords(message, 200)}` : '';
}
