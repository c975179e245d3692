import type { DialogueError } from '../net/dialogue-error.ts';
import { authenticate, type Login } from './smtp-auth.ts';
import { refusal, type SmtpReply } from './smtp-reply.ts';
import { leaveSmtp, openSmtp, type SmtpOptions, type SmtpSession } from './smtp-session.ts';
import type { Frame } from './visit.ts';

export interface SmtpPlan extends SmtpOptions {
  readonly login?: Login;
  readonly mailFrom: string;
  readonly recipients: readonly Recipient[];
  /** A reply of 4xx to MAIL or RCPT that says "not now" to a stranger is an answer, as it is to an MTA. */
  readonly patient: boolean;
}

export interface Recipient {
  readonly address: string;
  /** Keys of the configuration that name it. */
  readonly hint: string;
}

/** The whole way to a letter without sending one: ends with RSET and QUIT whatever happens. Throws DialogueError. */
export async function smtpDialogue(frame: Frame, plan: SmtpPlan): Promise<void> {
  const session = await openSmtp(frame, plan);
  let inTransaction = false;
  try {
    if (plan.login !== undefined) await authenticate(session, plan.login);
    inTransaction = true;
    await envelope(session, plan);
  } finally {
    await leaveSmtp(session, inTransaction);
  }
}

async function envelope(session: SmtpSession, plan: SmtpPlan): Promise<void> {
  const { conversation, command } = session;
  const refused = (reply: SmtpReply, what: string, hint: string): DialogueError =>
    refusal(conversation, reply, what, hint);

  const mail = await command('mail', `MAIL FROM:<${plan.mailFrom}>`);
  if (mail.code >= 300) {
    if (plan.patient && isPolicy(mail)) return note(session, 'sender', mail);
    throw refused(mail, `the sender ${plan.mailFrom}`, `${plan.key}.mail_from`);
  }
  for (const { address, hint } of plan.recipients) {
    const reply = await command('rcpt', `RCPT TO:<${address}>`);
    if (reply.code < 300) continue;
    // 421 is a server that closes (RFC 5321 section 4.2.3), not a recipient that shall wait.
    if (!plan.patient || reply.code >= 500 || reply.code === 421)
      throw refused(reply, `the recipient ${address}`, hint);
    note(session, 'recipient', reply);
  }
}

/** Rate limits at MAIL come with a policy status (RFC 3463 X.7.Z); a full disk does not. */
function isPolicy(reply: SmtpReply): boolean {
  return reply.code < 500 && reply.code !== 421 && reply.enhanced?.startsWith('4.7.') === true;
}

function note({ conversation }: SmtpSession, what: string, reply: SmtpReply): void {
  conversation.frame.recorder.note(`the ${what} shall be tried again later (${reply.code}): an answer, no outage`);
}
