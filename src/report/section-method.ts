import type { Connected, Measure } from '../config/contract.ts';
import type { Report } from '../sla/report.ts';
import type { MethodTerms } from './catalogue-method.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Context } from './context.ts';
import type { Block } from './document.ts';
import { limitText } from './figure-text.ts';
import { lengthText } from './instant-text.ts';

const { page, method, names } = CATALOGUE;

const DELAYS: ReadonlySet<Measure> = new Set(['send_delay', 'receive_delay', 'attachment_delay']);
const LATE: ReadonlySet<Measure> = new Set(['opening', 'spam-case', 'complaint', 'server-list', 'blocklist']);

/** How the figures came about, in words for those who sign. */
export function methodSection(context: Context): Block[] {
  const { report, t } = context;
  const terms = termsOf(context);
  const measures = measuresOf(report);
  const general = [
    monthWords(context),
    t(method.clock),
    t(method.samples),
    t(method.routes)(terms),
    t(method.unmeasured),
    t(method.exclusions),
    ...(measures.some(([measure]) => DELAYS.has(measure)) ? [t(method.delays)(terms)] : []),
    ...(measures.some(([measure]) => LATE.has(measure)) ? [t(method.late)] : []),
    t(method.rounding),
  ];
  return [
    { kind: 'section', text: t(page.heading.method) },
    ...general.map((text) => ({ kind: 'paragraph', text }) as const),
    {
      kind: 'list',
      items: measures.map(([measure, ids]) =>
        t(method.of)(context.join(ids.map(context.quote)), ids.length, t(method.measure[measure])(terms)),
      ),
    },
  ];
}

function monthWords({ report, t, time, quote, lang }: Context): string {
  const real = (Date.parse(report.to) - Date.parse(report.from)) / 60_000;
  const words = real === report.month_minutes ? method.month : method.fixedMonth;
  const minutes = limitText(lang, report.month_minutes, 'min');
  return t(words)(time(report.from), time(report.to), quote(report.timezone), minutes);
}

function termsOf(context: Context): MethodTerms {
  const { contract } = context.meta;
  if (contract === undefined) return { connected: undefined, reachWithin: undefined, lostAfter: undefined };
  return {
    connected: connectedWords(context, contract.connected, 'outermost'),
    reachWithin: lengthText(context.lang, contract.reach_within),
    lostAfter: lengthText(context.lang, contract.lost_after),
  };
}

function connectedWords(context: Context, part: Connected, place: 'outermost' | 'within'): string {
  const { t, name, join } = context;
  if (part.kind === 'check') return name(names.check, part.check);
  const parts = join(part.parts.map((one) => connectedWords(context, one, 'within')));
  if (part.parts.length === 1 || (place === 'outermost' && part.kind === 'all')) return parts;
  return t(part.kind === 'all' ? method.all : method.any)(parts);
}

/** The measures of the report in the contract's order, each with its clauses. */
function measuresOf(report: Report): [Measure, string[]][] {
  const clauses = new Map<Measure, string[]>();
  for (const clause of report.clauses) {
    if (clause.kind === 'blank' || !isMeasure(clause.measure)) continue;
    clauses.set(clause.measure, [...(clauses.get(clause.measure) ?? []), clause.id]);
  }
  return [...clauses];
}

function isMeasure(measure: string): measure is Measure {
  return Object.hasOwn(method.measure, measure);
}
