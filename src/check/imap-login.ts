import { dialHints } from '../net/hints.ts';
import { type ImapReply, type ImapSession, refusal } from './imap-session.ts';
import { plainResponse, type Login } from './smtp-auth.ts';

/** Logs in, `hint` being the mailbox's key in the configuration. Throws DialogueError. */
export async function loginImap(session: ImapSession, login: Login, hint: string): Promise<void> {
  if (session.preauthenticated) return;
  const reply = await sayLogin(session, login);
  if (reply.status === 'OK') return;
  // RFC 5530: these say that the server can not judge now; they say nothing of the password.
  const passing = /^\[(?:UNAVAILABLE|INUSE|SERVERBUG|LIMIT|CONTACTADMIN)\b/i.test(reply.text);
  const cause = passing || reply.status === 'BAD' ? 'refused' : 'auth';
  const keys = cause === 'auth' ? `${hint}.user and ${hint}.password` : 'the server: it could not judge the login';
  throw refusal(session.conversation, reply, `the login for ${login.user}`, keys, cause);
}

function sayLogin({ conversation, capabilities, command }: ImapSession, login: Login): Promise<ImapReply> {
  const { user } = login;
  const password = login.password.reveal();
  const disabled = capabilities.has('LOGINDISABLED');
  // A quoted string holds printable ASCII (RFC 3501 section 9); PLAIN is UTF-8 by definition (RFC 4616).
  const printable = /^[\x20-\x7e]*$/.test(user + password);
  if ((disabled || !printable) && capabilities.has('AUTH=PLAIN')) {
    const response = plainResponse(conversation, login);
    return capabilities.has('SASL-IR')
      ? command('auth', `AUTHENTICATE PLAIN ${response}`)
      : command('auth', 'AUTHENTICATE PLAIN', [response]);
  }
  if (disabled) {
    return conversation.frame.recorder.timed('auth', async () => {
      throw conversation.failed(
        'refused',
        `permits no login on this connection (LOGINDISABLED); check ${dialHints('imap').tls}`,
      );
    });
  }
  if (printable) {
    conversation.frame.recorder.hide(quoted(password));
    return command('auth', `LOGIN ${quoted(user)} ${quoted(password)}`);
  }
  return command('auth', `LOGIN ${literalSize(user)}`, [`${user} ${literalSize(password)}`, password]);
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function literalSize(text: string): string {
  return `{${Buffer.byteLength(text)}}`;
}
