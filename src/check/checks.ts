import type { CheckSettings, SystemSettings } from '../config/settings.ts';
import type { CheckPort } from '../probe/ports.ts';
import type { CheckContext } from './check-context.ts';
import { imapChecks } from './imap.ts';
import { mxChecks } from './mx.ts';
import { pop3Checks } from './pop3.ts';
import { submissionChecks } from './submission.ts';
import type { CheckTools } from './visit.ts';
import { webmailChecks } from './webmail.ts';

/** One line a kind of check. */
const CHECKS: Readonly<Record<CheckSettings['kind'], (context: CheckContext) => CheckPort[]>> = {
  submission: submissionChecks,
  mx: mxChecks,
  imap: imapChecks,
  pop3: pop3Checks,
  webmail: webmailChecks,
};

/** One port a target of every configured check. */
export function createChecks(
  system: SystemSettings,
  given: Pick<CheckContext, 'outside' | 'turns'>,
  tools: CheckTools,
): CheckPort[] {
  return system.checks.flatMap((settings) => CHECKS[settings.kind]({ system, ...given, settings, tools }));
}
