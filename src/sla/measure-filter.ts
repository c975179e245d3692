import type { MeasuredClause } from '../config/contract.ts';
import type { MessageFact } from '../facts/facts.ts';
import { fateOf } from './fate.ts';
import type { DelayTerms, MonthMessages } from './delays.ts';
import { headOf } from './measure-time.ts';
import { judge, NO_METRIC, range, together, type Metric } from './metric.ts';
import { rational } from './rational.ts';
import type { CountClause } from './report.ts';

/**
 * `spam_caught`, `virus_caught`: test messages that a filter should have stopped. Spam is caught unless it was delivered
 * to the inbox, a virus unless it was delivered anywhere with its attachment.
 */
export function filterClause(
  clause: MeasuredClause,
  { tried: all }: Pick<MonthMessages, 'tried'>,
  terms: DelayTerms,
): CountClause {
  const kind = clause.measure === 'spam_caught' ? 'spam' : 'virus';
  const { running, partial } = terms.month;
  const tried = all.filter((message) => message.kind === kind);
  const missed = tried.filter(kind === 'spam' ? cameToInbox : cameWhole).length;
  const open = tried.filter((message) => waits(message, terms)).length;
  const judged = clause.objectives.map((objective) => {
    if (tried.length === 0) return judge(objective, NO_METRIC);
    const value = rational(objective.metric === 'tried' ? tried.length : missed);
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
    value: tried.length === 0 ? null : missed,
    n: tried.length,
  };
}

function cameToInbox({ outcome, visible_at, folder = 'INBOX' }: MessageFact): boolean {
  return (outcome === 'delivered' || visible_at !== undefined) && folder.toUpperCase() === 'INBOX';
}

function cameWhole({ outcome, visible_at, attachment }: MessageFact): boolean {
  return (outcome === 'delivered' || visible_at !== undefined) && attachment === true;
}

function waits(message: MessageFact, { month, lost_after }: DelayTerms): boolean {
  if (message.outcome !== 'pending' || message.accepted_at === undefined) return false;
  return fateOf({ message, acceptedAt: message.accepted_at }, { lost_after, known: month.known }).kind === 'pending';
}
