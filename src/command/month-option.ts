import { parseMonth } from '../sla/month.ts';
import { wrongOption } from './wrong-option.ts';

/** The month of an option, as it is. Throws ConfigError; `what` names the command in messages. */
export function monthOption(what: string, text: string): string {
  if (parseMonth(text) !== undefined) return text;
  throw wrongOption(what, '--month', 'a month such as 2026-10', text);
}

/** The number of a revision. Throws ConfigError. */
export function revisionOption(what: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw wrongOption(what, '--revision', 'the number of a revision such as 1', text);
}
