import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { wrongOption } from './wrong-option.ts';

/** Where a configuration is looked for that no option names. */
const NEARBY = 'agent.yaml';
const VARIABLE = 'MAILWITNESS_CONFIG';

/** `--config`, for every command that takes one: which file is meant says `configFile`. */
export function addConfigOption(command: Command, description: string): Command {
  return command.option('--config <file>', `${description} (default: ${VARIABLE}, else ./${NEARBY})`);
}

/**
 * The configuration that is meant: as named, else by the environment, else the one that lies in this folder. Throws
 * ConfigError where there is none; `what` names the command.
 */
export function configFile(what: string, named: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const found = named ?? (env[VARIABLE] || undefined) ?? (existsSync(NEARBY) ? NEARBY : undefined);
  if (found !== undefined) return found;
  throw wrongOption(what, '--config', `a configuration: --config FILE, ${VARIABLE}, or ./${NEARBY} in this folder`);
}
