import type { Ms } from './lib/time.ts';
import type { WitnessPort } from './probe/ports.ts';
import { judgeVisits, needsSecond, questionOf, type Attempt, type VisitVerdict } from './probe/verdict-of-visits.ts';
import type { Failure } from './probe/visit.ts';

/** What is needed to tell the mail system's failures from our own. */
export interface Doubts {
  readonly witness: WitnessPort;
  /** See EventLoopLag.totalMs. */
  readonly lagMs: () => Ms;
  readonly signal: AbortSignal;
}

/**
 * One attempt and, where it failed, a second one at once on a fresh connection; the witnesses are asked after each
 * failure that our own line could have caused. `failureOf` says what counts as a failure of the attempt.
 */
export async function twice<T>(
  attempt: (fresh: boolean) => Promise<T>,
  failureOf: (value: T) => Failure | undefined,
  timeoutMs: Ms,
  doubts: Doubts,
): Promise<{ readonly first: T; readonly last: T; readonly verdict: VisitVerdict }> {
  const first = await weighed(attempt, false, failureOf, timeoutMs, doubts);
  if (!needsSecond(first) || doubts.signal.aborted)
    return { first: first.value, last: first.value, verdict: judgeVisits(first) };
  const second = await weighed(attempt, true, failureOf, timeoutMs, doubts);
  return { first: first.value, last: second.value, verdict: judgeVisits(first, second) };
}

async function weighed<T>(
  attempt: (fresh: boolean) => Promise<T>,
  fresh: boolean,
  failureOf: (value: T) => Failure | undefined,
  timeoutMs: Ms,
  { witness, lagMs, signal }: Doubts,
): Promise<Attempt & { readonly value: T }> {
  const lagBefore = lagMs();
  const value = await attempt(fresh);
  const lag = lagMs() - lagBefore;
  const failure = failureOf(value);
  if (failure === undefined) return { value, lagMs: lag, timeoutMs };
  const question = questionOf(failure);
  if (question === null || signal.aborted) return { value, failure, lagMs: lag, timeoutMs };
  const asked = await witness.ask(question, signal);
  return { value, failure, lagMs: lag, timeoutMs, witness: asked };
}
