import { z } from 'zod';
import { MEASURES, type Clause, type Measure, type MeasuredClause } from './contract.ts';
import { decimal, expectedOneOf, known, title, within, word } from './contract-leaf.ts';
import { checkBlank, checkMeasured, checkObjectives, checkTiers } from './contract-rules.ts';
import { eitherShape, jsonOf } from './contract-shape.ts';
import { choice, flag } from './schema-leaf.ts';
import { needs, section } from './schema-section.ts';

const OPS = ['<', '<=', '>', '>='] as const;

const metric = (): z.ZodString =>
  z.string({
    error: ({ input }) => expectedOneOf('metric', [...new Set(Object.values(MEASURES).flat())], input),
  });

const objectiveSchema = section({
  metric: metric().describe('The figure, one of those of the measure.'),
  op: choice(OPS).describe('How the figure must stand to the limit: "<" is strict, "<=" takes the limit itself.'),
  limit: decimal('a decimal such as 44 or 0.9999').describe('The limit, compared to its last digit.'),
  over_s: decimal('a decimal from 0 on, in seconds, such as 3600', '0')
    .optional()
    .describe('Of exceedances, and required there: a delay strictly above it, in seconds, is one.'),
  governs: flag().prefault(true).describe('false: the objective is computed and shown only.'),
});

const tierSchema = section({
  metric: metric().describe('The figure that decides, one of those of the measure.'),
  below: decimal('a decimal such as 0.999').describe('The tier holds below this.'),
  remedy: word('the word of a remedy', 'credit-10').describe('What is owed then.'),
});

function remedySchema() {
  const one = word('the word of a remedy, or a list of tiers,', 'double-service-time');
  const tiers = z
    .array(tierSchema, { error: 'a list of tiers such as [{ metric: availability, below: 0.999, remedy: credit-10 }]' })
    .min(1, 'at least one tier such as { metric: availability, below: 0.999, remedy: credit-10 }');
  return eitherShape(one, tiers, { anyOf: [jsonOf(one), jsonOf(tiers)] });
}

/** One clause as it is written; `toClause` makes of it what the arithmetic takes. */
export const clauseSchema = section({
  id: word('an id', '2a').describe('How the contract numbers the clause; each once.'),
  title: title().optional().describe('What it promises, for people. Default: its id.'),
  blank: flag()
    .prefault(false)
    .describe('true: the contract leaves the clause blank. It is printed as such, and has only id and title.'),
  measure: known('measure', Object.keys(MEASURES) as Measure[])
    .optional()
    .describe('What is measured. Required unless blank.'),
  where: section({
    domain: choice(['own', 'new']).optional().describe('Of opening: only openings with this kind of domain.'),
    profile: choice(['broadband', 'narrowband'])
      .optional()
      .describe('Of page_load: only pages loaded over such a line.'),
    channel: word('the name of a channel', 'phone')
      .optional()
      .describe('Of service-contact: only attempts over it, however it is spaced and capitalised.'),
  })
    .optional()
    .describe('Which records count. Default: all of the measure.'),
  within: within()
    .optional()
    .describe('How long it may take until it is late. Required with the measures that count what is late.'),
  exclude: z
    .array(word('a ground', 'a'), { error: 'a list of grounds such as [a, b]' })
    .optional()
    .describe('Grounds whose windows do not count against the provider here. Default: none.'),
  remedy: remedySchema()
    .optional()
    .describe('What a miss earns: a word, or tiers by the value of a figure. Default: nothing.'),
  objectives: z
    .array(objectiveSchema, {
      error: 'a list of objectives such as [{ metric: down_minutes, op: "<", limit: 44 }]',
    })
    .min(1, 'at least one objective such as { metric: down_minutes, op: "<", limit: 44 }')
    .optional()
    .describe('What is promised of the figures. Required unless blank.'),
})
  .superRefine(checkBlank, needs('blank'))
  .superRefine(checkMeasured, needs('blank', 'measure'))
  .superRefine(checkObjectives, needs())
  .superRefine(checkTiers, needs());

export type WrittenClause = z.output<typeof clauseSchema>;

export function toClause(written: WrittenClause): Clause {
  const { id } = written;
  const shown = written.title ?? { zh: id, en: id };
  // The rules hold that both are there unless it is blank.
  if (written.measure === undefined || written.objectives === undefined) return { id, blank: true, title: shown };
  const where = Object.entries(written.where ?? {}).filter((entry): entry is [string, 'own'] => entry[1] !== undefined);
  return {
    id,
    blank: false,
    title: shown,
    measure: written.measure,
    exclude: written.exclude ?? [],
    where: Object.fromEntries(where),
    within: written.within,
    remedy: typeof written.remedy === 'string' ? written.remedy : undefined,
    tiers: typeof written.remedy === 'object' ? written.remedy : [],
    objectives: written.objectives.map(({ over_s, ...objective }) =>
      over_s === undefined ? objective : { ...objective, over_s },
    ),
  } satisfies MeasuredClause;
}
