import type { CustomSeriesOption, EChartsOption, MarkLineComponentOption } from 'echarts';
import { DAY, HOUR, MINUTE, SECOND, type Instant, type Ms } from '../lib/time.ts';
import { dayStart, daysOf } from '../sla/days.ts';
import { formatInZone } from '../sla/zoned-text.ts';
import type { Chart, OverTime, Spread } from './chart.ts';
import { drawOption } from './draw-option.ts';
import { figure } from './figure-text.ts';
import { lengthText, limitWords } from './instant-text.ts';
import type { Language } from './language.ts';
import { element, picture } from './svg.ts';

type RenderItem = NonNullable<CustomSeriesOption['renderItem']>;

// Colours are variables of the sheet around the picture, or inside it: light, dark and printed.
const [INK, DIM, BAR, MARK] = ['var(--ink)', 'var(--dim)', 'var(--bar)', 'var(--mark)'];
const FONT = { fontSize: 11, color: INK };
const AXIS = { axisLine: { show: true, lineStyle: { color: DIM } }, splitLine: { show: false } };

/** The whole picture. Loads echarts, and takes its time: not for the thread that measures. */
export function drawChart(chart: Chart): string {
  const { id, width, height, title, desc, sheet } = chart;
  const option = chart.kind === 'over time' ? overTime(chart) : spread(chart);
  const drawn = drawOption(option, { width, height });
  return picture(id, { width, height, title, desc, name: 'chart' }, [
    ...(sheet === undefined ? [] : [element('style', {}, sheet)]),
    drawn,
  ]);
}

const [LOW, HIGH]: readonly [Ms, Ms] = [10, 2 * DAY];

function overTime({ lang, from, to, zone, parts, limitsMs }: OverTime): EChartsOption {
  const inside = (ms: Ms): Ms => Math.min(Math.max(ms, LOW), HIGH);
  const days = stepsOf(from, to, zone);
  const renderItem: RenderItem = ({ dataIndex, coordSys }, api) => {
    const { at = from, minMs = null, p50Ms = null, maxMs = null, missing = 0 } = parts[dataIndex] ?? {};
    const place = (ms: Ms): readonly [number, number] => api.coord([at, inside(ms)]) as [number, number];
    const top = (coordSys as unknown as { readonly y: number }).y;
    const [x] = place(LOW);
    const range = minMs === null || maxMs === null ? [] : [place(minMs)[1] + 1, place(maxMs)[1] - 1];
    return {
      type: 'group',
      children: [
        ...(range.length === 0
          ? []
          : [
              line({ x1: x, y1: range[0] ?? 0, x2: x, y2: range[1] ?? 0 }, { stroke: BAR, lineWidth: 2, opacity: 0.5 }),
            ]),
        ...(p50Ms === null
          ? []
          : [{ type: 'circle', shape: { cx: x, cy: place(p50Ms)[1], r: 1.8 }, style: { fill: BAR } } as const]),
        ...(missing > 0 ? cross(x, top + 4) : []),
      ],
    };
  };
  return {
    grid: { left: 64, right: 12, top: 10, bottom: 26, outerBoundsMode: 'none' },
    xAxis: {
      ...AXIS,
      type: 'value',
      min: from,
      max: to,
      axisTick: { customValues: days.map(({ at }) => at), lineStyle: { color: DIM } },
      axisLabel: {
        ...FONT,
        customValues: days.filter(({ named }) => named).map(({ at }) => at),
        formatter: (at: Instant) => dayOrTime(at, zone),
      },
    },
    yAxis: lengthAxis(lang, { min: LOW, max: HIGH, apart: 5, limitsMs, apartFromLimits: 5 }),
    series: [
      {
        type: 'custom',
        silent: true,
        data: parts.map(({ at, p50Ms }) => [at, inside(p50Ms ?? LOW)]),
        renderItem,
        markLine: limitLines(
          lang,
          limitsMs.filter((ms) => ms > LOW && ms < HIGH),
          'yAxis',
        ),
      },
    ],
  };
}

