import { DialogueError } from './dialogue-error.ts';

/** The words of RFC 1939 section 4, from servers that know no response codes. An account that is locked says otherwise. */
const MAILDROP_LOCKED = /\bmaildrop\b.*\block|\block\b.*\bmaildrop\b/i;

/** held: the login was right, and another session holds the mailbox · passing: the server could not judge it now · login: it was wrong. */
export type Pop3Refusal = 'held' | 'passing' | 'login';

/** The connection on which it was refused, for a further question. */
export interface Pop3Lines {
  send(line: string): void;
  line(): Promise<string>;
}

/**
 * Why USER or PASS was refused, by what followed -ERR (RFC 2449 section 8 and RFC 3206). Without a code it is a wrong
 * login, which is not tried again at once, unless the server says that it gives each of those its code.
 */
export async function pop3Refusal(text: string, lines: Pop3Lines): Promise<Pop3Refusal> {
  const code = /^\[([A-Z/-]+)\]/i.exec(text)?.[1]?.toUpperCase() ?? '';
  if (code === 'IN-USE' || (code === '' && MAILDROP_LOCKED.test(text))) return 'held';
  if (code === '') return (await codesWrongLogins(lines)) ? 'passing' : 'login';
  return code.startsWith('SYS/') || code === 'LOGIN-DELAY' ? 'passing' : 'login';
}

/** RFC 3206 section 6: with AUTH-RESP-CODE, [AUTH] stands in each refusal that the user's credentials are the reason of. */
async function codesWrongLogins({ send, line }: Pop3Lines): Promise<boolean> {
  try {
    send('CAPA');
    if (!/^\+OK\b/i.test(await line())) return false;
    let found = false;
    for (let next = await line(); next !== '.'; next = await line()) found ||= /^AUTH-RESP-CODE\b/i.test(next);
    return found;
  } catch (error) {
    // Many servers hang up on a wrong login: it stays one.
    if (error instanceof DialogueError) return false;
    throw error;
  }
}
