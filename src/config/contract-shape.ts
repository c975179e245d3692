import { z } from 'zod';
import { report } from './schema-section.ts';

// Shapes that zod's own union and record would check with less said of what is wrong inside.

type Json = Readonly<Record<string, unknown>>;

/**
 * A value that has a short and a long form. A union would tell of neither what is wrong inside; here the form that was
 * written is the one that is checked. `json` describes it for editors.
 */
export function eitherShape<Short, Long>(short: z.ZodType<Short>, long: z.ZodType<Long>, json: Json) {
  const read = z.unknown().transform((value, context): Short | Long => {
    const form: z.ZodType<Short | Long> = typeof value === 'object' && value !== null ? long : short;
    return checkedInside(form, value, context);
  });
  return read.meta(json);
}

/** A mapping whose keys are names that the file gives. */
export function named<T>(name: z.ZodString, value: z.ZodType<T>, expected: string) {
  const record = z.record(name, value, {
    error: (issue) => (issue.code === 'invalid_key' ? expected : 'a mapping of names such as { a: { title: ... } }'),
  });
  const read = z.unknown().transform((found, context): Record<string, T> => {
    const values = checkedInside(record, found, context);
    // A record passes over this key without a word.
    if (typeof found === 'object' && found !== null && Object.hasOwn(found, '__proto__'))
      report(context, ['__proto__'], expected);
    return values;
  });
  return read.meta(jsonOf(record));
}

/** JSON Schema of what is written there. */
export function jsonOf(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', reused: 'inline' });
  return json;
}

/** Not `safeParse`: what is sound inside must reach the checks across keys even when its neighbour is not. */
function checkedInside<T>(schema: z.ZodType<T>, value: unknown, context: z.RefinementCtx): T {
  const result = schema._zod.run({ value, issues: [] }, { async: false });
  if (result instanceof Promise) throw new Error('a contract is checked without waiting');
  context.issues.push(...result.issues);
  return result.value as T;
}
