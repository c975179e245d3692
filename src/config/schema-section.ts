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
      return meant === undefined ? `no such key here, only ${known.join(', ')}` : `a known key; did you mean ${meant}?`;
    })
    .join('\n');
}

/**
 * A check across keys runs when the keys it looks at are sound, whatever else is wrong: that is how one run tells every
 * problem. Paths are relative to the section, `*` stands for any index: `needs('mailboxes.*.name')`.
 */
export function needs(...paths: readonly string[]): { when: (payload: z.core.ParsePayload) => boolean } {
  const wanted = paths.map((path) => path.split('.'));
  const touched = (at: readonly PropertyKey[]) =>
    wanted.some((path) => path.every((part, index) => index >= at.length || part === '*' || part === at[index]));
  return {
    when: (payload) => !payload.issues.some((issue) => !harmless(issue) && touched(issue.path ?? [])),
  };
}

/** Issues that leave the values around them sound: an unknown key, or another check across keys. */
function harmless(issue: z.core.$ZodRawIssue): boolean {
  return issue.code === 'unrecognized_keys' || (issue.code === 'custom' && issue['params']?.['acrossKeys'] === true);
}

/** Adds a problem at a path below the section. */
export function report(context: z.RefinementCtx, path: readonly PropertyKey[], expected: string): void {
  context.addIssue({ code: 'custom', path: [...path], message: expected, params: { acrossKeys: true } });
}

/** Reports each value that stood there before; `undefined` is no value. */
export function reportRepeated(
  context: z.RefinementCtx,
  values: readonly (string | undefined)[],
  pathOf: (index: number) => readonly PropertyKey[],
  what: string,
): void {
  values.forEach((value, index) => {
    if (value !== undefined && values.indexOf(value) < index) report(context, pathOf(index), what);
  });
}
