import { z } from 'zod';
import type { Files } from './files.ts';
import { settingsSchema } from './schema.ts';

const NO_FILES: Files = { resolve: (path) => path, read: () => ({ why: 'no file is read for a schema' }) };

/** A text with an environment variable in it is right wherever a value is. */
const FROM_ENVIRONMENT: z.core.JSONSchema.JSONSchema = {
  type: 'string',
  pattern: String.raw`\$\{[A-Za-z_]\w*\}`,
  description: 'From the environment.',
};

/** JSON Schema (draft 2020-12) of the configuration file as it is written, for editors: completion, hints, red lines. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(settingsSchema(NO_FILES), {
    io: 'input',
    // Each key stands where it is used, so that an editor shows its own description.
    reused: 'inline',
    override: ({ jsonSchema }) => {
      allowEnvironment(jsonSchema);
    },
  });
  return { title: 'Configuration of a mailwitness agent', ...schema };
}

function allowEnvironment(schema: z.core.JSONSchema.BaseSchema): void {
  const { type, pattern, enum: words, minimum, maximum } = schema;
  const closed = type === 'integer' || type === 'number' || type === 'boolean' || words !== undefined;
  if (!closed && (type !== 'string' || pattern === undefined)) return;
  const own = Object.fromEntries(
    Object.entries({ type, pattern, enum: words, minimum, maximum }).filter(([, value]) => value !== undefined),
  );
  for (const key of Object.keys(own)) delete schema[key];
  schema.anyOf = [own, FROM_ENVIRONMENT];
}
