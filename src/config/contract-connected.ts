import { z } from 'zod';
import { CHECK_NAMES, type CheckName } from '../lib/check-names.ts';
import type { Connected } from './contract.ts';
import { expectedOneOf } from './contract-leaf.ts';
import { eitherShape } from './contract-shape.ts';
import { needs, report, section } from './schema-section.ts';

const FORMS = 'a check, or a mapping such as { any: [imap, pop3] }';

/** For editors; each part is written like the whole. */
const JSON_SCHEMA = {
  anyOf: [
    { type: 'string', enum: [...CHECK_NAMES] },
    ...['all', 'any'].map((key) => ({
      type: 'object',
      properties: { [key]: { type: 'array', minItems: 1, items: { $ref: '#/properties/connected' } } },
      required: [key],
      additionalProperties: false,
    })),
  ],
};

/** What must work for mail to count as connected: a check, or parts of which all or any must work. */
export function connected(): z.ZodType<Connected> {
  const check = z
    .enum(CHECK_NAMES, {
      error: ({ input }) => (typeof input === 'string' ? expectedOneOf('check', CHECK_NAMES, input) : FORMS),
    })
    .transform((name): Connected => ({ kind: 'check', check: name }));
  const parts = z
    .array(
      z.lazy(() => connected()),
      { error: 'a list of parts such as [submission, mx, { any: [imap, pop3] }]' },
    )
    .min(1, 'at least one part');
  const group = section({ all: parts.optional(), any: parts.optional() })
    .superRefine((raw, context) => {
      if ('all' in raw === 'any' in raw) report(context, [], 'exactly one of the keys all and any');
    }, needs())
    .transform(({ all, any }): Connected => {
      return all === undefined ? { kind: 'any', parts: any ?? [] } : { kind: 'all', parts: all };
    });
  return eitherShape(check, group, JSON_SCHEMA);
}

/** Every way in, both ends and all routes; over imap, pop3 or webmail a reader gets at the mail. */
export const CONNECTED_BY_DEFAULT: unknown = {
  all: ['submission', 'mx', 'outbound', 'inbound', 'internal', { any: ['imap', 'pop3', 'webmail'] }] satisfies (
    | CheckName
    | { any: CheckName[] }
  )[],
};
