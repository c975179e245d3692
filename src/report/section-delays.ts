import { DAY, SECOND } from '../lib/time.ts';
import { delayLimits, limitsInOrder } from '../sla/delay-limits.ts';
import type { DelayClause, NotableMessage } from '../sla/report.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Spread } from './chart.ts';
import type { Context } from './context.ts';
import type { Block, FactRow, Row } from './document.ts';
import { NONE, figure, rangeText } from './figure-text.ts';
import { lengthText, limitWords } from './instant-text.ts';

const { page, names } = CATALOGUE;

/** Send and receive delays: figures, distribution, and each message above the maximum. */
export function delaySection(context: Context): Block[] {
  const { report, t, quote } = context;
  const clauses = report.clauses.filter((clause) => clause.kind === 'delay');
  if (clauses.length === 0) return [];
  return [
    { kind: 'section', text: t(page.heading.delays) },
    ...clauses.flatMap((clause): Block[] => [
      { kind: 'subsection', text: t(page.clauses)(quote(clause.id), 1, quote(t(clause.title))) },
      ...(clause.n === 0 ? [{ kind: 'paragraph', text: t(page.delay.none) } as const] : []),
      // Noughts without any message would read as a good month.
      ...(clause.n + clause.lost + clause.pending + clause.excluded === 0
        ? []
        : [{ kind: 'facts', rows: factsOf(context, clause) } as const]),
      ...(clause.n === 0 ? [] : distribution(context, clause)),
      ...notable(context, clause.notable),
    ]),
  ];
}

function factsOf({ t, show, lang }: Context, clause: DelayClause): FactRow[] {
  const mean = clause.objectives.filter(({ metric }) => metric === 'mean_s').map(({ limit }) => limit);
  const max = clause.objectives.flatMap(({ metric, limit, over_s }) =>
    metric === 'max_s' ? [limit] : over_s === undefined ? [] : [over_s],
  );
  const { mean_s, mean_least_s: low, mean_most_s: high, exceedances, exceedances_least, exceedances_most } = clause;
  const meanRange =
    mean_s === null || low === null || high === null || low === high
      ? show(mean_s, 's', mean)
      : t(CATALOGUE.units.beside)(show(mean_s, 's', mean), rangeText(lang, low, high, 's', mean));
  const percentiles = [clause.p50_s, clause.p95_s, clause.p99_s].map((value) => show(value, 's', max));
  return [
    { label: t(page.delay.n), text: figure(clause.n, 'count') },
    { label: t(page.delay.mean), text: meanRange },
    { label: t(page.delay.max), text: maxText(lang, show(clause.max_s, 's', max), clause.max_s) },
    { label: t(page.delay.percentiles), text: percentiles.join(' / ') },
    {
      label: t(page.delay.exceedances),
      text: `${exceedances}${exceedances_least === exceedances_most ? '' : t(page.delay.range)(exceedances_least, exceedances_most)}`,
    },
    { label: t(page.delay.lost), text: String(clause.lost) },
    { label: t(page.delay.duplicates), text: String(clause.duplicates) },
    { label: t(page.delay.pending), text: String(clause.pending) },
    { label: t(page.delay.excluded), text: String(clause.excluded) },
    ...(clause.would_be === null
      ? []
      : [{ label: t(page.delay.wouldBe), text: show(clause.would_be, 's', mean) } satisfies FactRow]),
  ];
}

/** Nobody reads 4,000 s at once: hours and minutes beside it. */
function maxText(lang: Context['lang'], seconds: string, value: number | null): string {
  return value === null || value < 60
    ? seconds
    : CATALOGUE.units.beside[lang](seconds, lengthText(lang, value * 1_000));
}

