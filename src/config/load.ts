import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { ConfigError, type Problem } from '../lib/errors.ts';
import { withEnvironment, type Environment } from './environment.ts';
import { filesOf, readTextFile } from './files.ts';
import { SECRET_KEYS } from './schema-secret.ts';
import { settingsSchema } from './schema.ts';
import type { Settings } from './settings.ts';
import { printPath, readYaml, type Path, type Place, type YamlTree } from './yaml-tree.ts';

/**
 * Reads a configuration file. Paths inside it are relative to its folder, `${NAME}` stands for `env.NAME`.
 * Throws a ConfigError that tells every problem at once.
 */
export function loadSettings(file: string, env: Environment): Settings {
  const found = readTextFile(resolve(file));
  if ('why' in found)
    throw new ConfigError([{ file, path: '', expected: `a configuration file that can be read (${found.why})` }]);
  return parseSettings(found.text, { file, folder: dirname(resolve(file)), env });
}

/** The same for text at hand; `file` is for messages. */
export function parseSettings(
  text: string,
  options: { readonly file: string; readonly folder: string; readonly env: Environment },
): Settings {
  const tree = readYaml(text);
  const problems: Problem[] = tree.mistakes.map(({ line, path, expected }) => ({
    file: options.file,
    line,
    path: printPath(path),
    expected,
  }));
  if (!tree.broken) {
    if (tree.value === null) throw new ConfigError([{ file: options.file, line: 1, path: '', expected: EMPTY }]);
    const unset = new Map<string, Problem>();
    const value = withEnvironment(tree.value, options.env, (path, expected) => {
      unset.set(printPath(path), { file: options.file, line: lineOf(tree, path), path: printPath(path), expected });
    });
    const result = settingsSchema(filesOf(options.folder)).safeParse(value);
    if (result.success && problems.length === 0 && unset.size === 0) return result.data;
    const wrong = result.error?.issues.flatMap((issue) => problemsOf(issue, tree, options.file)) ?? [];
    // A value whose variable is missing was checked with `${NAME}` in it, one with a broken alias as nothing: what that
    // led to is no news.
    const known = new Set([...problems.map(({ path }) => path), ...unset.keys()]);
    problems.push(...unset.values(), ...wrong.filter(({ path }) => path === '' || !known.has(path)));
  }
  throw new ConfigError(inOrder(problems));
}

const EMPTY = 'a configuration with the keys agent and systems; the file is empty';

function problemsOf(issue: z.core.$ZodIssue, tree: YamlTree, file: string): Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const at = (path: Path, expected: string, got?: string): Problem => ({
    file,
    line: lineOf(tree, path),
    path: printPath(path),
    expected,
    ...(got === undefined ? {} : { got }),
  });
  if (issue.code === 'unrecognized_keys') {
    // The message has a line for each of the keys (schema-section.ts).
    const lines = issue.message.split('\n');
    return issue.keys.map((key, index) => at([...path, key], lines[index] ?? issue.message));
  }
  const place = tree.places.get(printPath(path));
  if (place !== undefined) return [at(path, issue.message, gotOf(issue, path, place))];
  return [at(path, issue.code === 'custom' ? issue.message : `${issue.message}; the key is missing`)];
}

/** What stood there; never a secret, nor a text that stands where a mapping with a secret should. */
function gotOf(issue: z.core.$ZodIssue, path: Path, place: Place): string | undefined {
  if (place.kind === 'mapping' || place.kind === 'list') {
    return issue.code === 'custom' || issue.code === 'too_small' ? undefined : place.written;
  }
  if (path.some((part) => SECRET_KEYS.has(part))) return '***';
  const wantsMore = issue.code === 'invalid_type' && (issue.expected === 'object' || issue.expected === 'array');
  return wantsMore && place.kind === 'text' ? 'text' : place.written;
}

/** Of the value, or of the nearest that it would stand in. */
function lineOf(tree: YamlTree, path: Path): number {
  const place = tree.places.get(printPath(path));
  return place?.line ?? (path.length === 0 ? 1 : lineOf(tree, path.slice(0, -1)));
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const once = new Map(problems.map((problem) => [`${problem.path}\n${problem.expected}`, problem]));
  return [...once.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
