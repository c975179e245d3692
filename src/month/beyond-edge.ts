import type { Contract } from '../config/contract.ts';
import type { MessageFact, Millis, RunFact } from '../facts/facts.ts';
import { acceptedOf, fateOf, reached } from '../sla/fate.ts';
import { merged } from '../store/outwards.ts';
import type { Line, Reader, RouteSamples } from './reader.ts';

/** What settles whether a message is a sample, and which. */
export interface SampleTerms {
  readonly contract: Pick<Contract, 'reach_within' | 'lost_after'>;
  readonly known: Millis;
}

/** A run, or a message that tells something of its route. */
interface Sample {
  readonly fact: RunFact | MessageFact;
  readonly from: Millis;
  readonly to: Millis;
  readonly ok: boolean;
  readonly samples: number;
}

/**
 * What of a timeline ended before `at`, back to the second good sample in a row: the two nearest samples at least, a bad
 * stretch that crosses the edge whole, and what bounds it (a single bad message is judged by its neighbours).
 */
export function samplesBefore(reader: Reader, line: Line, samples: RouteSamples, at: Millis, terms: SampleTerms) {
  const runs = line.target === null ? [] : reader.runs.before(line.target, at);
  return untilSettled(
    merged([samplesOf(runs, terms), samplesOf(samples.before(at), terms)], (one, other) => other.to - one.to),
  );
}

/** The same forwards, of what began at `at` or later. */
export function samplesAfter(reader: Reader, line: Line, samples: RouteSamples, at: Millis, terms: SampleTerms) {
  const runs = line.target === null ? [] : reader.runs.after(line.target, at);
  return untilSettled(
    merged([samplesOf(runs, terms), samplesOf(samples.after(at), terms)], (one, other) => one.from - other.from),
  );
}

function untilSettled(outwards: Iterable<Sample>): readonly Sample[] {
  const taken: Sample[] = [];
  let good = 0;
  for (const sample of outwards) {
    taken.push(sample);
    good = sample.ok ? good + sample.samples : 0;
    if (good >= 2) break;
  }
  return taken;
}

function* samplesOf(facts: Iterable<RunFact | MessageFact>, { contract, known }: SampleTerms): Generator<Sample> {
  for (const fact of facts) {
    if (fact.type === 'run') {
      const { from, to, ok, samples } = fact;
      yield { fact, from, to, ok, samples };
      continue;
    }
    const accepted = acceptedOf(fact);
    if (accepted === undefined) continue;
    const ok = reached(fateOf(accepted, { lost_after: contract.lost_after, known }), contract.reach_within);
    const { acceptedAt } = accepted;
    if (ok !== undefined) yield { fact, from: acceptedAt, to: acceptedAt, ok, samples: 1 };
  }
}
