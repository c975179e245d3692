import { CATALOGUE } from './catalogue.ts';
import { type Context, type RenderMeta, contractTitle, createContext, monthText } from './context.ts';
import type { Block, ReportDocument } from './document.ts';
import type { Language } from './language.ts';
import { monthStrip } from './month-strip.ts';
import { delaySection } from './section-delays.ts';
import { exclusionSection } from './section-exclusions.ts';
import { headSection, originSection } from './section-head.ts';
import { methodSection } from './section-method.ts';
import { daysSection, outageSection } from './section-outages.ts';
import { owedSection } from './section-owed.ts';
import { changeSection, countSection, recordSection, unmeasuredSection } from './section-rest.ts';
import { verdictSection } from './section-verdicts.ts';
import type { Report } from '../sla/report.ts';

const { page } = CATALOGUE;

/** The report as a document in one language: what was found first, then from what, then how, then the signatures. */
export function compose(report: Report, meta: RenderMeta, lang: Language): ReportDocument {
  const context = createContext(report, meta, lang);
  return {
    lang,
    draft: context.draft,
    title: context.t(context.draft ? page.heading.draft : page.heading.report),
    subtitle: `${contractTitle(context)} · ${monthText(context)}`,
    blocks: withCapitals(lang, [
      ...headSection(context),
      ...verdictSection(context),
      ...owedSection(context),
      ...changeSection(context),
      ...monthStrip(context),
      ...outageSection(context),
      ...daysSection(context),
      ...delaySection(context),
      ...countSection(context),
      ...exclusionSection(context),
      ...unmeasuredSection(context),
      ...recordSection(context),
      ...methodSection(context),
      ...originSection(context),
      ...signatureSection(context),
    ]),
  };
}

function signatureSection({ draft, revision, t }: Context): Block[] {
  if (draft) return [];
  const { sign } = page;
  return [
    { kind: 'section', text: t(page.heading.signatures) },
    { kind: 'paragraph', text: t(sign.statement)(revision) },
    {
      kind: 'signatures',
      parties: [t(sign.customer), t(sign.provider)],
      fields: [t(sign.name), t(sign.person), t(sign.signature), t(sign.date)],
      remarks: t(sign.remarks),
    },
  ];
}

/** Labels and heads begin with a capital in English; the catalogue has them as they stand in a sentence. */
function withCapitals(lang: Language, blocks: readonly Block[]): Block[] {
  if (lang !== 'en') return [...blocks];
  const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
  const labelled = <Thing extends { readonly label: string }>(things: readonly Thing[]): Thing[] =>
    things.map((thing) => ({ ...thing, label: capital(thing.label) }));
  return blocks.map((block) => {
    switch (block.kind) {
      case 'facts':
        return { ...block, rows: labelled(block.rows) };
      case 'table':
        return { ...block, columns: labelled(block.columns) };
      case 'list':
        return { ...block, items: block.items.map(capital) };
      case 'signatures':
        return { ...block, fields: block.fields.map(capital), remarks: capital(block.remarks) };
      case 'section':
      case 'subsection':
      case 'paragraph':
      case 'notice':
      case 'figure':
      case 'chart':
        return block;
    }
  });
}
