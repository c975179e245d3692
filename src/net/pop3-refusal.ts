/** The words of RFC 1939 section 4, from servers that know no response codes. An account that is locked says otherwise. */
const MAILDROP_LOCKED = /\bmaildrop\b.*\block|\block\b.*\bmaildrop\b/i;

/**
 * Why USER or PASS was refused, by what followed -ERR (RFC 2449 section 8 and RFC 3206). held: the login was right, and
 * another session holds the mailbox · passing: the server could not judge it now · login: it was wrong.
 */
export function pop3Refusal(text: string): 'held' | 'passing' | 'login' {
  const code = /^\[([A-Z/-]+)\]/i.exec(text)?.[1]?.toUpperCase() ?? '';
  if (code === 'IN-USE' || (code === '' && MAILDROP_LOCKED.test(text))) return 'held';
  return code.startsWith('SYS/') || code === 'LOGIN-DELAY' ? 'passing' : 'login';
}
