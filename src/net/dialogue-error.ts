import type { Failure } from '../probe/visit.ts';

/** The one error type at the edge: a dialogue with another host failed, and `failure` says how. */
export class DialogueError extends Error {
  override readonly name = 'DialogueError';
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.detail, options);
    this.failure = failure;
  }
}
