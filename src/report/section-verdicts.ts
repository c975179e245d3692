import type { BlankClauseReport, ClauseReport, ObjectiveReport, Verdict } from '../sla/report.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Context } from './context.ts';
import { type Block, type Cell, type Row, SIGN } from './document.ts';
import { NONE, boundText, limitText, marginText, rangeText, unitOf } from './figure-text.ts';
import { openWords } from './open-words.ts';

const { page, verdict: words, names } = CATALOGUE;

type MeasuredClauseReport = Exclude<ClauseReport, BlankClauseReport>;

/** The table of all clauses, and what has to be said about some of them. */
export function verdictSection(context: Context): Block[] {
  const { report, t } = context;
  const columns = [
    { label: t(page.column.clause) },
    { label: t(page.column.measured), align: 'right' as const },
    { label: t(page.column.bounds), align: 'right' as const },
    { label: t(page.column.limit), align: 'right' as const },
    { label: t(page.column.margin), align: 'right' as const },
    { label: t(page.column.verdict) },
  ];
  const remarks = remarksOn(context);
  return [
    { kind: 'section', text: t(page.heading.verdicts) },
    { kind: 'paragraph', text: summary(context) },
    { kind: 'table', columns, rows: report.clauses.flatMap((clause) => rowsOf(context, clause)) },
    ...(remarks.length === 0 ? [] : [{ kind: 'list', items: remarks } as const]),
  ];
}

function summary({ report, t }: Context): string {
  const with_ = (verdict: Verdict | null): number => report.clauses.filter((c) => c.verdict === verdict).length;
  const { clauses } = report;
  return t(words.summary)(clauses.length, with_('met'), with_('missed'), with_('open'), with_('no data'), with_(null));
}

function rowsOf(context: Context, clause: ClauseReport): Row[] {
  const { t } = context;
  const head = clauseName(context, clause);
  if (clause.kind === 'blank') return [{ cells: [head, '', '', '', '', t(words.blank)] }];
  const [only, ...others] = clause.objectives;
  // The one objective that governs is the clause.
  if (only !== undefined && others.length === 0 && only.governs)
    return [
      {
        cells: [
          { text: head, more: metricName(context, only) },
          ...figureCells(context, only),
          verdictCell(context, clause.verdict),
        ],
      },
    ];
  return [
    { cells: [head, '', '', '', '', verdictCell(context, clause.verdict)] },
    ...clause.objectives.map((objective): Row => ({
      role: 'part',
      cells: [
        { text: metricName(context, objective), ...(objective.governs ? {} : { more: t(words.shownOnly) }) },
        ...figureCells(context, objective),
        verdictCell(context, objective.verdict),
      ],
    })),
  ];
}

function figureCells(context: Context, objective: ObjectiveReport): string[] {
  return [
    context.showOf(objective, objective.value),
    boundsText(context, objective),
    boundText(context.lang, objective),
    marginText(context.lang, objective),
  ];
}

/** From the lower to the higher of best and worst; one of them may be unbounded. */
function boundsText(context: Context, objective: ObjectiveReport): string {
  const { best, worst, op } = objective;
  const lessIsBetter = op === '<' || op === '<=';
  const [low, high] = lessIsBetter ? [best, worst] : [worst, best];
  const show = (value: number): string => context.showOf(objective, value);
  if (low === null && high === null) return NONE;
  if (high === null) return context.t(CATALOGUE.units.atLeast)(show(low ?? 0));
  if (low === null) return context.t(CATALOGUE.units.atMost)(show(high));
  return low === high ? show(low) : rangeText(context.lang, low, high, unitOf(objective.metric), [objective.limit]);
}

/** What the table has no room for: why clauses are open, what was measured says, objectives that disagree, no data. */
function remarksOn(context: Context): string[] {
  const { report, t, quote, join } = context;
  const clauses = report.clauses.filter((clause) => clause.kind !== 'blank');
  const lacking = clauses.filter(({ verdict }) => verdict === 'no data').map(({ id }) => quote(id));
  return [
    ...openRemarks(context, clauses),
    ...clauses.filter(({ disagreement }) => disagreement).map((clause) => disagreementWords(context, clause)),
    ...(lacking.length === 0 ? [] : [t(words.noDataBecause)(join(lacking), lacking.length)]),
  ];
}

/** Clauses that are open for the same reason are told of once. */
function openRemarks(context: Context, clauses: readonly MeasuredClauseReport[]): string[] {
  const { t, quote, join } = context;
  const idsOf = new Map<string, { why: string; beside: string; ids: string[] }>();
  for (const clause of clauses) {
    if (clause.verdict !== 'open') continue;
    const onMeasured = clause.verdict_on_measured;
    const beside = onMeasured === 'open' ? '' : t(words.onMeasured)(t(words.word[onMeasured]));
    const why = openWords(context, clause);
    const same = idsOf.get(why + beside) ?? { why, beside, ids: [] };
    same.ids.push(quote(clause.id));
    idsOf.set(why + beside, same);
  }
  return [...idsOf.values()].map(({ why, beside, ids }) => t(words.openBecause)(join(ids), ids.length, why) + beside);
}

function disagreementWords(context: Context, { id, objectives }: MeasuredClauseReport): string {
  const { t, quote, join, lang } = context;
  const those = (verdict: Verdict): string =>
    join(
      objectives
        .filter((objective) => objective.governs && objective.verdict === verdict)
        .map((objective) => t(CATALOGUE.units.beside)(metricName(context, objective), boundText(lang, objective))),
    );
  return t(words.alone)(quote(id), t(words.disagreement)(those('met'), those('missed')));
}

export function metricName(context: Context, { metric, over_s }: ObjectiveReport): string {
  if (metric !== 'exceedances' || over_s === undefined) return context.name(names.metric, metric);
  const { lang, t } = context;
  const limit = over_s % 3_600 === 0 ? limitText(lang, over_s / 3_600, 'h') : limitText(lang, over_s, 's');
  return t(names.exceedancesOver)(limit);
}

export function clauseName({ t, quote }: Context, { id, title }: Pick<ClauseReport, 'id' | 'title'>): string {
  return `${quote(id)}  ${quote(t(title))}`;
}

export function verdictCell({ t }: Context, verdict: Verdict): Cell {
  return { text: `${SIGN[verdict]} ${t(words.word[verdict])}`, verdict };
}
