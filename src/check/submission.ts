import { loginAt } from '../probe/auth-pacing.ts';
import type { CheckPort } from '../probe/ports.ts';
import type { CheckContext } from './check-context.ts';
import { endpointOf } from './conversation.ts';
import { recipientsOf } from './mailboxes-of.ts';
import { smtpDialogue, type Recipient } from './smtp-dialogue.ts';
import { makeVisit } from './visit.ts';

/**
 * Submission by a user of the system: login, and recipients inside and outside. The outside one is an address that the
 * agent's own sink takes, for some systems ask there before they take it; without a sink there is none that is ours to ask for.
 */
export function submissionChecks({ system, outside: address, settings, tools }: CheckContext): CheckPort[] {
  const { submission } = system;
  if (submission === undefined) return [];
  const inside = recipientsOf(system, settings).map(({ name, address }): Recipient => ({
    address,
    hint: `mailboxes.${name}.address`,
  }));
  const outside: Recipient[] =
    address === null
      ? []
      : [
          {
            address,
            hint: 'whether the system relays for submission.user, and agent.sink.domain',
          },
        ];
  const plan = {
    ...endpointOf(submission, 'submission'),
    starttls: submission.tls === 'starttls' ? ('required' as const) : ('none' as const),
    login: { user: submission.user, password: submission.password },
    mailFrom: submission.mail_from,
    recipients: [...inside, ...outside],
    patient: false,
  };
  return [
    {
      check: 'submission',
      target: submission.host,
      login: loginAt(submission, submission.user, system),
      visit: (signal) =>
        makeVisit({ ...tools, timeoutMs: settings.timeout, signal, secrets: [submission.password] }, (frame) =>
          smtpDialogue(frame, plan),
        ),
    },
  ];
}
