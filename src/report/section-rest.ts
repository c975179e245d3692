import type { ReportChange } from '../sla/report-changes.ts';
import type { Report } from '../sla/report.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Context } from './context.ts';
import type { Block, Row } from './document.ts';
import { NONE, figure, unitOf } from './figure-text.ts';
import { isInstant, lengthText } from './instant-text.ts';
import { metricName } from './section-verdicts.ts';

const { page, names } = CATALOGUE;

/** Time in which the agent did not measure. */
export function unmeasuredSection({ report, t, time, show, name, lang }: Context): Block[] {
  const { coverage, unmeasured_minutes: minutes } = report;
  const said =
    coverage === null || coverage === 0
      ? t(page.unmeasured.nothing)
      : minutes === 0
        ? t(page.unmeasured.none)
        : t(page.unmeasured.said)(show(minutes, 'min'), show(coverage, 'ratio'));
  const known = Date.parse(report.known_at);
  const rows = report.unmeasured_stretches.map(({ from, to, why }): Row => {
    const apart = Date.parse(to) > known ? page.unmeasured.toCome : page.unmeasured.apart;
    return {
      cells: [
        time(from),
        time(to),
        lengthText(lang, Date.parse(to) - Date.parse(from)),
        why === null ? t(apart) : name(names.gap, why),
      ],
    };
  });
  return [
    { kind: 'section', text: t(page.heading.unmeasured) },
    { kind: 'paragraph', text: said },
    ...(rows.length === 0
      ? []
      : [
          {
            kind: 'table',
            columns: [
              { label: t(page.column.from) },
              { label: t(page.column.to) },
              { label: t(page.column.length), align: 'right' },
              { label: t(page.column.why) },
            ],
            rows,
          } as const,
        ]),
  ];
}

/** Figures that come from counts and records, with how many each was computed from. */
export function countSection(context: Context): Block[] {
  const { report, t, quote } = context;
  const clauses = report.clauses.filter((clause) => clause.kind === 'count').filter(({ n }) => n > 0);
  if (clauses.length === 0) return [];
  const rows = clauses.flatMap(({ id, title, n, objectives }) =>
    objectives.map((objective): Row => ({
      cells: [
        `${quote(id)}  ${quote(t(title))}`,
        metricName(context, objective),
        context.showOf(objective, objective.value),
        t(page.fromMessages)(n),
      ],
    })),
  );
  return [
    { kind: 'section', text: t(page.heading.counts) },
    {
      kind: 'table',
      columns: [
        { label: t(page.column.clause) },
        { label: t(page.column.figure) },
        { label: t(page.column.value), align: 'right' },
        { label: t(page.column.computedFrom), align: 'right' },
      ],
      rows,
    },
  ];
}

/** What people entered, a replaced row with its correction. */
export function recordSection(context: Context): Block[] {
  const { report, t, quote, time, name } = context;
  const heading: Block = { kind: 'section', text: t(page.heading.records) };
  if (report.records.length === 0) return [heading, { kind: 'paragraph', text: t(page.records.none) }];
  return [
    heading,
    {
      kind: 'table',
      columns: [
        { label: t(page.column.id) },
        { label: t(page.column.kind) },
        { label: t(page.column.at) },
        { label: t(page.column.content) },
      ],
      rows: report.records.map((record) => ({
        cells: [
          { text: quote(record.id), quoted: true },
          name(names.kind, record.kind),
          time(record.at),
          { text: contentWords(context, record), foreign: true },
        ],
      })),
    },
  ];
}

function contentWords(context: Context, record: Report['records'][number]): string {
  const { report, t, name, quote } = context;
  const said = Object.entries(record)
    .filter(([key]) => !['id', 'kind', 'at', 'replaces'].includes(key))
    .map(
      ([key, value]: [string, unknown]) =>
        `${name(names.field, key)}${t(CATALOGUE.units.colon)}${valueWords(context, value)}`,
    );
  const replacement = report.records.find(({ replaces }) => replaces === record.id);
  return [
    ...said,
    ...(record.replaces === undefined ? [] : [t(page.exclusion.replaces)(quote(record.replaces))]),
    ...(replacement === undefined ? [] : [t(page.records.replaced)(quote(replacement.id))]),
  ].join(t(CATALOGUE.units.semicolon));
}

function valueWords(context: Context, value: unknown): string {
  const { t, time, join, name } = context;
  if (typeof value === 'number') return figure(value, 'count');
  if (typeof value === 'boolean') return name(names.value, String(value));
  if (Array.isArray(value))
    return value.length === 0 ? t(page.none) : join(value.map((one: unknown) => valueWords(context, one)));
  if (typeof value !== 'string') return NONE;
  return isInstant(value) ? time(value) : name(names.value, value);
}

/** What is not as it was in the revision before. */
export function changeSection(context: Context): Block[] {
  const { meta, t, quote } = context;
  if (meta.changes === undefined || meta.changes.length === 0) return [];
  return [
    { kind: 'section', text: t(page.heading.changes), id: 'changes' },
    {
      kind: 'table',
      columns: [
        { label: t(page.column.clause) },
        { label: t(page.column.figure) },
        { label: t(page.column.before), align: 'right' },
        { label: t(page.column.after), align: 'right' },
      ],
      rows: meta.changes.map((change) => ({
        cells: [
          change.clause === null ? NONE : quote(change.clause),
          figureWords(context, change.figure),
          changedWords(context, change, change.before),
          changedWords(context, change, change.after),
        ],
      })),
    },
  ];
}

/** A part of a metric by both names: `down_minutes.limit`. */
function figureWords({ name }: Context, figureName: string): string {
  return figureName
    .split('.')
    .map((part) => name(names.figure, part))
    .join(' · ');
}

function changedWords(
  context: Context,
  { figure: key, before, after }: ReportChange,
  value: ReportChange['before'],
): string {
  const { t, name } = context;
  if (value === null) return NONE;
  if (typeof value === 'boolean') return name(names.value, String(value));
  // Each is kept apart from the other in print.
  const others = [before, after].filter((other) => typeof other === 'number');
  if (typeof value === 'number') return context.show(value, unitOf(key.split('.')[0] ?? key), others);
  const verdicts = CATALOGUE.verdict.word;
  return value === 'met' || value === 'missed' || value === 'open' || value === 'no data'
    ? t(verdicts[value])
    : context.quote(value);
}
