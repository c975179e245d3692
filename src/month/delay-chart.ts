import type { Ms } from '../lib/time.ts';
import { CATALOGUE } from '../report/catalogue.ts';
import { CHART_STYLE } from '../report/chart-style.ts';
import type { Chart } from '../report/chart.ts';
import { shortLength } from '../report/instant-text.ts';
import type { Language } from '../report/language.ts';
import { SPREAD_FROM_MS, SPREAD_STEPS, type DelaySeries } from './delay-series.ts';

export const CHART_KINDS = ['time', 'spread'] as const;
export type ChartKind = (typeof CHART_KINDS)[number];

interface Asked {
  readonly chart: ChartKind;
  readonly lang: Language;
  /** IANA zone of its time axis. */
  readonly zone: string;
}

/** How long mail took on a route, as an image of its own. What draws is loaded with the first one. */
export async function delayChart(series: DelaySeries, asked: Asked): Promise<string> {
  const { drawChart } = await import('../report/draw-chart.ts');
  return drawChart(chartOf(series, asked));
}

function chartOf(series: DelaySeries, { chart, lang, zone }: Asked): Chart {
  const { route, from, to, parts, spread, limits } = series;
  const frame = {
    id: 'chart',
    lang,
    width: 420,
    height: 240,
    desc: seriesWords(lang, series),
    limitsMs: limits.map(({ limitMs }) => limitMs),
    sheet: CHART_STYLE,
  };
  if (chart === 'time')
    return { kind: 'over time', ...frame, title: CATALOGUE.chart.overTime[lang](route), from, to, zone, parts };
  return {
    kind: 'spread',
    ...frame,
    title: CATALOGUE.chart.spread[lang](route),
    fromMs: stepMs(0),
    toMs: stepMs(SPREAD_STEPS),
    bars: spread.map((n, step) => ({ fromMs: stepMs(step), toMs: stepMs(step + 1), n })),
  };
}

function stepMs(step: number): Ms {
  return SPREAD_FROM_MS * 10 ** (step / 4);
}

/** What a chart shows, in words. */
export function seriesWords(lang: Language, { n, p50Ms, p95Ms, maxMs }: DelaySeries): string {
  const { words, noMail } = CATALOGUE.chart;
  if (p50Ms === null || p95Ms === null || maxMs === null) return noMail[lang];
  return words[lang](n, shortLength(lang, p50Ms), shortLength(lang, p95Ms), shortLength(lang, maxMs));
}
