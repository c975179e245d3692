import type { Clock } from '../lib/clock.ts';
import type { Instant, Ms } from '../lib/time.ts';
import { shortLength } from '../report/instant-text.ts';
import { text, type Text } from '../report/language.ts';

/** No answer is to be had now, through nobody's fault who asked; asked again later there may be one. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly why: Text;

  constructor(why: Text) {
    super(why.en);
    this.why = why;
  }
}

export interface Answers<Value> {
  /**
   * The answer to the question `key`: one that was given a moment ago, one that is being made, or a new one by `make`.
   * Rejects with what `make` rejected with, or with a NoAnswerError: it took too long, or too many wait.
   */
  ask(key: string, make: (signal: AbortSignal) => Promise<Value>): Promise<Value>;
}

/** However many ask, one answer is made at a time, and the same question is answered once in `keepMs`. */
export function createAnswers<Value>({
  clock,
  keepMs,
  limitMs,
  maxWaiting,
  failed,
}: {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly keepMs: Ms;
  /** Longest that one may take, its waiting for others aside. */
  readonly limitMs: Ms;
  /** Different questions that wait or are being answered. */
  readonly maxWaiting: number;
  /** Hears of each answer that could not be made, once, however many asked for it. */
  readonly failed: (key: string, error: unknown) => void;
}): Answers<Value> {
  const known = new Map<string, { readonly answer: Promise<Value>; until: Instant }>();
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  return {
    ask(key, make) {
      forgetOld();
      const found = known.get(key);
      if (found !== undefined) return found.answer;
      if (waiting >= maxWaiting)
        return Promise.reject(
          new NoAnswerError(text(`前面还有 ${waiting} 个请求`, `${waiting} other requests are before it`)),
        );
      waiting++;
      const answer = last.then(() => limited(make));
      const entry = { answer, until: Infinity };
      known.set(key, entry);
      // A failure is not kept: whoever asks next may have more luck.
      last = answer.then(
        () => {
          waiting--;
          entry.until = clock.now() + keepMs;
        },
        (error: unknown) => {
          waiting--;
          known.delete(key);
          failed(key, error);
        },
      );
      return answer;
    },
  };

  function forgetOld(): void {
    const now = clock.now();
    for (const [key, { until }] of known) if (until <= now) known.delete(key);
  }

  async function limited(make: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const giveUp = new AbortController();
    return new Promise<Value>((resolve, reject) => {
      const timer = clock.after(limitMs, () => {
        const [zh, en] = [shortLength('zh', limitMs), shortLength('en', limitMs)];
        reject(new NoAnswerError(text(`${zh}内未能算出`, `it was not computed within ${en}`)));
        giveUp.abort();
      });
      Promise.resolve()
        .then(() => make(giveUp.signal))
        .finally(() => timer.cancel())
        .then(resolve, reject);
    });
  }
}
