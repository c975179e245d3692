import type { Contract } from '../config/contract.ts';
import type { Fact, Millis } from '../facts/facts.ts';
import { DAY, HOUR } from '../lib/time.ts';
import type { Interval } from '../sla/interval.ts';
import { monthSpan, nextMonth, previousMonth } from '../sla/month.ts';
import { purgesOf } from '../store/purges.ts';
import { samplesAfter, samplesBefore } from './beyond-edge.ts';
import { linesOf, messageByMessage, type Line, type Reader } from './reader.ts';

export interface SpanAsked {
  readonly system: string;
  readonly month: string;
  readonly contract: Contract;
  readonly known: Millis;
}

/**
 * Which messages of a month may go, by their acceptance: all but those at its edges with which the figures of a neighbour
 * begin or end that was not purged; and with them those that stayed for this month's sake when a neighbour was purged.
 */
export function purgeSpan(reader: Reader, asked: SpanAsked): Interval {
  const { system, month, contract, known } = asked;
  const span = monthSpan(month, contract.timezone);
  const routes = linesOf(reader, system).filter(({ route }) => route !== null);
  const purges = purgesOf(reader.db, system);
  const purged = (name: string) => purges.find((one) => one.month === name);
  const [before, after] = [purged(previousMonth(month)), purged(nextMonth(month))];
  const terms = { contract, known };
  // As far as an export of the neighbour reaches for its messages.
  const margin = contract.min_outage > 0 ? contract.min_outage + DAY : 0;
  const samples = (line: Line) => messageByMessage(reader, line);
  const inNeighbour = (name: string): boolean => {
    const { from, to } = monthSpan(name, contract.timezone);
    return routes.some((line) => samples(line).any(from, to));
  };
  let { from, to } = span;
  if (before !== undefined) from = before.to;
  else if (inNeighbour(previousMonth(month))) {
    const beyond = routes.flatMap((line) => samplesAfter(reader, line, samples(line), span.from, terms));
    from = Math.max(from + margin, ...beyond.filter(isMessageIn(span)).map((sample) => sample.to + 1));
  }
  if (after !== undefined) to = after.from;
  else {
    const beyond = routes.flatMap((line) => samplesBefore(reader, line, samples(line), span.to, terms));
    to = Math.min(to - Math.max(HOUR, margin), ...beyond.filter(isMessageIn(span)).map((sample) => sample.from));
  }
  return { from, to: Math.max(from + 1, to) };
}

/** Of a route that was added after the month, or taken out before it, nothing lies in it that would have to stay. */
function isMessageIn(span: Interval) {
  return ({ fact, from, to }: { readonly fact: Fact } & Interval): boolean =>
    fact.type === 'message' && from < span.to && to >= span.from;
}
