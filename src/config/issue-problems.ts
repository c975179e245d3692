import type { z } from 'zod';
import type { Problem } from '../lib/errors.ts';
import { SECRET_KEYS } from './schema-secret.ts';
import { printPath, shorten, type Path, type Place, type YamlTree } from './yaml-tree.ts';

/** What the schema found wrong, as problems of the file that the values stand in: with line, path and what stood there. */
export function problemsOf(issue: z.core.$ZodIssue, tree: YamlTree, file: string): Problem[] {
  const path = pathOf(issue);
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
  if (issue.code === 'invalid_key') return [at(path, issue.message, shorten(String(path.at(-1))))];
  const place = tree.places.get(printPath(path));
  if (place !== undefined) return [at(path, issue.message, gotOf(issue, path, place))];
  return [at(path, issue.code === 'custom' ? issue.message : `${issue.message}; the key is missing`)];
}

/** Whether it is no more than what a value led to that is told already: see `from` of `report`. */
export function followsFrom(issue: z.core.$ZodIssue, told: ReadonlyMap<string, unknown>): boolean {
  const from: unknown = issue.code === 'custom' ? issue.params?.['from'] : undefined;
  return typeof from === 'string' && told.has(printPath([...pathOf(issue), from]));
}

function pathOf(issue: z.core.$ZodIssue): Path {
  return issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
}

/** What stood there; never a secret, nor a text that stands where a mapping with a secret should. */
function gotOf(issue: z.core.$ZodIssue, path: Path, place: Place): string | undefined {
  if (place.kind === 'mapping' || place.kind === 'list') {
    return issue.code === 'custom' || issue.code === 'too_small' ? undefined : place.written;
  }
  if (path.some((part) => SECRET_KEYS.has(part))) return '***';
  // Whoever mistakes `password_file` for `password` writes the password there.
  if (path.some((part) => SECRET_FILES.has(part)) && !LIKE_A_PATH.test(place.written)) return '***';
  const wantsMore = issue.code === 'invalid_type' && (issue.expected === 'object' || issue.expected === 'array');
  return wantsMore && place.kind === 'text' ? 'text' : place.written;
}

const SECRET_FILES: ReadonlySet<unknown> = new Set([...SECRET_KEYS].map((key) => `${String(key)}_file`));
const LIKE_A_PATH = /^"(?!-)[\w.~${}/ -]*[./][\w.~${}/ -]*"$/;

/** Of the value, or of the nearest that it would stand in. */
export function lineOf(tree: YamlTree, path: Path): number {
  const place = tree.places.get(printPath(path));
  return place?.line ?? (path.length === 0 ? 1 : lineOf(tree, path.slice(0, -1)));
}
