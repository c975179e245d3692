import { dirname, resolve } from 'node:path';
import { doubtsAbout } from './doubts.ts';
import { withEnvironment, type Environment } from './environment.ts';
import { filesOf } from './files.ts';
import { parsePlaced, readNamedFile } from './parse-checked.ts';
import { settingsSchema } from './schema.ts';
import type { Settings } from './settings.ts';
import { printPath } from './yaml-tree.ts';

/**
 * Reads a configuration file. Paths inside it are relative to its folder, `${NAME}` stands for `env.NAME`.
 * Throws a ConfigError that tells every problem at once.
 */
export function loadSettings(file: string, env: Environment): Settings {
  return examine(file, env).settings;
}

/** A configuration that can be used, and what in it is probably not meant, each thing with its place. */
export interface Examined {
  readonly settings: Settings;
  /** `agent.yaml:7: systems[0].imap.port: ...`, in the order of their lines. */
  readonly doubts: readonly string[];
}

/** The same, with what a person should look at all the same. */
export function examine(file: string, env: Environment): Examined {
  const text = readNamedFile(file, 'a configuration file');
  return examineText(text, { file, folder: dirname(resolve(file)), env });
}

interface Source {
  /** For messages. */
  readonly file: string;
  readonly folder: string;
  readonly env: Environment;
}

/** The settings of text at hand. */
export function parseSettings(text: string, source: Source): Settings {
  return examineText(text, source).settings;
}

export function examineText(text: string, { file, folder, env }: Source): Examined {
  const { value: settings, lineAt } = parsePlaced(text, file, {
    schema: settingsSchema(filesOf(folder)),
    empty: 'a configuration with the keys agent and systems; the file is empty',
    prepare: (value, report) => withEnvironment(value, env, report),
  });
  const doubts = doubtsAbout(settings)
    .map((doubt) => ({ ...doubt, line: lineAt(doubt.path) }))
    .sort((a, b) => a.line - b.line);
  return { settings, doubts: doubts.map(({ path, text, line }) => `${file}:${line}: ${printPath(path)}: ${text}`) };
}
