import { z } from 'zod';
import { nearest } from './near.ts';

/** A mapping with these keys and no others. */
export function section<S extends z.ZodRawShape>(shape: S) {
  const keys = Object.keys(shape);
  const some = keys.slice(0, 3).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys, keys) : `a mapping with keys such as ${some}`,
  });
}

/** One issue of zod holds all unknown keys of a mapping: its message has a line for each, in their order. */
function unknownKeys(unknown: readonly string[], known: readonly string[]): string {
  return unknown
    .map((key) => {
      const meant = nearest(key, known);
      return meant === undefined ? `one of the keys ${known.join(', ')}` : `a known key; did you mean ${meant}?`;
    })
    .join('\n');
}

/**
 * A check across keys runs when the values it looks at are sound, whatever else is wrong: that is how one run tells
 * every problem. Paths are relative to the section, `*` stands for any index: `needs('mailboxes.*.name')`. Without a
 * path: whenever the section is a mapping at all.
 */
export function needs(...paths: readonly string[]): { when: (payload: z.core.ParsePayload) => boolean } {
  return {
    when: ({ issues }) =>
      isMapping(issues) && paths.every((path) => !issues.some((issue) => touches(issue, path.split('.')))),
  };
}

/** The items of a list in which these keys are sound (no keys: all of it); what is wrong with the others is told already. */
export function soundItems<T>(
  context: z.RefinementCtx,
  list: string,
  items: readonly T[] | undefined,
  keys: readonly (keyof T & string)[],
): { item: T; index: number }[] {
  if (!Array.isArray(items)) return [];
  const wrong = new Map<PropertyKey | undefined, z.core.$ZodRawIssue[]>();
  for (const issue of context.issues) {
    const [at, index] = issue.path ?? [];
    if (!harmless(issue) && (at === undefined || at === list)) wrong.set(index, [...(wrong.get(index) ?? []), issue]);
  }
  // What is wrong with the list as a whole, or with the section.
  if (wrong.has(undefined)) return [];
  const paths = (index: number) => (keys.length === 0 ? [[list, index]] : keys.map((key) => [list, index, key]));
  return (items as readonly T[])
    .map((item, index) => ({ item, index }))
    .filter(({ index }) => !paths(index).some((path) => wrong.get(index)?.some((issue) => touches(issue, path))));
}

/** Nothing is wrong with the value at this path, nor with what holds it or stands in it. */
export function isSound(context: z.RefinementCtx, path: readonly PropertyKey[]): boolean {
  return !context.issues.some((issue) => touches(issue, path));
}

/** No issue is about the section as a whole. */
function isMapping(issues: readonly z.core.$ZodRawIssue[]): boolean {
  return !issues.some((issue) => !harmless(issue) && (issue.path ?? []).length === 0);
}

/** The issue is about this path, something below it or something that holds it. */
function touches(issue: z.core.$ZodRawIssue, path: readonly PropertyKey[]): boolean {
  const at = issue.path ?? [];
  return !harmless(issue) && path.every((part, index) => index >= at.length || part === '*' || part === at[index]);
}

/** Issues that leave the values around them sound: an unknown key, or another check across keys. */
function harmless(issue: z.core.$ZodRawIssue): boolean {
  return issue.code === 'unrecognized_keys' || (issue.code === 'custom' && issue['params']?.['acrossKeys'] === true);
}

/**
 * Adds a problem at a path below the section. `from`: the key of the section that it follows from, where that is another:
 * while the variable in it is not set, the problem is no news.
 */
export function report(context: z.RefinementCtx, path: readonly PropertyKey[], expected: string, from?: string): void {
  const params = { acrossKeys: true, ...(from === undefined ? {} : { from }) };
  context.addIssue({ code: 'custom', path: [...path], message: expected, params });
}

/** Reports each value that stood there before. */
export function reportRepeated(
  context: z.RefinementCtx,
  values: readonly { readonly value: string; readonly path: readonly PropertyKey[] }[],
  expected: string,
): void {
  const seen = new Set<string>();
  for (const { value, path } of values) {
    if (seen.has(value)) report(context, path, expected);
    seen.add(value);
  }
}
