import { createHmac } from 'node:crypto';
import type { Secret } from '../lib/secret.ts';
import type { Conversation } from './conversation.ts';
import { type SmtpReply, refusal } from './smtp-reply.ts';
import type { SmtpSession } from './smtp-session.ts';

export interface Login {
  readonly user: string;
  readonly password: Secret;
}

/** AUTH with the first of PLAIN, LOGIN, CRAM-MD5 that is offered (RFC 4954). Throws DialogueError. */
export async function authenticate(session: SmtpSession, login: Login): Promise<void> {
  const { conversation, extensions } = session;
  const offered = (extensions.get('AUTH') ?? '').toUpperCase().split(/\s+/);
  const mechanism = MECHANISMS.find(({ name }) => offered.includes(name));
  if (mechanism === undefined) {
    const others = conversation.frame.recorder.words(offered.join(' ').trim()) || 'none';
    // Nothing was said yet, so this is no refused login: it may be tried again.
    throw await conversation.frame.recorder.timed('auth', async () =>
      conversation.failed(
        'refused',
        `offers no login that is known here (offered: ${others}); check submission.port and submission.tls`,
      ),
    );
  }
  const reply = { ...(await mechanism.run(session, login)), command: `AUTH ${mechanism.name}` };
  if (reply.code === 235) return;
  // 454 is a server that cannot ask its user database now (RFC 4954 section 6): no word about the password.
  const cause = reply.code >= 500 ? 'auth' : 'refused';
  const hint =
    cause === 'auth' ? 'submission.user and submission.password' : 'the server: it could not judge the login';
  throw refusal(conversation, reply, `the login for ${login.user}`, hint, cause);
}

interface Mechanism {
  readonly name: string;
  run(session: SmtpSession, login: Login): Promise<SmtpReply>;
}

const MECHANISMS: readonly Mechanism[] = [
  {
    name: 'PLAIN',
    run: ({ conversation, command }, login) => command('auth', `AUTH PLAIN ${plainResponse(conversation, login)}`),
  },
  {
    name: 'LOGIN',
    async run({ command }, { user, password }) {
      let reply = await command('auth', 'AUTH LOGIN');
      if (reply.code === 334) reply = await command('auth', base64(user));
      return reply.code === 334 ? command('auth', base64(password.reveal())) : reply;
    },
  },
  {
    name: 'CRAM-MD5',
    async run({ command }, { user, password }) {
      const reply = await command('auth', 'AUTH CRAM-MD5');
      if (reply.code !== 334) return reply;
      const challenge = Buffer.from(reply.lines[0] ?? '', 'base64');
      const digest = createHmac('md5', password.reveal()).update(challenge).digest('hex');
      return command('auth', base64(`${user} ${digest}`));
    },
  },
];

/** RFC 4616, without an authorisation identity. A server that says it back is not quoted. */
export function plainResponse({ frame }: Conversation, { user, password }: Login): string {
  const response = base64(`\0${user}\0${password.reveal()}`);
  frame.recorder.hide(response);
  return response;
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
