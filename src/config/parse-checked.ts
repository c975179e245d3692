import { resolve } from 'node:path';
import type { z } from 'zod';
import { ConfigError, type Problem } from '../lib/errors.ts';
import { readTextFile } from './files.ts';
import { followsFrom, lineOf, problemsOf } from './issue-problems.ts';
import { printPath, readYaml, type Path } from './yaml-tree.ts';

/** What a file that an operator writes must be. */
export interface Form<T> {
  readonly schema: z.ZodType<T>;
  /** Said of a file in which nothing stands. */
  readonly empty: string;
  /** `as written`: the schema gets a number as the text that stands in the file, so that no digit is lost. */
  readonly numbers?: 'as written';
  /** What is done to the values before they are checked. A value that it reports is not complained of twice. */
  readonly prepare?: (value: unknown, report: (path: Path, expected: string) => void) => unknown;
}

/** YAML text of that form; `file` is for messages. Throws a ConfigError that tells every problem at once. */
export function parseChecked<T>(text: string, file: string, form: Form<T>): T {
  return parsePlaced(text, file, form).value;
}

/** The same, with where a value stands: its line, or that of the nearest that it would stand in. */
export function parsePlaced<T>(
  text: string,
  file: string,
  form: Form<T>,
): { readonly value: T; readonly lineAt: (path: Path) => number } {
  const tree = readYaml(text, form.numbers);
  const problems: Problem[] = tree.mistakes.map(({ line, path, expected }) => ({
    file,
    line,
    path: printPath(path),
    expected,
  }));
  if (!tree.broken) {
    if (tree.value === null) throw new ConfigError([{ file, line: 1, path: '', expected: form.empty }]);
    const unset = new Map<string, Problem>();
    const report = (path: Path, expected: string): void => {
      unset.set(printPath(path), { file, line: lineOf(tree, path), path: printPath(path), expected });
    };
    const value = form.prepare === undefined ? tree.value : form.prepare(tree.value, report);
    const result = form.schema.safeParse(value);
    if (result.success && problems.length === 0 && unset.size === 0)
      return { value: result.data, lineAt: (path) => lineOf(tree, path) };
    const issues = result.error?.issues.filter((issue) => !followsFrom(issue, unset)) ?? [];
    const wrong = issues.flatMap((issue) => problemsOf(issue, tree, file));
    // A value whose variable is missing was checked with `${NAME}` in it, one with a broken alias as nothing: what that
    // led to is no news.
    const known = new Set([...problems.map(({ path }) => path), ...unset.keys()]);
    problems.push(...unset.values(), ...wrong.filter(({ path }) => path === '' || !known.has(path)));
  }
  throw new ConfigError(inOrder(problems));
}

/** The text of a file that an operator named; `what` it should be is for the message: `a configuration file`. */
export function readNamedFile(file: string, what: string): string {
  const found = readTextFile(resolve(file));
  if ('text' in found) return found.text;
  throw new ConfigError([{ file, path: '', expected: `${what} that can be read (${found.why})` }]);
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const once = new Map(problems.map((problem) => [`${problem.path}\n${problem.expected}`, problem]));
  return [...once.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
