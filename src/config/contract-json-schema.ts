import { jsonOf } from './contract-shape.ts';
import { contractSchema } from './contract-schema.ts';

/** JSON Schema (draft 2020-12) of a contract file as it is written, for editors: completion, hints, red lines. */
export function contractJsonSchema(): Record<string, unknown> {
  return {
    title: 'Contract of a mail service, as mailwitness judges it',
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...jsonOf(contractSchema),
  };
}
