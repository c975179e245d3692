import { dirname, resolve } from 'node:path';
import { withEnvironment, type Environment } from './environment.ts';
import { filesOf } from './files.ts';
import { parseChecked, readNamedFile } from './parse-checked.ts';
import { settingsSchema } from './schema.ts';
import type { Settings } from './settings.ts';

/**
 * Reads a configuration file. Paths inside it are relative to its folder, `${NAME}` stands for `env.NAME`.
 * Throws a ConfigError that tells every problem at once.
 */
export function loadSettings(file: string, env: Environment): Settings {
  const text = readNamedFile(file, 'a configuration file');
  return parseSettings(text, { file, folder: dirname(resolve(file)), env });
}

/** The same for text at hand; `file` is for messages. */
export function parseSettings(
  text: string,
  options: { readonly file: string; readonly folder: string; readonly env: Environment },
): Settings {
  return parseChecked(text, options.file, {
    schema: settingsSchema(filesOf(options.folder)),
    empty: 'a configuration with the keys agent and systems; the file is empty',
    prepare: (value, report) => withEnvironment(value, options.env, report),
  });
}
