import type { Report, TimeClause } from '../sla/report.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Context } from './context.ts';
import type { Block, Row } from './document.ts';
import { NONE } from './figure-text.ts';

const { page } = CATALOGUE;

type Exclusion = Report['exclusions'][number];

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

function windowRow(context: Context, exclusion: Exclusion): Row {
  const { quote, time } = context;
  return {
    cells: [
      { text: quote(exclusion.id), quoted: true },
      time(exclusion.from),
      time(exclusion.to),
      groundWords(context, exclusion.ground),
      countsWords(context, exclusion),
      whoWords(context, exclusion),
      quote(exclusion.note),
    ],
  };
}

function groundWords({ meta, t, quote }: Context, ground: string): string {
  const grounds = meta.contract?.grounds ?? {};
  const known = Object.hasOwn(grounds, ground) ? grounds[ground] : undefined;
  return known === undefined ? quote(ground) : `${quote(ground)}  ${quote(t(known.title))}`;
}

/** Whether it counts; if not, the first reason that keeps it out. */
function countsWords({ report, meta, t, quote }: Context, exclusion: Exclusion): string {
  const { exclusion: words } = page;
  if (exclusion.counts) return t(words.yes);
  if (exclusion.withdrawn_at !== undefined) return t(words.noWithdrawn);
  const replacement = report.exclusions.find(({ replaces }) => replaces === exclusion.id);
  if (replacement !== undefined) return t(words.noReplaced)(quote(replacement.id));
  const grounds = meta.contract?.grounds ?? {};
  const needsApproval = Object.hasOwn(grounds, exclusion.ground)
    ? grounds[exclusion.ground]?.needs_approval
    : undefined;
  if (exclusion.approved_at === undefined && needsApproval !== false) return t(words.noApproval);
  const [from, to] = [instantOf(exclusion.from), instantOf(exclusion.to)];
  return t(to <= Date.parse(report.from) || from >= Date.parse(report.to) ? words.noOverlap : words.no);
}

function instantOf(instant: string | number): number {
  return typeof instant === 'number' ? instant : Date.parse(instant);
}

function whoWords({ t, quote, time }: Context, exclusion: Exclusion): string {
  const { exclusion: words } = page;
  const { announced_at, approved_at, approved_by = NONE, withdrawn_at, withdrawn_by = NONE, replaces } = exclusion;
  return [
    t(words.entered)(quote(exclusion.entered_by), time(exclusion.entered_at)),
    ...(announced_at === undefined ? [] : [t(words.announced)(time(announced_at))]),
    ...(approved_at === undefined ? [] : [t(words.approved)(quote(approved_by), time(approved_at))]),
    ...(withdrawn_at === undefined ? [] : [t(words.withdrawn)(quote(withdrawn_by), time(withdrawn_at))]),
    ...(replaces === undefined ? [] : [t(words.replaces)(quote(replaces))]),
  ].join(t(CATALOGUE.units.semicolon));
}

/** What each clause's figure was before, what was taken out of it, and what it is. */
function grossToNet(context: Context): Block[] {
  const { report, t } = context;
  const clauses = report.clauses
    .filter((clause) => clause.kind === 'time')
    .filter(({ gross, value, excluded, would_be }) => gross !== value || excluded > 0 || would_be !== null);
  if (clauses.length === 0) return [];
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
      rows: clauses.map((clause) => netRow(context, clause)),
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
