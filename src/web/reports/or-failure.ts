import type { NoReport } from '../../month/report-text.ts';
import type { Text } from '../../report/language.ts';
import { NoAnswerError } from '../answers.ts';
import type { Refusal } from '../refusal.tsx';
import { REPORT_REFUSALS } from './refusals.ts';

/** No answer, and why as far as whoever asks is told. */
export interface Failure {
  readonly kind: 'failed';
  readonly why: Text;
}

/** What is asked for, or one line that says why it is not to be had now. */
export async function orFailure<Value>(
  ask: () => Promise<Value>,
  what: Text = REPORT_REFUSALS.report,
): Promise<Value | Failure> {
  try {
    return await ask();
  } catch (error) {
    const why = error instanceof NoAnswerError ? error.why : REPORT_REFUSALS.inTheLog;
    return { kind: 'failed', why: REPORT_REFUSALS.notNow(what, why) };
  }
}

export const RETRY = { 'Retry-After': '10' };

export function refusalOf({ kind, why }: NoReport | Failure): Refusal {
  return kind === 'none' ? { status: 404, why } : { status: 503, why, headers: RETRY };
}
