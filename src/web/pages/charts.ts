import { DAY, HOUR, MINUTE, SECOND, type Instant, type Ms } from '../../lib/time.ts';
import { SPREAD_FROM_MS, SPREAD_STEPS, type DelaySeries } from '../../month/delay-series.ts';
import type { DayDetail } from '../../month/history.ts';
import type { MonthGlance } from '../../month/glance.ts';
import { element, label, picture } from '../../report/svg.ts';
import type { PhaseTime } from '../../probe/visit.ts';
import { inLanguage, length, timeText, type View } from './view.tsx';
import { WORDS } from './words.ts';

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

/** Down time of the month against what is allowed: solid, up to its most paler, then what was not measured, hatched. */
export function budgetBar(
  view: View,
  id: string,
  { down, budgetMs, unmeasuredMs }: MonthGlance,
  words: string,
): string {
  if (down === null) return '';
  const whole = Math.max(budgetMs ?? 0, down.mostMs + unmeasuredMs, 1) * 1.04;
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
    rect('unmeasured-bar', down.mostMs, down.mostMs + unmeasuredMs, `url(#${id}-hatch)`),
    budgetMs === null ? '' : element('line', { class: 'limit', x1: x(budgetMs), x2: x(budgetMs), y1: 0, y2: 20 }),
  ]);
}

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
    const y = index * 15;
    const words = `${t(WORDS.phase[phase])} ${length(view, ms)}`;
    const left = 130 + (266 * from) / whole;
    return [
      label({ x: 0, y: y + 11 }, words),
      element('rect', { class: 'whole', x: 130, y: y + 2, width: 266, height: 11 }),
      element('rect', {
        class: 'bar',
        x: left,
        y: y + 2,
        width: Math.max((266 * Math.max(0, ms)) / whole, 1),
        height: 11,
      }),
    ].join('');
  });
  const desc = phases.map(({ phase, ms }) => `${t(WORDS.phase[phase])} ${length(view, ms)}`).join(', ');
  return picture(id, { width: 400, height: Math.max(rows.length * 15, 1), title: t(WORDS.waterfall), desc }, rows);
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

// ---- images of their own: they have no sheet but the one inside -----------------------------------------------------

/** Looks of the charts that are images; its hash stands in their policy. */
export const CHART_STYLE = `text { font: 11px system-ui, sans-serif; fill: #1b2026; } .axis { stroke: #59636e; } .range { stroke: #2f6ea8; stroke-width: 2; opacity: .5; }
.bar { fill: #2f6ea8; } .mark { stroke: #c21f2e; stroke-dasharray: 4 3; } .lost { fill: #c21f2e; font-weight: 700; }
@media (prefers-color-scheme: dark) { text { fill: #e6eaef; } .axis { stroke: #9aa5b1; } .range { stroke: #79b0e8; } .bar { fill: #79b0e8; } .mark { stroke: #ff7b72; } .lost { fill: #ff7b72; } }`;

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [420, 240, 58, 14, 212];
const LOW: Ms = 10;
const HIGH: Ms = 2 * DAY;
const TICKS: readonly Ms[] = [100, SECOND, 10 * SECOND, 10 * MINUTE, DAY];
const MARKS: readonly Ms[] = [MINUTE, HOUR];

