import { ConfigError } from '../lib/errors.ts';
import { shown } from '../store/entry.ts';

/** What is wrong with an option; `what` names the command in messages: `exclude add`. */
export function wrongOption(what: string, option: string, expected: string, got?: string): ConfigError {
  return new ConfigError([{ file: what, path: option, expected, ...(got === undefined ? {} : { got: shown(got) }) }]);
}
