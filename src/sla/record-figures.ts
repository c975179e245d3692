import { certain, range, type Metric } from './metric.ts';
import type { MonthTerms } from './month-terms.ts';
import { rational, smaller, type Rational } from './rational.ts';

/** The figures of some records, by the contract's word for each, and how many records there were. */
export interface Measured {
  readonly n: number;
  readonly metrics: Readonly<Record<string, Metric>>;
}

export const NOTHING: Measured = { n: 0, metrics: {} };

type Known = Pick<MonthTerms, 'running' | 'partial'>;

/** A share or a mean: what is still to come, or is not in the facts, may better or worsen it. */
export function mayGoEitherWay(metric: Metric, { running, partial }: Known): Metric {
  return running || partial ? { ...metric, possible: range(null), running } : metric;
}

/** What can only become more while the month runs, or by what is not in the facts. */
export function mayGrow(metric: Metric, { running, partial }: Known): Metric {
  return running || partial ? { ...metric, possible: range(metric.possible.low, null), running } : metric;
}

export function counted(name: string, n: number, count: number, terms: MonthTerms): Measured {
  return n === 0 ? NOTHING : { n, metrics: { [name]: mayGrow(certain(rational(count)), terms) } };
}

/** The least of some lengths; while the month runs a shorter one may come, and one may be missing from the facts. */
export function shortest(name: string, values: readonly Rational[], { running, partial }: Known): Measured {
  const [first, ...others] = values;
  if (first === undefined) return NOTHING;
  const least = others.reduce(smaller, first);
  const metric = certain(least);
  return {
    n: values.length,
    metrics: { [name]: running || partial ? { ...metric, possible: range(null, least), running } : metric },
  };
}
