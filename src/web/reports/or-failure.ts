import { NoAnswerError } from '../answers.ts';

/** No answer, and why as far as whoever asks is told. */
export interface Failure {
  readonly kind: 'failed';
  readonly why: string;
}

/** What is asked for, or one line that says why it is not to be had now. */
export async function orFailure<Value>(ask: () => Promise<Value>, what = 'report'): Promise<Value | Failure> {
  try {
    return await ask();
  } catch (error) {
    const why = error instanceof NoAnswerError ? error.message : 'the log of the agent says why';
    return { kind: 'failed', why: `The ${what} could not be computed now: ${why}. Expected: one when asked again.` };
  }
}

export const RETRY = { 'Retry-After': '10' };
