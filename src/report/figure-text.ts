import type { ObjectiveReport } from '../sla/report.ts';
import { CATALOGUE } from './catalogue.ts';
import { type Language, grouped } from './language.ts';

/** `ratio` is printed as per cent, `points` is the difference of two; `count` has no unit. */
export type Unit = 'min' | 's' | 'h' | 'days' | 'ratio' | 'points' | 'count';

/** What stands where there is no figure: never 0, never 100 %. */
export const NONE = '—';

const METRIC_UNITS: Readonly<Record<string, Unit>> = {
  down_minutes: 'min',
  minutes: 'min',
  availability: 'ratio',
  coverage: 'ratio',
  error_rate: 'ratio',
  mean_s: 's',
  max_s: 's',
  added_mean_s: 's',
  fault_free_days: 'days',
  max_gap_days: 'days',
  max_full_gap_days: 'days',
  min_kept_days: 'days',
  max_gap_hours: 'h',
};

/** The unit of a metric; one that is not known is a number without. */
export function unitOf(metric: string): Unit {
  return METRIC_UNITS[metric] ?? 'count';
}

/** Decimals that a figure shows at least. Shares come floored to six, which are four of a per cent. */
const DIGITS: Readonly<Record<Unit, number>> = { min: 2, s: 2, h: 2, days: 2, ratio: 4, points: 4, count: 2 };

/**
 * A figure without its unit, with as many decimals as it takes to stand on the same side of every guard as the true
 * value: 99.98996 % is not printed as 99.99 % where that is the limit. Nothing but 0 prints as 0.
 */
export function figure(value: number, unit: Unit, guards: readonly number[] = []): string {
  const scale = unit === 'ratio' || unit === 'points' ? 100 : 1;
  const scaled = value * scale;
  if (scaled === 0 || (unit === 'ratio' && value === 1)) return String(scaled);
  // Counts and whole days have no decimals to show.
  if ((unit === 'count' || unit === 'days') && Number.isInteger(scaled)) return signed(scaled.toFixed(0));
  const kept = [...guards, 0, ...(unit === 'ratio' ? [1] : [])].map((guard) => ({ at: guard * scale, raw: guard }));
  for (let digits = DIGITS[unit]; digits <= 12; digits += 1) {
    const text = scaled.toFixed(digits);
    if (kept.every(({ at, raw }) => Math.sign(Number(text) - Number(at.toFixed(12))) === Math.sign(value - raw)))
      return signed(text);
  }
  return signed(exact(scaled));
}

/** With its unit. */
export function withUnit(lang: Language, value: number, unit: Unit, guards: readonly number[] = []): string {
  return unitText(lang, figure(value, unit, guards), unit);
}

/** From one to the other, the unit said once. */
export function rangeText(
  lang: Language,
  low: number,
  high: number,
  unit: Unit,
  guards: readonly number[] = [],
): string {
  const [from, to] = [figure(low, unit, guards), figure(high, unit, guards)];
  return unitText(lang, from === to ? to : `${from} – ${to}`, unit);
}

/** A number as the contract wrote it, with its unit: `44 min`, `99.9 %`. */
export function limitText(lang: Language, value: number, unit: Unit): string {
  return unitText(lang, signed(exact(unit === 'ratio' ? value * 100 : value)), unit);
}

const SIGNS: Readonly<Record<ObjectiveReport['op'], string>> = { '<': '<', '<=': '≤', '>': '>', '>=': '≥' };

export function boundText(lang: Language, { op, limit, metric }: ObjectiveReport): string {
  return `${SIGNS[op]} ${limitText(lang, limit, unitOf(metric))}`;
}

const GROWING: ReadonlySet<string> = new Set(['fault_free_days', 'coverage']);

/**
 * What is left up to the limit, in the metric's own unit; below zero: by how much it was missed. Null: no value. What
 * grows up to its limit while time runs is measured by the most that it can still become.
 */
export function marginOf({ metric, op, limit, value, best, reason }: ObjectiveReport): number | null {
  if (value === null) return null;
  const lessIsBetter = op === '<' || op === '<=';
  const reached = GROWING.has(metric) && reason === 'running' ? (best ?? value) : value;
  const room = lessIsBetter ? limit - value : reached - limit;
  // Both have few decimals; the rest is noise of the subtraction.
  return Number(room.toFixed(9));
}

/** The margin that a reader finds who takes the value as it is printed from the limit, so that what stands in a row adds up. */
export function marginText(lang: Language, objective: ObjectiveReport): string {
  const margin = marginOf(objective);
  if (margin === null) return NONE;
  const { metric, op, limit } = objective;
  const unit = unitOf(metric);
  const marginUnit = unit === 'ratio' ? 'points' : unit;
  const scale = unit === 'ratio' ? 100 : 1;
  const isUpward = op === '>' || op === '>=';
  const shownLimit = exact(limit * scale);
  const reached = isUpward ? limit + margin : limit - margin;
  const shown = plain(figure(reached, unit, [limit]));
  const room = (isUpward ? 1 : -1) * (Number(shown) - Number(shownLimit));
  const least = Number.isInteger(margin) && (unit === 'count' || unit === 'days') ? 0 : DIGITS[unit];
  const text = margin === 0 ? '0' : room.toFixed(Math.max(least, decimals(shown), decimals(shownLimit)));
  return unitText(lang, signed(text), marginUnit);
}

/** Without what `signed` adds. */
function plain(text: string): string {
  return text.replace('−', '-').replace(/[^\d.-]/g, '');
}

function decimals(text: string): number {
  return text.split('.')[1]?.length ?? 0;
}

function unitText(lang: Language, text: string, unit: Unit): string {
  return unit === 'count' ? text : CATALOGUE.units[unit][lang](text);
}

function exact(value: number): string {
  return value.toFixed(10).replace(/\.?0+$/, '');
}

/** Thousands set apart and a true minus sign, which lines up with the digits. */
function signed(text: string): string {
  return grouped(text).replace('-', '−');
}
