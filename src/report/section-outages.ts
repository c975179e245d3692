import { DAY } from '../lib/time.ts';
import type { ClauseReport, OutageReport, TimeClause } from '../sla/report.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Context } from './context.ts';
import type { Block, FactRow, Row } from './document.ts';
import { NONE, rangeText } from './figure-text.ts';
import { lengthText } from './instant-text.ts';

const { page, names } = CATALOGUE;

/** Every outage with its bounds and cause. Clauses with the same outages share one table. */
export function outageSection(context: Context): Block[] {
  const { report, t } = context;
  const groups = sameOutages(report.clauses.filter((c) => c.kind === 'time').filter(hasOutages));
  if (groups.length === 0) return [];
  return [
    { kind: 'section', text: t(page.heading.outages) },
    ...groups.flatMap((clauses): Block[] => {
      const [first] = clauses;
      if (first === undefined) return [];
      const ids = context.join(clauses.map(({ id }) => context.quote(id)));
      const titles = context.join(clauses.map(({ title }) => context.quote(t(title))));
      const heading: Block = { kind: 'subsection', text: t(page.clauses)(ids, clauses.length, titles) };
      if (first.value === null) return [heading, { kind: 'paragraph', text: t(page.noSamples) }];
      return [
        heading,
        { kind: 'facts', rows: factsOf(context, first) },
        first.outages.length === 0
          ? { kind: 'paragraph', text: t(page.noOutage) }
          : outageTable(context, first.outages),
      ];
    }),
  ];
}

/** Windows of maintenance and the share that was measured have no outages. */
function hasOutages({ measure }: TimeClause): boolean {
  return measure === 'downtime' || measure === 'fault';
}

function sameOutages(clauses: readonly TimeClause[]): TimeClause[][] {
  const groups = new Map<string, TimeClause[]>();
  for (const clause of clauses) {
    const { value, least, most, unmeasured, transients, outages } = clause;
    const key = JSON.stringify([value, least, most, unmeasured, transients, outages]);
    groups.set(key, [...(groups.get(key) ?? []), clause]);
  }
  return [...groups.values()];
}

function factsOf({ t, show, lang }: Context, clause: TimeClause): FactRow[] {
  const { unit, value, least, most, unmeasured, transients } = clause;
  const bounds = least === null || most === null ? NONE : rangeText(lang, least, most, unit);
  return [
    { label: t(page.estimate), text: show(value, unit) },
    { label: t(page.bounds), text: bounds },
    { label: t(page.unmeasuredAfter), text: show(unmeasured, 'min') },
    { label: t(page.transients), text: String(transients) },
  ];
}

function outageTable(context: Context, outages: readonly OutageReport[]): Block {
  const { t, lang } = context;
  const sum = (of: (outage: OutageReport) => number): number =>
    outages.reduce((total, outage) => total + of(outage), 0);
  const total: Row = {
    role: 'total',
    cells: [
      t(page.total),
      '',
      lengthText(lang, sum(lengthOf)),
      range(
        context,
        sum((o) => o.least_s),
        sum((o) => o.most_s),
      ),
      '',
      '',
    ],
  };
  return {
    kind: 'table',
    columns: [
      { label: t(page.column.from) },
      { label: t(page.column.to) },
      { label: t(page.column.length), align: 'right' },
      { label: t(page.column.leastMost), align: 'right' },
      { label: t(page.column.checks) },
      { label: t(page.column.cause) },
    ],
    rows: [...outages.map((outage) => outageRow(context, outage)), ...(outages.length > 1 ? [total] : [])],
  };
}

function outageRow(context: Context, outage: OutageReport): Row {
  const { time, quote, name, join, lang } = context;
  const cause = outage.cause === null ? NONE : name(names.cause, outage.cause);
  return {
    cells: [
      time(outage.from),
      time(outage.to),
      lengthText(lang, lengthOf(outage)),
      range(context, outage.least_s, outage.most_s),
      join(outage.checks.map((check) => name(names.check, check))),
      outage.detail === null ? cause : { text: cause, more: quote(outage.detail), quoted: true },
    ],
  };
}

function lengthOf({ from, to }: Pick<OutageReport, 'from' | 'to'>): number {
  return Date.parse(to) - Date.parse(from);
}

function range({ lang }: Context, leastS: number, mostS: number): string {
  const [least, most] = [lengthText(lang, leastS * 1_000), lengthText(lang, mostS * 1_000)];
  return least === most ? least : `${least} – ${most}`;
}

/** Days of the year with a fault. */
export function daysSection(context: Context): Block[] {
  const { report, t, join, quote, show } = context;
  const list = (days: readonly string[]): string =>
    days.length === 0
      ? t(page.none)
      : join(spansOf(days).map(([from, to]) => (from === to ? quote(from) : t(page.days)(quote(from), quote(to)))));
  return report.clauses
    .filter((clause: ClauseReport) => clause.kind === 'days')
    .flatMap((clause): Block[] => [
      { kind: 'section', text: t(page.heading.days) },
      { kind: 'subsection', text: t(page.clauses)(quote(clause.id), 1, quote(t(clause.title))) },
      clause.value === null
        ? { kind: 'paragraph', text: t(page.noSamples) }
        : {
            kind: 'facts',
            rows: [
              { label: t(page.faultFree), text: show(clause.value, 'days') },
              { label: t(page.faultDays), text: list(clause.fault_days) },
              { label: t(page.unmeasuredDays), text: list(clause.unmeasured_days) },
            ],
          },
    ]);
}

/** Days in a row as one span: two months without the agent are no list of sixty dates. */
function spansOf(days: readonly string[]): [string, string][] {
  const spans: [string, string][] = [];
  for (const day of [...days].sort()) {
    const last = spans.at(-1);
    if (last !== undefined && Date.parse(day) - Date.parse(last[1]) === DAY) last[1] = day;
    else spans.push([day, day]);
  }
  return spans;
}
