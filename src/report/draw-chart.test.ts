import { describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../lib/time.ts';
import type { OverTime, Spread } from './chart.ts';
import { drawChart } from './draw-chart.ts';

const FROM = Date.parse('2026-10-20T00:00:00+02:00');
const frame = {
  id: 'chart',
  lang: 'en',
  width: 420,
  height: 240,
  title: `<b>"T"&`,
  desc: 'd',
  limitsMs: [MINUTE, HOUR],
} as const;

const TIME: OverTime = {
  kind: 'over time',
  ...frame,
  from: FROM,
  to: FROM + 7 * DAY,
  zone: 'Europe/Berlin',
  parts: [
    { at: FROM + HOUR, minMs: 1, p50Ms: 900, maxMs: 4 * DAY, missing: 0 },
    { at: FROM + DAY, minMs: null, p50Ms: null, maxMs: null, missing: 2 },
  ],
};
const SPREAD: Spread = {
  kind: 'spread',
  ...frame,
  fromMs: 10,
  toMs: 100_000_000,
  bars: [
    { fromMs: 0, toMs: 100, n: 40_000 },
    { fromMs: 100, toMs: 1_000, n: 0 },
    { fromMs: HOUR, toMs: 2 * HOUR, n: 2 },
  ],
};

describe.each([TIME, SPREAD])('a chart ($kind)', (chart) => {
  test('is the same each time, whatever was drawn before it', () => {
    const once = drawChart(chart);
    drawChart(TIME);
    expect(drawChart(structuredClone(chart))).toBe(once);
  });

  test('holds nothing that a strict policy forbids or that only a mouse needs', () => {
    expect(drawChart(chart)).not.toMatch(/\sstyle=|<style|class="zr|ecmeta|CDATA|pointer-events|href|NaN|undefined/);
  });

  test('is told to a screen reader, in escaped words', () => {
    const svg = drawChart(chart);
    expect(svg).toContain('role="img" aria-labelledby="chart-title chart-desc"');
    expect(svg).toContain('<title id="chart-title">&#60;b&#62;&#34;T&#34;&#38;</title>');
  });

  test('has a line and a name for each limit, in both languages', () => {
    expect(drawChart(chart).match(/stroke="var\(--mark\)" stroke-width="1.5"/g)).toHaveLength(2);
    expect(texts(drawChart(chart))).toEqual(expect.arrayContaining(['60 s', '1 h']));
    expect(texts(drawChart({ ...chart, lang: 'zh' }))).toEqual(expect.arrayContaining(['60 秒', '1 小时']));
    const others = texts(drawChart({ ...chart, limitsMs: [5 * MINUTE] }));
    expect(others).toContain('5 min');
    expect(others).not.toContain('60 s');
  });

  test('brings the sheet that it is given', () => {
    expect(drawChart({ ...chart, sheet: 'text { fill: red; }' })).toContain('<style>text { fill: red; }</style>');
  });
});

test('what was lost is a cross, and a part in which nothing came out has no range', () => {
  const svg = drawChart(TIME);
  expect(svg.match(/stroke="var\(--mark\)" stroke-width="1.8"/g)).toHaveLength(2);
  expect(svg.match(/stroke="var\(--bar\)"/g)).toHaveLength(1);
});

test('the days of a time axis are those of its zone, and of one day every sixth hour has its name', () => {
  expect(texts(drawChart(TIME))).toEqual(expect.arrayContaining(['10-21', '10-23', '10-25']));
  // The 25th has 25 hours: what lies six hours after its midnight is five o'clock.
  const day = { ...TIME, from: TIME.from + 5 * DAY - HOUR, to: TIME.from + 6 * DAY };
  expect(texts(drawChart(day))).toEqual(expect.arrayContaining(['05:00', '11:00', '17:00']));
});

test('bars have their count above them, and none where nothing was', () => {
  const svg = drawChart(SPREAD);
  expect(texts(svg)).toEqual(expect.arrayContaining(['40,000', '2']));
  expect(svg.match(/fill="var\(--bar\)"/g)).toHaveLength(2);
});

function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
}
