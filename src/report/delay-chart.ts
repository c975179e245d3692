import type { DelayClause } from '../sla/report.ts';
import type { Context } from './context.ts';
import { figure, limitText } from './figure-text.ts';
import { lengthText } from './instant-text.ts';
import { element, label, picture } from './svg.ts';

const WIDTH = 720;
const HEIGHT = 250;
const LEFT = 12;
const RIGHT = WIDTH - 12;
const TOP = 44;
const BOTTOM = HEIGHT - 30;

/** The axis runs from 0.1 s to 24 h; half a decade on either side holds what lies beyond. */
const FROM_S = 0.1;
const TO_S = 86_400;
const BEYOND = Math.sqrt(10);

const TICKS_S = [0.1, 1, 10, 600, 21_600, 86_400];
const MARKS_S = [60, 3_600];

/** Delays over a logarithmic axis, as bars of logarithmic height, so that two messages beside 44,000 can be seen. */
export function delayChart(
  { lang, quote }: Context,
  distribution: DelayClause['distribution'],
  title: string,
  desc: string,
): string {
  const most = Math.max(...distribution.map(({ n }) => n), 1);
  const bars = distribution.flatMap(({ up_to_s, n }, index) => {
    if (n === 0) return [];
    const left = x(distribution[index - 1]?.up_to_s ?? 0);
    const right = x(up_to_s ?? Infinity);
    const top = BOTTOM - (BOTTOM - TOP) * (Math.log10(n + 1) / Math.log10(most + 1));
    return [
      element('rect', {
        class: 'bar',
        x: left + 0.5,
        y: top,
        width: Math.max(right - left - 1, 1),
        height: BOTTOM - top,
      }),
      label({ class: 'small', x: (left + right) / 2, y: top - 4, 'text-anchor': 'middle' }, figure(n, 'count')),
    ];
  });
  const ticks = TICKS_S.flatMap((seconds) => [
    element('line', { class: 'axis', x1: x(seconds), x2: x(seconds), y1: BOTTOM, y2: BOTTOM + 4 }),
    label(
      { class: 'small', x: x(seconds), y: BOTTOM + 18, 'text-anchor': 'middle' },
      lengthText(lang, seconds * 1_000),
    ),
  ]);
  const marks = MARKS_S.flatMap((seconds) => [
    element('line', { class: 'mark', x1: x(seconds), x2: x(seconds), y1: TOP - 20, y2: BOTTOM + 4 }),
    label(
      { class: 'strong', x: x(seconds), y: TOP - 26, 'text-anchor': 'middle' },
      // The contract says 60 s, not one minute.
      seconds === 60 ? limitText(lang, seconds, 's') : lengthText(lang, seconds * 1_000),
    ),
  ]);
  const axis = element('line', { class: 'axis', x1: LEFT, x2: RIGHT, y1: BOTTOM, y2: BOTTOM });
  const id = `delays-${quote(title).replace(/[^\p{L}\p{N}]+/gu, '-')}`;
  return picture(id, { width: WIDTH, height: HEIGHT, title, desc }, [...bars, axis, ...ticks, ...marks]);
}

function x(seconds: number): number {
  const [low, high] = [FROM_S / BEYOND, TO_S * BEYOND];
  const within = Math.min(Math.max(seconds, low), high);
  return LEFT + ((RIGHT - LEFT) * Math.log(within / low)) / Math.log(high / low);
}
