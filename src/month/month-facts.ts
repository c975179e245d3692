import type { Contract } from '../config/contract.ts';
import type { ExclusionFact, Fact, Facts, GapFact, HeaderFact, MessageFact, Millis } from '../facts/facts.ts';
import type { RecordFact, RunFact } from '../facts/facts.ts';
import type { Interval } from '../sla/interval.ts';
import { monthSpan } from '../sla/month.ts';
import { allExclusions, exclusionsOf, recordsBetween, underGrounds } from '../store/entry-rows.ts';
import { firstData } from '../store/first-data.ts';
import { purgesOf } from '../store/purges.ts';
import { linesOf, messageByMessage, type Reader } from './reader.ts';
import { spanFacts } from './span-facts.ts';
import { yearToDate } from './year-to-date.ts';

/** A month of a system under a contract. */
export interface MonthAsked {
  readonly system: string;
  /** `2026-10`. */
  readonly month: string;
  readonly contract: Contract;
  /** Until when the store was told what happened; whole ms. */
  readonly known: Millis;
  /** Name and version of this program, for the header. */
  readonly product: string;
}

/** The facts of a month; the messages, which are many, are read from the store whenever they are gone through. */
export interface MonthParts {
  readonly header: HeaderFact;
  readonly runs: readonly RunFact[];
  readonly gaps: readonly GapFact[];
  readonly exclusions: readonly ExclusionFact[];
  readonly records: readonly RecordFact[];
  messages(): Iterable<MessageFact>;
}

/**
 * What an export of a month holds: the month, and beyond its edges what its figures depend on, so that the report computed
 * from it anywhere is the one computed here. To be called, and its messages read, inside one transaction.
 */
export function monthParts(reader: Reader, asked: MonthAsked): MonthParts {
  const { system, month, contract, known, product } = asked;
  const span = monthSpan(month, contract.timezone);
  const lines = linesOf(reader, system);
  const samplesOf = messageByMessage.bind(null, reader);
  const { checks, runs, gaps, messages } = spanFacts(reader, lines, { span, system, contract, known, samplesOf });
  const all = underGrounds(allExclusions(reader.db, system), contract.grounds);
  const first = firstData(reader.db, system) ?? known;
  const from = coveredFrom(reader, asked, span);
  const year = yearToDate(reader, month, { system, contract, known, first, covered: from, lines, exclusions: all });
  // A window of the next month takes out a message whose life reaches into it.
  const lives = Math.max(contract.lost_after, contract.reach_within);
  return {
    header: {
      type: 'header',
      format: 'mailwitness-evidence',
      version: 1,
      system,
      timezone: contract.timezone,
      from,
      to: known,
      checks,
      product,
    },
    runs,
    gaps,
    exclusions: exclusionsOf(all, span.from, span.to + lives),
    records: [...recordsBetween(reader.db, system, span.from, span.to), ...(year === undefined ? [] : [year])],
    messages,
  };
}

/**
 * From where the store tells of the month: from its begin, unless the first that was ever measured of the system lies in it.
 * What was purged had been measured.
 */
function coveredFrom({ db }: Reader, { system, known }: MonthAsked, span: Interval): Millis {
  const first = firstData(db, system) ?? known;
  const isOlder = first <= span.from || first >= span.to || purgesOf(db, system).some(({ from }) => from <= span.from);
  return isOlder ? span.from : first;
}

/** All of them at once, as the arithmetic takes them. */
export function factsOfMonth(reader: Reader, asked: MonthAsked): Facts {
  const parts = monthParts(reader, asked);
  return { ...parts, messages: [...parts.messages()] };
}

/** One after the other, the header first, as evidence is written. */
export function* linesOfMonth({ header, runs, gaps, exclusions, records, messages }: MonthParts): Generator<Fact> {
  yield header;
  yield* gaps;
  yield* runs;
  yield* exclusions;
  yield* records;
  yield* messages();
}
