/** Work that takes a thread or a program, each with a signal that ends it. */
export interface UnderWay {
  /** Does one, unless `signal` has fired. What it is given fires with `signal`, and when all is to stop. */
  run<Value>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<Value>): Promise<Value>;
  /** Ends what is under way, and begins no more. */
  stop(): Promise<void>;
}

export function createUnderWay(): UnderWay {
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  return {
    async run(signal, work) {
      const either = AbortSignal.any([signal, stopping.signal]);
      either.throwIfAborted();
      const working = work(either);
      underWay.add(working);
      try {
        return await working;
      } finally {
        underWay.delete(working);
      }
    },
    async stop() {
      stopping.abort(new Error('the agent is stopping'));
      await Promise.allSettled(underWay);
    },
  };
}