function distribution(context: Context, clause: DelayClause): Block[] {
  const { t } = context;
  const filled = clause.distribution.map((bucket, index) => ({
    ...bucket,
    above_s: clause.distribution[index - 1]?.up_to_s ?? null,
  }));
  const total = filled.reduce((sum, { n }) => sum + n, 0);
  if (total === 0) return [];
  const rows = filled
    .filter(({ n }) => n > 0)
    .map(({ above_s, up_to_s, n }): Row => ({
      cells: [bucketWords(context, above_s, up_to_s), figure(n, 'count'), context.show(n / total, 'ratio')],
    }));
  const { meanMs, maxMs } = delayLimits(clause.objectives);
  const limits = limitsInOrder([{ meanMs, maxMs }]);
  const sides = filled.map(({ above_s, up_to_s, n }) => ({
    fromMs: (above_s ?? 0) * SECOND,
    toMs: up_to_s === null ? Infinity : up_to_s * SECOND,
    n,
  }));
  // Where a bar lies on both sides of a limit nobody can tell how many do.
  const beside = (limitMs: number | null, side: 'within' | 'above'): string[] => {
    if (limitMs === null || sides.some(({ fromMs, toMs, n }) => n > 0 && fromMs < limitMs && toMs > limitMs)) return [];
    const those = sides.filter(({ fromMs, toMs }) => (side === 'within' ? toMs <= limitMs : fromMs >= limitMs));
    const sum = those.reduce((so_far, { n }) => so_far + n, 0);
    return [t(page.delay[side === 'within' ? 'inLimit' : 'overLimit'])(limitWords(context.lang, limitMs), sum)];
  };
  const caption = t(page.delay.chart)(total, [...beside(meanMs, 'within'), ...beside(maxMs, 'above')]);
  const title = `${t(page.delay.distribution)}${t(CATALOGUE.units.colon)}${context.quote(t(clause.title))}`;
  return [
    { kind: 'chart', chart: chartOf(context, clause, { limitsMs: limits, title, desc: caption }), caption },
    {
      kind: 'table',
      columns: [
        { label: t(page.column.delay) },
        { label: t(page.column.messages), align: 'right' },
        { label: t(page.column.share), align: 'right' },
      ],
      rows,
    },
  ];
}

/** The axis reaches from 0.1 s to a day; half a decade on either side holds what lies beyond. */
const BEYOND = Math.sqrt(10);
const AXIS = { fromMs: (0.1 * SECOND) / BEYOND, toMs: DAY * BEYOND };

function chartOf(
  { lang, quote }: Context,
  { id, distribution }: DelayClause,
  words: Pick<Spread, 'limitsMs' | 'title' | 'desc'>,
): Spread {
  return {
    kind: 'spread',
    id: `delays-${quote(id).replace(/[^\p{L}\p{N}]+/gu, '-')}`,
    lang,
    width: 720,
    height: 250,
    ...AXIS,
    bars: distribution.map(({ up_to_s, n }, index) => ({
      fromMs: (distribution[index - 1]?.up_to_s ?? 0) * SECOND,
      toMs: up_to_s === null ? AXIS.toMs : up_to_s * SECOND,
      n,
    })),
    ...words,
  };
}

function bucketWords({ t, lang }: Context, above: number | null, upTo: number | null): string {
  const words = (edge: number): string => lengthText(lang, edge * 1_000);
  if (upTo === null) return above === null ? NONE : t(page.delay.above)(words(above));
  return above === null ? t(page.delay.upTo)(words(upTo)) : t(page.delay.between)(words(above), words(upTo));
}

function notable({ t, quote, time, lang }: Context, messages: readonly NotableMessage[]): Block[] {
  if (messages.length === 0) return [];
  return [
    { kind: 'paragraph', text: `${t(page.delay.notable)}${t(CATALOGUE.units.colon).trimEnd()}` },
    {
      kind: 'table',
      columns: [
        { label: t(page.column.id) },
        { label: t(page.column.accepted) },
        { label: t(page.column.delay), align: 'right' },
        { label: t(page.column.why) },
      ],
      rows: messages.map(({ id, accepted_at, delay_s, why }) => ({
        cells: [
          { text: quote(id), quoted: true },
          time(accepted_at),
          delay_s === null ? NONE : lengthText(lang, delay_s * 1_000),
          t(names.notable[why]),
        ],
      })),
    },
  ];
}
