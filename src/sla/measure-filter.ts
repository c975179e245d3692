import type { MeasuredClause } from '../config/contract.ts';
import type { MonthMessages } from './delays.ts';
import { headOf } from './measure-time.ts';
import { judge, NO_METRIC, range, together, type Metric } from './metric.ts';
import type { MonthTerms } from './month-terms.ts';
import { rational } from './rational.ts';
import type { CountClause } from './report.ts';

/**
 * `spam_caught`, `virus_caught`: test messages that a filter should have stopped. Spam is caught unless it was delivered
 * to the inbox, a virus unless it was delivered anywhere with its attachment.
 */
export function filterClause(
  clause: MeasuredClause,
  { tried }: Pick<MonthMessages, 'tried'>,
  { running, partial }: MonthTerms,
): CountClause {
  const { n, missed, open } = tried(clause.measure === 'spam_caught' ? 'spam' : 'virus');
  const judged = clause.objectives.map((objective) => {
    if (n === 0) return judge(objective, NO_METRIC);
    const value = rational(objective.metric === 'tried' ? n : missed);
    const high = objective.metric === 'tried' ? value : rational(missed + open);
    const metric: Metric = {
      data: true,
      value,
      onMeasured: value,
      sampled: range(value),
      pending: range(value, high),
      possible: range(value, running || partial ? null : high),
      running,
      calendarUnknown: false,
      print: 'minutes',
    };
    return judge(objective, metric);
  });
  return {
    kind: 'count',
    ...headOf(clause),
    ...together(judged),
    unit: 'messages',
    value: n === 0 ? null : missed,
    n,
  };
}