function spread({ lang, width, fromMs, toMs, bars, limitsMs }: Spread): EChartsOption {
  const most = Math.max(...bars.map(({ n }) => n), 1);
  const filled = bars.filter(({ n }) => n > 0);
  const inside = (ms: Ms): Ms => Math.min(Math.max(ms, fromMs), toMs);
  const renderItem: RenderItem = ({ dataIndex }, api) => {
    const { fromMs: low = fromMs, toMs: high = fromMs, n = 0 } = filled[dataIndex] ?? {};
    // Two messages beside 40,000 are to be seen: the height is the logarithm.
    const [left = 0, top = 0] = api.coord([inside(low), Math.log10(n + 1)]);
    const [right = 0, bottom = 0] = api.coord([inside(high), 0]);
    const count = figure(n, 'count');
    const words = {
      text: count,
      x: rounded((left + right) / 2),
      y: rounded(top - 3),
      fill: INK,
      fontSize: 10,
    } as const;
    return {
      type: 'group',
      children: [
        {
          type: 'rect',
          shape: { x: left + 0.5, y: top, width: Math.max(right - left - 1, 1), height: bottom - top },
          style: { fill: BAR },
        },
        // Where it fits; the greatest in any case.
        ...(n === most || count.length * 6 <= right - left
          ? [{ type: 'text', style: { ...words, align: 'center', verticalAlign: 'bottom' } } as const]
          : []),
      ],
    };
  };
  return {
    grid: { left: 16, right: 26, top: 22, bottom: 26, outerBoundsMode: 'none' },
    xAxis: lengthAxis(lang, { min: fromMs, max: toMs, apart: width < 500 ? 7 : 3, limitsMs, apartFromLimits: 1.5 }),
    yAxis: { type: 'value', show: false, min: 0, max: Math.log10(most + 1) * 1.12 },
    series: [
      {
        type: 'custom',
        silent: true,
        data: filled.map(({ fromMs: low, n }) => [inside(low), n]),
        renderItem,
        markLine: limitLines(
          lang,
          limitsMs.filter((ms) => ms > fromMs && ms < toMs),
          'xAxis',
        ),
      },
    ],
  };
}

const TICKS: readonly Ms[] = [100, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY];

/** A logarithmic axis of lengths of time. No label of it lies as near to the one before, or to a limit's, as so many times. */
function lengthAxis(
  lang: Language,
  {
    min,
    max,
    apart,
    limitsMs,
    apartFromLimits,
  }: {
    readonly min: Ms;
    readonly max: Ms;
    readonly apart: number;
    readonly limitsMs: readonly Ms[];
    readonly apartFromLimits: number;
  },
) {
  const shown: Ms[] = [];
  for (const tick of TICKS) {
    const near =
      tick / (shown.at(-1) ?? 0) < apart || limitsMs.some((ms) => Math.max(tick / ms, ms / tick) < apartFromLimits);
    if (!near && tick >= min && tick <= max) shown.push(tick);
  }
  return {
    ...AXIS,
    type: 'log',
    min,
    max,
    minorTick: { show: false },
    axisTick: { customValues: shown, lineStyle: { color: DIM } },
    axisLabel: { ...FONT, customValues: shown, formatter: (ms: Ms) => lengthText(lang, ms) },
  } as const;
}

/** A line across at each limit, with its name where the labels of the axis stand, or over it. */
function limitLines(lang: Language, limitsMs: readonly Ms[], axis: 'xAxis' | 'yAxis'): MarkLineComponentOption {
  return {
    silent: true,
    symbol: 'none',
    animation: false,
    lineStyle: { color: MARK, type: [4, 3], width: 1.5 },
    label: { ...FONT, color: MARK, fontWeight: 'bold', position: axis === 'xAxis' ? 'end' : 'start' },
    data: limitsMs.map((ms) => ({ [axis]: ms, label: { formatter: limitWords(lang, ms) } })),
  };
}

/** A hundredth is finer than any screen. */
function rounded(place: number): number {
  return Math.round(place * 100) / 100;
}

function line(
  shape: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number },
  style: { readonly stroke: string; readonly lineWidth: number; readonly opacity?: number },
) {
  return { type: 'line', shape, style: { fill: 'none', ...style } } as const;
}

/** Something was lost then. */
function cross(x: number, y: number) {
  const style = { stroke: MARK, lineWidth: 1.8 };
  return [
    line({ x1: x - 3, y1: y - 3, x2: x + 3, y2: y + 3 }, style),
    line({ x1: x - 3, y1: y + 3, x2: x + 3, y2: y - 3 }, style),
  ];
}

interface Step {
  readonly at: Instant;
  readonly named: boolean;
}

/** The days of a span, and of a short one every sixth hour; some six of them have room for their name. */
function stepsOf(from: Instant, to: Instant, zone: string): readonly Step[] {
  const hours = to - from <= 2 * DAY ? [0, 6, 12, 18] : [0];
  const steps = daysOf(from, to, zone)
    .flatMap(({ date }) => hours.map((hour) => dayStart(date, zone) + hour * HOUR))
    .filter((at) => at > from && at < to);
  const every = Math.ceil(steps.length / 6);
  // Near an edge a name would reach over it.
  const edge = (to - from) / 25;
  return steps.map((at, index) => ({ at, named: index % every === 0 && at - from > edge && to - at > edge }));
}

/** `11-25` at a midnight, else `18:00`. */
function dayOrTime(at: Instant, zone: string): string {
  const text = formatInZone(at, zone);
  return text.slice(11, 16) === '00:00' ? text.slice(5, 10) : text.slice(11, 16);
}
