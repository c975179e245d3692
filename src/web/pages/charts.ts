import { HOUR, type Instant, type Ms } from '../../lib/time.ts';
import type { DayDetail } from '../../month/history.ts';
import type { MonthGlance } from '../../month/glance.ts';
import { element, label, picture } from '../../report/svg.ts';
import type { PhaseTime } from '../../probe/visit.ts';
import { inLanguage, length, timeText, type View } from './view.tsx';
import { WORDS } from './words.ts';

// Marks of a table rather than charts: a bar, a row of phases, a strip of hours, each a few rectangles that stand in the page
// and are renewed with it. Charts are drawn by echarts, in the thread that answers (report/draw-chart.ts).
// Looks are classes of the page's sheet; what is unmeasured is hatched, so that it is told apart without colour.

function hatch(id: string): string {
  return element(
    'defs',
    {},
    element(
      'pattern',
      { id, width: 5, height: 5, patternUnits: 'userSpaceOnUse' },
      element('path', { class: 'hatch', d: 'M-1 1 L1 -1 M0 5 L5 0 M4 6 L6 4' }),
    ),
  );
}

/** How much more than the budget the bar of a month shows at least. */
const BEYOND_BUDGET = 1.25;

/**
 * Down time of the month against what is allowed: solid, up to its most paler, then what was not measured, hatched. It is as
 * long as the budget and a little more, or as the down time: what was not measured runs out at its end, or a day without an agent would leave
 * the rest too small to be seen.
 */
export function budgetBar(
  view: View,
  id: string,
  { down, budgetMs, unmeasuredMs }: MonthGlance,
  words: string,
): string {
  if (down === null) return '';
  const allowed = budgetMs === null || budgetMs === 0 ? down.mostMs + unmeasuredMs : budgetMs;
  const whole = Math.max(BEYOND_BUDGET * allowed, 1.04 * down.mostMs, 1);
  const x = (ms: Ms): number => 1 + (398 * ms) / whole;
  const rect = (name: string, from: Ms, to: Ms, fill?: string): string =>
    to <= from
      ? ''
      : element('rect', {
          class: name,
          x: x(from),
          y: 4,
          width: Math.max(x(to) - x(from), 1.5),
          height: 12,
          ...(fill !== undefined && { fill }),
        });
  const size = { width: 400, height: 20, title: inLanguage(view)(WORDS.downBar), desc: words };
  return picture(id, size, [
    hatch(`${id}-hatch`),
    element('rect', { class: 'track', x: 1, y: 4, width: 398, height: 12 }),
    rect('down', 0, down.estimateMs),
    rect('bounds', down.estimateMs, down.mostMs),
    rect('unmeasured-bar', down.mostMs, Math.min(down.mostMs + unmeasuredMs, whole), `url(#${id}-hatch)`),
    budgetMs === null ? '' : element('line', { class: 'limit', x1: x(budgetMs), x2: x(budgetMs), y1: 0, y2: 20 }),
  ]);
}

/** Room for words that are larger on a phone, where the picture is smaller. */
const BARS = { x: 150, width: 246 };
const ROW = 18;

/** The phases of a visit one after the other. */
export function waterfall(view: View, id: string, phases: readonly PhaseTime[]): string {
  const t = inLanguage(view);
  const whole = Math.max(
    phases.reduce((sum, { ms }) => sum + Math.max(0, ms), 0),
    0.001,
  );
  let at = 0;
  const rows = phases.map(({ phase, ms }, index) => {
    const from = at;
    at += Math.max(0, ms);
    const y = index * ROW;
    const words = `${t(WORDS.phase[phase])} ${length(view, ms)}`;
    const left = BARS.x + (BARS.width * from) / whole;
    return [
      label({ x: 0, y: y + 13 }, words),
      element('rect', { class: 'whole', x: BARS.x, y: y + 3, width: BARS.width, height: 11 }),
      element('rect', {
        class: 'bar',
        x: left,
        y: y + 3,
        width: Math.max((BARS.width * Math.max(0, ms)) / whole, 1),
        height: 11,
      }),
    ].join('');
  });
  const desc = phases.map(({ phase, ms }) => `${t(WORDS.phase[phase])} ${length(view, ms)}`).join(', ');
  return picture(
    id,
    { name: 'phases', width: 400, height: Math.max(rows.length * ROW, 1), title: t(WORDS.waterfall), desc },
    rows,
  );
}

/** A day as 24 rows of an hour each. */
export function dayStrip(view: View, detail: DayDetail): string {
  const t = inLanguage(view);
  const hours = Math.ceil((detail.to - detail.from) / HOUR);
  const looks = [
    ['excluded', detail.excluded, 'url(#day-dots)'],
    ['unmeasured-bar', detail.unmeasured, 'url(#day-hatch)'],
    ['down', detail.down, undefined],
    ['whole', detail.known < detail.to ? [{ from: detail.known, to: detail.to }] : [], undefined],
  ] as const;
  const rows = Array.from({ length: hours }, (_, index) => {
    const from = detail.from + index * HOUR;
    const to = Math.min(from + HOUR, detail.to);
    const y = 16 + index * 12;
    const x = (at: Instant): number => 40 + (356 * (at - from)) / HOUR;
    const parts = looks.flatMap(([name, intervals, fill]) =>
      intervals
        .filter((one) => one.from < to && one.to > from)
        .map((one) => {
          const [start, end] = [Math.max(one.from, from), Math.min(one.to, to)];
          return element('rect', {
            class: name,
            x: x(start),
            y: y + 1,
            width: Math.max(x(end) - x(start), 1),
            height: 10,
            ...(fill !== undefined && { fill }),
          });
        }),
    );
    return [
      label({ x: 34, y: y + 10, 'text-anchor': 'end' }, timeText(from, detail.timezone).slice(11, 16)),
      element('rect', { class: 'track', x: 40, y: y + 1, width: (356 * (to - from)) / HOUR, height: 10 }),
      ...parts,
    ].join('');
  });
  const ticks = [0, 15, 30, 45].map((minute) =>
    label({ x: 40 + (356 * minute) / 60, y: 11 }, `:${String(minute).padStart(2, '0')}`),
  );
  const desc = `${t(WORDS.day.fault)}: ${detail.down.length}, ${t(WORDS.state.unmeasured)}: ${detail.unmeasured.length}`;
  const dots = element(
    'defs',
    {},
    element(
      'pattern',
      { id: 'day-dots', width: 4, height: 4, patternUnits: 'userSpaceOnUse' },
      element('circle', { class: 'dot', cx: 2, cy: 2, r: 0.9 }),
    ),
  );
  return picture('day', { width: 400, height: 18 + hours * 12, title: t(WORDS.dayStrip), desc }, [
    hatch('day-hatch'),
    dots,
    ...ticks,
    ...rows,
  ]);
}