/** Delay over time on a logarithmic scale: from the least to the most of each part of the span, and its median. */
export function delayOverTime(view: View, series: DelaySeries): string {
  const { from, to, parts } = series;
  const x = (at: Instant): number => LEFT + ((WIDTH - LEFT - 8) * (at - from)) / (to - from);
  const y = (ms: Ms): number =>
    BOTTOM - ((BOTTOM - TOP) * Math.log(Math.min(Math.max(ms, LOW), HIGH) / LOW)) / Math.log(HIGH / LOW);
  const drawn = parts.flatMap(({ at, minMs, p50Ms, maxMs, missing }) => [
    ...(minMs === null || maxMs === null || p50Ms === null
      ? []
      : [
          element('line', { class: 'range', x1: x(at), x2: x(at), y1: y(minMs) + 1, y2: y(maxMs) - 1 }),
          element('circle', { class: 'bar', cx: x(at), cy: y(p50Ms), r: 1.8 }),
        ]),
    ...(missing > 0 ? [label({ class: 'lost', x: x(at), y: TOP + 4, 'text-anchor': 'middle' }, '×')] : []),
  ]);
  const scale = [
    ...TICKS.map((ms) => label({ x: LEFT - 6, y: y(ms) + 4, 'text-anchor': 'end' }, length(view, ms))),
    ...MARKS.flatMap((ms) => [
      element('line', { class: 'mark', x1: LEFT, x2: WIDTH - 8, y1: y(ms), y2: y(ms) }),
      label({ x: LEFT - 6, y: y(ms) + 4, 'text-anchor': 'end' }, markText(view, ms)),
    ]),
    element('line', { class: 'axis', x1: LEFT, x2: LEFT, y1: TOP, y2: BOTTOM }),
    element('line', { class: 'axis', x1: LEFT, x2: WIDTH - 8, y1: BOTTOM, y2: BOTTOM }),
    label({ x: LEFT, y: BOTTOM + 16 }, timeText(from, view.zone).slice(0, 16)),
    label({ x: WIDTH - 8, y: BOTTOM + 16, 'text-anchor': 'end' }, timeText(to, view.zone).slice(0, 16)),
  ];
  return image(inLanguage(view)(WORDS.overTime)(series.route), seriesWords(view, series), [...scale, ...drawn]);
}

/** How many took how long, both on logarithmic scales, so that two messages beside 40,000 are seen. */
export function delaySpread(view: View, series: DelaySeries): string {
  const most = Math.max(...series.spread, 1);
  const x = (ms: Ms): number => 10 + ((WIDTH - 20) * 4 * Math.log10(ms / SPREAD_FROM_MS)) / SPREAD_STEPS;
  const bars = series.spread.flatMap((n, step) => {
    if (n === 0) return [];
    const left = x(SPREAD_FROM_MS * 10 ** (step / 4));
    const high = ((BOTTOM - TOP - 30) * Math.log10(n + 1)) / Math.log10(most + 1);
    return [
      element('rect', {
        class: 'bar',
        x: left + 0.5,
        y: BOTTOM - high,
        width: (WIDTH - 20) / SPREAD_STEPS - 1,
        height: high,
      }),
      ...(n < 10 || n === most
        ? [label({ x: left + 7, y: BOTTOM - high - 3, 'text-anchor': 'middle' }, String(n))]
        : []),
    ];
  });
  const scale = [
    element('line', { class: 'axis', x1: 10, x2: WIDTH - 10, y1: BOTTOM, y2: BOTTOM }),
    ...[100, SECOND, 10 * SECOND, 10 * MINUTE, 10 * HOUR].map((ms) =>
      label({ x: x(ms), y: BOTTOM + 16, 'text-anchor': 'middle' }, length(view, ms)),
    ),
    ...MARKS.flatMap((ms) => [
      element('line', { class: 'mark', x1: x(ms), x2: x(ms), y1: TOP, y2: BOTTOM }),
      label({ x: x(ms), y: TOP - 2, 'text-anchor': 'middle' }, markText(view, ms)),
    ]),
  ];
  return image(inLanguage(view)(WORDS.spread)(series.route), seriesWords(view, series), [...scale, ...bars]);
}

/** The contract says 60 s, not one minute. */
function markText(view: View, ms: Ms): string {
  return ms === MINUTE ? (view.lang === 'zh' ? '60 秒' : '60 s') : length(view, ms);
}

/** What a chart shows, in words. */
export function seriesWords(view: View, { n, p50Ms, p95Ms, maxMs }: DelaySeries): string {
  const t = inLanguage(view);
  if (p50Ms === null || p95Ms === null || maxMs === null) return t(WORDS.noMail);
  return t(WORDS.chartWords)(n, length(view, p50Ms), length(view, p95Ms), length(view, maxMs));
}

function image(title: string, desc: string, children: readonly string[]): string {
  return picture('chart', { width: WIDTH, height: HEIGHT, title, desc }, [
    element('style', {}, CHART_STYLE),
    ...children,
  ]);
}
