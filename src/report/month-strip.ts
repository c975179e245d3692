import { Temporal } from 'temporal-polyfill';
import type { Report, TimeClause } from '../sla/report.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Context } from './context.ts';
import type { Block } from './document.ts';
import { type Attributes, element, label, picture } from './svg.ts';

const { page } = CATALOGUE;
const HOUR = 3_600_000;

const WIDTH = 720;
const LEFT = 40;
const RIGHT = WIDTH - 8;
const TOP = 20;
const ROW = 11;

interface Stretch {
  readonly from: number;
  readonly to: number;
}
type Look = 'excluded' | 'unmeasured' | 'down' | 'to-come';

interface Day extends Stretch {
  readonly name: string;
}

/** The month as rows of days: what was down, not measured, excluded. */
export function monthStrip(context: Context): Block[] {
  const { report, t } = context;
  const clause = report.clauses.find((one) => one.kind === 'time' && one.measure === 'downtime');
  const days = daysOf(report);
  if (clause?.kind !== 'time' || clause.value === null || days.length === 0) return [];
  const { desc, svg } = draw(context, clause, days);
  return [{ kind: 'figure', heading: t(page.heading.month), svg, caption: desc }];
}

function draw({ report, meta, t }: Context, clause: TimeClause, days: readonly Day[]): { desc: string; svg: string } {
  const { strip } = page;
  const longest = Math.max(...days.map(({ from, to }) => to - from));
  const x = (ms: number): number => LEFT + ((RIGHT - LEFT) * ms) / longest;
  const bottom = TOP + days.length * ROW;
  const known = Date.parse(report.known_at);
  const excludes = groundsOf(meta, clause.id);
  const stretches: Readonly<Record<Look, readonly Stretch[]>> = {
    excluded: report.exclusions
      .filter(({ counts, ground }) => counts && (excludes === undefined || excludes.includes(ground)))
      .map(stretchOf)
      .filter(({ from, to }) => from < Date.parse(report.to) && to > Date.parse(report.from)),
    unmeasured: report.unmeasured_stretches.map(stretchOf).filter(({ from }) => from < known),
    down: clause.outages.map(stretchOf),
    'to-come': [{ from: known, to: Infinity }],
  };
  const cells = days.flatMap((day, index) => {
    const y = TOP + index * ROW;
    const box = { y: y + 1, height: ROW - 2 };
    return [
      label({ class: 'small', x: LEFT - 6, y: y + ROW - 2, 'text-anchor': 'end' }, day.name),
      element('rect', { class: 'strip-good', x: LEFT, width: x(day.to - day.from) - LEFT, ...box }),
      // What lies on top is what matters more.
      ...(['excluded', 'unmeasured', 'down', 'to-come'] as const).flatMap((look) =>
        inDay(stretches[look], day).map(({ from, to }) =>
          // A second of downtime must be seen, too.
          rect(look, { x: x(from - day.from), width: Math.max(x(to - day.from) - x(from - day.from), 1.2), ...box }),
        ),
      ),
    ];
  });
  const hours = Array.from({ length: Math.floor(longest / HOUR / 3) + 1 }, (_, index) => index * 3).map((hour) =>
    label({ class: 'small', x: x(hour * HOUR), y: TOP - 6, 'text-anchor': 'middle' }, String(hour)),
  );
  const runs = known < Date.parse(report.to);
  const looks: [Look | 'good', string][] = [
    ['good', t(strip.good)],
    ['down', t(strip.bad)],
    ['unmeasured', t(strip.unmeasured)],
    ['excluded', t(strip.excluded)],
    ...(runs ? [['to-come', t(strip.toCome)] satisfies [Look, string]] : []),
  ];
  const legend = looks.flatMap(([look, words], index) => {
    const at = { x: LEFT + index * 130, y: bottom + 12, width: 22, height: 10 };
    return [
      look === 'good' ? element('rect', { class: 'strip-good', ...at }) : rect(look, at),
      label({ class: 'small', x: at.x + 28, y: at.y + 9 }, words),
    ];
  });
  const desc = t(strip.desc)(stretches.down.length, stretches.unmeasured.length, stretches.excluded.length);
  const size = { width: WIDTH, height: bottom + 28, title: t(strip.title), desc };
  return { desc, svg: picture('strip', size, [PATTERNS, ...hours, ...cells, ...legend]) };
}

/** What the clause excludes; undefined: the contract is not at hand. */
function groundsOf({ contract }: Context['meta'], id: string): readonly string[] | undefined {
  const clause = contract?.clauses.find((one) => one.id === id);
  return clause === undefined || clause.blank ? undefined : clause.exclude;
}

/** Told apart without colour: down is solid, unmeasured hatched, excluded dotted. */
const PATTERNS = element(
  'defs',
  {},
  element(
    'pattern',
    { id: 'hatch', width: 4, height: 4, patternUnits: 'userSpaceOnUse' },
    element('path', { class: 'hatch', d: 'M-1 1 L1 -1 M0 4 L4 0 M3 5 L5 3' }),
  ),
  element(
    'pattern',
    { id: 'dots', width: 4, height: 4, patternUnits: 'userSpaceOnUse' },
    element('circle', { class: 'dot', cx: 2, cy: 2, r: 0.9 }),
  ),
);

function rect(look: Look, at: Attributes): string {
  const fill = { excluded: 'url(#dots)', unmeasured: 'url(#hatch)', down: undefined, 'to-come': undefined }[look];
  return element('rect', { class: `strip-${look}`, ...(fill === undefined ? {} : { fill }), ...at });
}

/** What of the stretches lies in the day; those that no pixel parts are one. */
function inDay(stretches: readonly Stretch[], day: Day): Stretch[] {
  const pixel = (24 * HOUR) / (RIGHT - LEFT);
  const clipped = stretches
    .map(({ from, to }) => ({ from: Math.max(from, day.from), to: Math.min(to, day.to) }))
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.from - b.from);
  const joined: Stretch[] = [];
  for (const next of clipped) {
    const last = joined.at(-1);
    if (last !== undefined && next.from - last.to < pixel)
      joined.splice(-1, 1, { from: last.from, to: Math.max(last.to, next.to) });
    else joined.push(next);
  }
  return joined;
}

function stretchOf({ from, to }: { readonly from: string; readonly to: string }): Stretch {
  return { from: Date.parse(from), to: Date.parse(to) };
}

/** The days of the month, of 23 to 25 hours where the clocks change. */
function daysOf(report: Report): Day[] {
  const last = Date.parse(report.to);
  const days: Day[] = [];
  let date = Temporal.PlainDate.from(report.from.slice(0, 10));
  for (let from = Date.parse(report.from); from < last && days.length < 40;) {
    date = date.add({ days: 1 });
    const next = date.toZonedDateTime(report.timezone).epochMilliseconds;
    days.push({ from, to: Math.min(next, last), name: String(date.subtract({ days: 1 }).day) });
    from = next;
  }
  return days;
}
