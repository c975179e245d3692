export interface Target {
  readonly p50?: number;
  readonly p99?: number;
}

/** One row of a table: what was measured, in which unit, its values, and what they must not exceed. */
export interface Row {
  readonly figure: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly target?: Target;
}

/** Prints a Markdown table of the rows; whether all targets are met. A row without values misses its target. */
export function printTable(rows: readonly Row[]): boolean {
  console.log('| figure | unit | n | p50 | p99 | target | met |\n| --- | --- | --: | --: | --: | --- | --- |');
  let all = true;
  for (const row of rows) {
    const met = isMet(row);
    if (met === false) all = false;
    const { figure, unit, values, target } = row;
    const cells = [figure, unit, `${values.length}`, print(quantile(values, 0.5)), print(quantile(values, 0.99))];
    console.log(`| ${[...cells, printTarget(target), met === null ? '' : met ? 'yes' : '**no**'].join(' | ')} |`);
  }
  return all;
}

/** The smallest value that at least this share of the values does not exceed; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export function print(value: number): string {
  return Number.isNaN(value) ? 'none' : value.toFixed(Math.abs(value) < 100 ? 2 : 0);
}

function isMet({ values, target }: Row): boolean | null {
  if (target === undefined) return null;
  const { p50 = Infinity, p99 = Infinity } = target;
  return quantile(values, 0.5) <= p50 && quantile(values, 0.99) <= p99;
}

function printTarget({ p50, p99 }: Target = {}): string {
  return [p50 === undefined ? '' : `p50 <= ${p50}`, p99 === undefined ? '' : `p99 <= ${p99}`]
    .filter(Boolean)
    .join(', ');
}
