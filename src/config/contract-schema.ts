import { z } from 'zod';
import { clauseSchema, toClause, type WrittenClause } from './contract-clause.ts';
import { connected, CONNECTED_BY_DEFAULT } from './contract-connected.ts';
import { STANDARD_GROUNDS, toGrounds } from './contract-grounds.ts';
import { expectedOneOf, howMany, timezone, title, wholeDuration, word } from './contract-leaf.ts';
import { named } from './contract-shape.ts';
import type { Contract, Title } from './contract.ts';
import { printDuration } from './duration.ts';
import { choice, flag, parsed } from './schema-leaf.ts';
import { needs, report, reportRepeated, section, soundItems } from './schema-section.ts';

const groundSchema = section({
  title: title().optional().describe('What it is, for people. Default: that of the letters a to f, else its name.'),
  needs_approval: flag()
    .optional()
    .describe(
      "Its windows take nothing out before the customer's approval. Default: true for a, false for all others.",
    ),
});

const remedyTitleSchema = section({ title: title().describe('What it means, for people.') });

/** A contract file: every key, default and bound, in this file and its `contract-*` neighbours. */
export const contractSchema = section({
  contract: word('the name of the contract', 'enterprise-mail-guarantee').describe('Name of the contract.'),
  title: title().optional().describe('What it is called, for people. Default: its name.'),
  version: parsed('1, the version of this format that the program reads', (text) => (text === '1' ? 1 : undefined))
    .meta({ type: 'integer', const: 1 })
    .describe('Version of the format of this file.'),
  timezone: timezone()
    .prefault('Asia/Shanghai')
    .describe('IANA time zone. Months, days and deadlines begin and end in it.'),
  month: choice(['calendar', 'fixed-30d'])
    .prefault('calendar')
    .describe(
      'Length of the month that availability is a share of: its real one, or 43,200 minutes whatever the month.',
    ),
  reach_within: wholeDuration({ min: '1ms', example: '1h' })
    .prefault('1h')
    .describe('A route is bad from two consecutive messages that were not out by then.'),
  lost_after: wholeDuration({ min: '1ms', example: '24h' })
    .prefault('24h')
    .describe('A message that has not come by then is lost. At least reach_within.'),
  min_outage: wholeDuration({ min: '0s', example: '60s' })
    .prefault('0s')
    .describe('Bad stretches shorter than this do not count.'),
  bad_when: section({
    targets: howMany().prefault('1').describe('A check is bad when so many of its targets are: a count, or a share.'),
  })
    .prefault({})
    .describe('When a check with several targets is bad.'),
  vantage: section({
    need: howMany()
      .prefault('1')
      .describe('Mail is not connected when so many vantages see it so: a count, or a share.'),
  })
    .prefault({})
    .describe('When the service is bad, as seen from several vantages.'),
  connected: connected()
    .prefault(CONNECTED_BY_DEFAULT)
    .describe('What must work for mail to count as connected. Checks that are not configured drop out.'),
  grounds: named(word('a name', 'a'), groundSchema, 'the name of a ground of at most 60 characters such as a')
    .optional()
    .describe('Grounds that windows may be excluded under. The letters a to f need no entry.'),
  remedies: named(
    word('a name', 'a'),
    remedyTitleSchema,
    'the word of a remedy of at most 60 characters such as double-service-time',
  )
    .optional()
    .describe('What the words of remedies mean. When it is there, clauses may use no other words.'),
  clauses: z
    .array(clauseSchema, { error: 'a list of clauses such as [{ id: 1, measure: downtime, objectives: [...] }]' })
    .min(1, 'at least one clause')
    .describe('The clauses, in the order of the report.'),
})
  .superRefine(
    (raw, context) => {
      if (raw.lost_after >= raw.reach_within) return;
      const least = printDuration(raw.reach_within);
      report(context, ['lost_after'], `a duration of at least reach_within, which is ${least}`);
    },
    needs('reach_within', 'lost_after'),
  )
  .superRefine(checkIds, needs())
  .superRefine(checkGrounds, needs('grounds'))
  .superRefine(checkFaultDays, needs())
  .superRefine(checkRemedies, needs('remedies'))
  .transform((raw): Contract => {
    const clauses = raw.clauses.map(toClause);
    const excluded = clauses.flatMap((clause) => (clause.blank ? [] : clause.exclude));
    return {
      ...raw,
      title: raw.title ?? { zh: raw.contract, en: raw.contract },
      grounds: toGrounds(raw.grounds, excluded),
      remedies: titlesOf(raw.remedies ?? {}),
      clauses,
    };
  });

interface Written {
  readonly clauses: readonly WrittenClause[];
  readonly grounds?: object | undefined;
  readonly remedies?: object | undefined;
}

function checkIds(raw: Written, context: z.RefinementCtx): void {
  const ids = soundItems(context, 'clauses', raw.clauses, ['id']).map(({ item, index }) => ({
    value: item.id,
    path: ['clauses', index, 'id'],
  }));
  reportRepeated(context, ids, 'each id once; a clause further up has it already');
}

function checkGrounds(raw: Written, context: z.RefinementCtx): void {
  const names = [...new Set([...Object.keys(raw.grounds ?? {}), ...STANDARD_GROUNDS])];
  for (const { item, index } of soundItems(context, 'clauses', raw.clauses, ['exclude'])) {
    for (const [at, ground] of (item.exclude ?? []).entries()) {
      if (names.includes(ground)) continue;
      report(context, ['clauses', index, 'exclude', at], expectedOneOf('ground', names, ground));
    }
  }
}

/** Evidence has one list of the fault days of the year so far. */
function checkFaultDays(raw: Written, context: z.RefinementCtx): void {
  const grounds = (exclude: readonly string[] = []): string => [...exclude].sort().join(', ');
  const clauses = soundItems(context, 'clauses', raw.clauses, ['measure', 'exclude']);
  const [first, ...others] = clauses.filter(({ item }) => item.measure === 'fault_days');
  for (const { item, index } of others) {
    if (first === undefined || grounds(item.exclude) === grounds(first.item.exclude)) continue;
    const same = grounds(first.item.exclude);
    const expected = `the grounds of the clause of fault_days further up: ${same === '' ? 'none' : same}`;
    report(context, ['clauses', index, ...('exclude' in item ? ['exclude'] : [])], expected);
  }
}

function checkRemedies(raw: Written, context: z.RefinementCtx): void {
  if (raw.remedies === undefined) return;
  const words = Object.keys(raw.remedies);
  for (const { item, index } of soundItems(context, 'clauses', raw.clauses, ['remedy'])) {
    const used = typeof item.remedy === 'object' ? item.remedy : [];
    const all = [
      ...(typeof item.remedy === 'string' ? [{ remedy: item.remedy, path: ['remedy'] }] : []),
      ...used.map(({ remedy }, at) => ({ remedy, path: ['remedy', at, 'remedy'] })),
    ];
    for (const { remedy, path } of all) {
      if (words.includes(remedy)) continue;
      const expected =
        words.length === 0 ? 'no remedy, since remedies has none' : expectedOneOf('remedy', words, remedy);
      report(context, ['clauses', index, ...path], expected);
    }
  }
}

function titlesOf(remedies: Readonly<Record<string, { readonly title: Title }>>): Record<string, Title> {
  const titles = Object.create(null) as Record<string, Title>;
  for (const [name, { title }] of Object.entries(remedies)) titles[name] = title;
  return titles;
}
