import { CATALOGUE } from './catalogue.ts';
import type { Context } from './context.ts';
import type { Block } from './document.ts';

const { page, verdict: words, names } = CATALOGUE;

/** What the provider owes, and because of which clauses. */
export function owedSection(context: Context): Block[] {
  const { report, t, quote, join } = context;
  const heading: Block = { kind: 'section', text: t(page.heading.owed) };
  if (report.remedy.length === 0) return [heading, { kind: 'paragraph', text: t(words.nothingOwed) }];
  const items = report.remedy.map(({ kind, because }) =>
    t(because.length === 1 ? words.owed : words.owedMany)(remedyWords(context, kind), join(because.map(quote))),
  );
  return [heading, { kind: 'list', items }];
}

/** The contract's own words for a remedy, else those of the catalogue, else its short name. */
export function remedyWords(context: Context, kind: string): string {
  const remedies = context.meta.contract?.remedies ?? {};
  const agreed = Object.hasOwn(remedies, kind) ? remedies[kind] : undefined;
  return agreed === undefined ? context.name(names.remedy, kind) : context.quote(context.t(agreed));
}
