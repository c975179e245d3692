import { init, use, type EChartsCoreOption } from 'echarts/core';
import { install as customChart } from 'echarts/lib/chart/custom/install.js';
import { install as grid } from 'echarts/lib/component/grid/installSimple.js';
import { install as markLine } from 'echarts/lib/component/marker/installMarkLine.js';
import { install as svgRenderer } from 'echarts/lib/renderer/installSVGRenderer.js';

use([customChart, grid, markLine, svgRenderer]);

/**
 * What echarts draws of an option, as SVG elements without the `svg` around them. The same option gives the same bytes, and
 * nothing in them is forbidden by a strict Content-Security-Policy.
 */
export function drawOption(
  option: EChartsCoreOption,
  size: { readonly width: number; readonly height: number },
): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption({ animation: false, ...option });
    return plain(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/**
 * Without what serves a mouse, and with attributes instead of inline styles. Its classes carry the number of the chart in
 * this process; no attribute of ours looks like those, since texts and values come escaped.
 */
function plain(svg: string): string {
  return svg
    .replace(/^<svg[^>]*>|<\/svg>$|<style[^>]*>.*?<\/style>/gs, '')
    .replace(/ (?:class|pointer-events|xml:space|ecmeta_\w+)="[^"]*"/g, '')
    .replace(/ style="([^"]*)"/g, (_, style: string) => attributesOf(style))
    .replace(/<rect width="[^"]*" height="[^"]*" x="0" y="0" fill="none"><\/rect>/, '')
    .trim();
}

/** The font is the page's. */
function attributesOf(style: string): string {
  return style
    .split(';')
    .map((rule) => rule.split(':'))
    .filter((rule): rule is [string, string] => rule.length === 2 && rule[0] !== 'font-family')
    .map(([name, value]) => ` ${name.trim()}="${value.trim()}"`)
    .join('');
}
