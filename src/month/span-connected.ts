import type { Contract } from '../config/contract.ts';
import type { RunFact } from '../facts/facts.ts';
import { connectedTime } from '../sla/connected.ts';
import { routeSamplesOf, type FactStream } from '../sla/samples.ts';
import type { Line, Reader } from './reader.ts';
import { spanFacts, type SpanAsked } from './span-facts.ts';

/** Clause 1's time in a span as a report of it would have it, and the runs that it came from. Its messages are read once. */
export function connectedIn(
  reader: Reader,
  lines: readonly Line[],
  asked: SpanAsked & { readonly contract: Contract },
): { readonly connected: ReturnType<typeof connectedTime>; readonly runs: readonly RunFact[] } {
  const { span, system, contract, known } = asked;
  const { checks, runs, gaps, messages } = spanFacts(reader, lines, asked);
  const facts: FactStream = {
    header: {
      type: 'header',
      format: 'mailwitness-evidence',
      version: 1,
      system,
      timezone: contract.timezone,
      from: span.from,
      to: known,
      checks,
      product: '',
    },
    runs,
    gaps,
    messages: messages(),
    exclusions: [],
    records: [],
  };
  return { connected: connectedTime(facts, contract, routeSamplesOf(facts, contract)), runs };
}
