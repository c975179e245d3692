import type { Within } from '../config/contract.ts';
import type { Millis } from '../facts/facts.ts';
import { certain, range, type Metric } from './metric.ts';
import type { MonthTerms } from './month-terms.ts';
import { rational } from './rational.ts';
import { mayGrow, NOTHING, type Measured } from './record-figures.ts';
import { workingDayDeadline } from './working-days.ts';

/** Something that had to be done within a time. */
export interface Case {
  readonly startedAt: Millis;
  readonly doneAt: Millis | undefined;
}

/** Due at its deadline, inclusive. One that is still open and not past its due is late only in the worst case. */
export function late(all: readonly Case[], within: Within | undefined, terms: MonthTerms): Measured {
  if (all.length === 0 || within === undefined) return NOTHING;
  let sure = 0;
  let open = 0;
  let unknown = 0;
  for (const { startedAt, doneAt } of all) {
    const due = dueOf(startedAt, within, terms.timezone);
    if (due === 'calendar unknown') unknown++;
    else if (doneAt !== undefined) sure += doneAt > due ? 1 : 0;
    else if (terms.known > due) sure++;
    else open++;
  }
  const value = rational(sure);
  const metric: Metric = {
    ...certain(value),
    pending: range(value, rational(sure + open)),
    possible: range(value, rational(sure + open + unknown)),
    calendarUnknown: unknown > 0,
  };
  return { n: all.length, metrics: { late: mayGrow(metric, terms) } };
}

function dueOf(startedAt: Millis, within: Within, timezone: string): Millis | 'calendar unknown' {
  return within.kind === 'elapsed' ? startedAt + within.ms : workingDayDeadline(startedAt, within.days, timezone);
}
