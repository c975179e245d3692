import type { CheckSettings, SystemSettings } from '../config/settings.ts';
import type { Turns } from '../probe/turns.ts';
import type { CheckTools } from './visit.ts';

/** What the checks of one kind are made from. */
export interface CheckContext {
  readonly system: SystemSettings;
  /** An address of ours outside the system; null without a sink. */
  readonly outside: string | null;
  readonly settings: CheckSettings;
  readonly tools: CheckTools;
  /** At the mailboxes of POP3, which lets one session in at a time. */
  readonly turns: Turns;
}
