import type { MeasuredClause } from '../config/contract.ts';
import { figuresOf, outside } from './delays.ts';
import type { DelayFacts } from './measure-delay.ts';
import { headOf } from './measure-time.ts';
import { judge, NO_METRIC, range, together, type Metric, type Range } from './metric.ts';
import { minus, rounded } from './rational.ts';
import type { CountClause } from './report.ts';

/** `attachment_delay`: how much longer mail with an attachment takes, in the mean of what arrives. */
export function attachmentClause(clause: MeasuredClause, { terms, messages, windows }: DelayFacts): CountClause {
  const taken = windows.taken(clause.exclude);
  const figures = (kind: 'attachment' | 'plain'): ReturnType<typeof figuresOf> =>
    figuresOf(outside(messages.of('inbound', kind), taken, terms), terms.lost_after);
  const scanned = figures('attachment');
  const plain = figures('plain');
  const { running, partial } = terms.month;
  let metric: Metric = NO_METRIC;
  if (scanned.mean !== null && plain.mean !== null) {
    const value = minus(scanned.mean.value, plain.mean.value);
    const pending = difference(scanned.mean.pending, plain.mean.pending);
    metric = {
      data: true,
      value,
      onMeasured: value,
      sampled: difference(scanned.mean.sampled, plain.mean.sampled),
      pending,
      possible: running || partial ? range(null) : pending,
      running,
      calendarUnknown: false,
      print: 'minutes',
    };
  } else if (scanned.pending.length > 0 || plain.pending.length > 0) {
    const bothKinds = scanned.n + scanned.pending.length > 0 && plain.n + plain.pending.length > 0;
    if (bothKinds) metric = { ...NO_METRIC, data: true, running };
  }
  return {
    kind: 'count',
    ...headOf(clause),
    ...together(clause.objectives.map((objective) => judge(objective, metric))),
    unit: 's',
    value: metric.value === null ? null : rounded(metric.value),
    n: scanned.n,
  };
}

/** Least: the one's least with the other's most. */
function difference(a: Range, b: Range): Range {
  return {
    low: a.low === null || b.high === null ? null : minus(a.low, b.high),
    high: a.high === null || b.low === null ? null : minus(a.high, b.low),
  };
}
