import type { CheckSettings, MailboxSettings, SystemSettings } from '../config/settings.ts';

/** The mailboxes that a check names, in its order; all of the system's when it names none. */
export function mailboxesOf(system: SystemSettings, check: CheckSettings): readonly MailboxSettings[] {
  if (check.mailboxes.length === 0) return system.mailboxes;
  return check.mailboxes.flatMap((name) => system.mailboxes.filter((mailbox) => mailbox.name === name));
}

/** The mailboxes whose addresses an SMTP check asks for: those it names, else the first. */
export function recipientsOf(system: SystemSettings, check: CheckSettings): readonly MailboxSettings[] {
  return check.mailboxes.length === 0 ? system.mailboxes.slice(0, 1) : mailboxesOf(system, check);
}
