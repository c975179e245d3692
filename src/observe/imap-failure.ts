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

/** Any error of the IMAP side as a failure of ours. `what` was tried, `who` is `host:port`. */
export function imapFailure(error: unknown, phase: Phase, what: string, who: string): Failure {
  if (error instanceof DialogueError) return error.failure;
  const facts = (error instanceof Error ? error : {}) as ImapFacts;
  const words = wordsOf(facts);
  const cause = causeOf(facts);
  const said = words === undefined ? '' : ` (${words})`;
  return {
    cause,
    phase,
    detail: `${who} ${SENTENCE[cause]} ${what}${said}${hintOf(cause, error)}`,
    ...(words !== undefined && { words }),
  };
}

type ImapCause = Extract<Cause, 'auth' | 'closed' | 'timeout' | 'refused' | 'protocol'>;

const SENTENCE: Readonly<Record<ImapCause, string>> = {
  auth: 'refused the login at',
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

function wordsOf({ responseText, response, reason }: ImapFacts): string | undefined {
  const text = responseText ?? (typeof response === 'string' ? response : undefined) ?? reason;
  return text === undefined || text === '' ? undefined : cleanWords(text);
}

function hintOf(cause: ImapCause, error: unknown): string {
  if (cause === 'auth') return "; check the mailbox's user and password";
  return cause === 'protocol' ? `: ${cleanWords(messageOf(error), 200)}` : '';
}
