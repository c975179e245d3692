import type { DelayClause, TimeClause, WrittenExclusion } from '../sla/report.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Context } from './context.ts';
import type { Block, Row } from './document.ts';
import { NONE, figure } from './figure-text.ts';

const { page } = CATALOGUE;

/** Every window that was entered, counted or not and why, and what it did to the figures. */
export function exclusionSection(context: Context): Block[] {
  const { report, t } = context;
  const heading: Block = { kind: 'section', text: t(page.heading.exclusions) };
  if (report.exclusions.length === 0) return [heading, { kind: 'paragraph', text: t(page.exclusion.none) }];
  return [
    heading,
    {
      kind: 'table',
      columns: [
        { label: t(page.column.id) },
        { label: t(page.column.from) },
        { label: t(page.column.to) },
        { label: t(page.column.ground) },
        { label: t(page.column.counts) },
        { label: t(page.column.who) },
        { label: t(page.column.note) },
      ],
      rows: report.exclusions.map((exclusion) => windowRow(context, exclusion)),
    },
    ...grossToNet(context),
  ];
}

function windowRow(context: Context, exclusion: WrittenExclusion): Row {
  const { quote, time } = context;
  return {
    cells: [
      { text: quote(exclusion.id), quoted: true },
      time(exclusion.from),
      time(exclusion.to),
      groundWords(context, exclusion.ground),
      countsWords(context, exclusion),
      { text: whoWords(context, exclusion), foreign: true },
      { text: quote(exclusion.note), foreign: true },
    ],
  };
}

function groundWords({ meta, t, quote }: Context, ground: string): string {
  const grounds = meta.contract?.grounds ?? {};
  const known = Object.hasOwn(grounds, ground) ? grounds[ground] : undefined;
  return known === undefined ? quote(ground) : `${quote(ground)}  ${quote(t(known.title))}`;
}

/** Whether it counts in this month, and why not. */
function countsWords({ report, t, quote }: Context, exclusion: WrittenExclusion): string {
  const { exclusion: words } = page;
  const inMonth =
    Date.parse(exclusion.to) > Date.parse(report.from) && Date.parse(exclusion.from) < Date.parse(report.to);
  if (exclusion.why === undefined) return t(inMonth ? words.yes : words.beyondMonth);
  switch (exclusion.why) {
    case 'withdrawn':
      return t(words.noWithdrawn);
    case 'replaced': {
      const replacement = report.exclusions.find(({ replaces }) => replaces === exclusion.id);
      return t(words.noReplaced)(replacement === undefined ? NONE : quote(replacement.id));
    }
    case 'unapproved':
      return t(words.noApproval);
  }
}

function whoWords({ t, quote, time }: Context, exclusion: WrittenExclusion): string {
  const { exclusion: words } = page;
  const { announced_at, approved_at, approved_by = NONE, approval_entered_at: approvalEnteredAt } = exclusion;
  const { withdrawn_at, withdrawn_by = NONE, replaces } = exclusion;
  return [
    t(words.entered)(quote(exclusion.entered_by), time(exclusion.entered_at)),
    ...(announced_at === undefined ? [] : [t(words.announced)(time(announced_at))]),
    ...(approved_at === undefined ? [] : [t(words.approved)(quote(approved_by), time(approved_at))]),
    ...(approvalEnteredAt === undefined ? [] : [t(words.approvalEntered)(time(approvalEnteredAt))]),
    ...(withdrawn_at === undefined ? [] : [t(words.withdrawn)(quote(withdrawn_by), time(withdrawn_at))]),
    ...(replaces === undefined ? [] : [t(words.replaces)(quote(replaces))]),
  ].join(t(CATALOGUE.units.semicolon));
}

/** What each clause's figure was before, what was taken out of it, and what it is. */
function grossToNet(context: Context): Block[] {
  const { report, t } = context;
  const rows = report.clauses.flatMap((clause): Row[] => {
    if (clause.kind === 'time') return isTouched(clause) ? [netRow(context, clause)] : [];
    return clause.kind === 'delay' ? delayRows(context, clause) : [];
  });
  if (rows.length === 0) return [];
  return [
    { kind: 'subsection', text: t(page.exclusion.grossToNet) },
    {
      kind: 'table',
      columns: [
        { label: t(page.column.clause) },
        { label: t(page.column.gross), align: 'right' },
        { label: t(page.column.takenOut), align: 'right' },
        { label: t(page.column.net), align: 'right' },
        { label: t(page.column.wouldBe), align: 'right' },
        { label: t(page.exclusion.union), align: 'right' },
      ],
      rows,
    },
  ];
}

function isTouched({ gross, value, excluded, would_be }: TimeClause): boolean {
  return gross !== value || excluded > 0 || would_be !== null;
}

/** The mean and the messages above the maximum, and under the clause how many messages were left out. */
function delayRows({ t, quote, show }: Context, clause: DelayClause): Row[] {
  const { id, title, excluded, objectives, mean_s, gross_mean_s: grossMean = null, would_be_verdict: then } = clause;
  const waits = then !== null && then !== undefined;
  // A revision that was closed by an earlier program tells no gross.
  if (clause.gross_exceedances === undefined || (excluded === 0 && !waits)) return [];
  const limits = objectives.filter(({ metric }) => metric === 'mean_s').map(({ limit }) => limit);
  const name = `${quote(id)}  ${quote(t(title))}`;
  const meanTaken = grossMean === null || mean_s === null ? null : Number((grossMean - mean_s).toFixed(6));
  const wouldBe = waits ? figure(clause.would_be_exceedances ?? 0, 'count') : NONE;
  return [
    {
      cells: [
        { text: name, more: t(page.delay.mean) },
        show(grossMean, 's', limits),
        show(meanTaken, 's'),
        show(mean_s, 's', limits),
        show(clause.would_be, 's', limits),
        t(page.exclusion.messages)(excluded),
      ],
    },
    {
      role: 'part',
      cells: [
        t(page.delay.exceedances),
        figure(clause.gross_exceedances, 'count'),
        figure(clause.gross_exceedances - clause.exceedances, 'count'),
        figure(clause.exceedances, 'count'),
        waits ? t(CATALOGUE.units.beside)(wouldBe, t(CATALOGUE.verdict.word[then])) : wouldBe,
        '',
      ],
    },
  ];
}

function netRow({ t, quote, show }: Context, clause: TimeClause): Row {
  const { id, title, unit, gross, value, would_be, excluded, objectives } = clause;
  const own = unit === 'ratio' ? ['availability', 'coverage'] : ['down_minutes', 'minutes'];
  const limits = objectives.filter(({ metric }) => own.includes(metric)).map(({ limit }) => limit);
  const taken = gross === null || value === null ? null : Number((gross - value).toFixed(9));
  return {
    cells: [
      `${quote(id)}  ${quote(t(title))}`,
      show(gross, unit, limits),
      show(taken, unit === 'ratio' ? 'points' : unit),
      show(value, unit, limits),
      show(would_be, unit, limits),
      show(excluded, 'min'),
    ],
  };
}
