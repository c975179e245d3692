import { Worker } from 'node:worker_threads';
import type { DueAsked, DueClosed } from './close-due.ts';

/** Closes months while an agent measures. */
export interface Closing {
  /** Closes what is due; one call at a time, a second one meanwhile does nothing. Rejects with what went wrong. */
  run(asked: DueAsked): Promise<readonly DueClosed[]>;
  /** Ends what is under way: a month is closed as a whole or not at all. */
  stop(): Promise<void>;
}

/** In a thread of its own, which ends with its work: a month takes as long as it takes, and holds up no measurement. */
export function createClosing(): Closing {
  let worker: Worker | null = null;
  let stopped = false;
  return {
    async run(asked) {
      if (worker !== null || stopped) return [];
      const thread = new Worker(threadUrl(), { workerData: asked, ...THREAD });
      worker = thread;
      try {
        return await answerOf(thread, () => stopped);
      } finally {
        worker = null;
        await thread.terminate();
      }
    },
    async stop() {
      stopped = true;
      await worker?.terminate();
    },
  };
}

/** Memory of its own, so that an agent with little of it lives on whatever a month holds. */
const THREAD = { name: 'closing', resourceLimits: { maxOldGenerationSizeMb: 1_024 } };

function threadUrl(): URL {
  return new URL('./closing-thread.js', import.meta.url);
}

function answerOf(thread: Worker, isStopped: () => boolean): Promise<readonly DueClosed[]> {
  return new Promise((resolve, reject) => {
    thread.once('message', (answer: readonly DueClosed[] | { readonly failed: string }) =>
      'failed' in answer ? reject(new Error(answer.failed)) : resolve(answer),
    );
    thread.once('error', reject);
    thread.once('exit', (code) =>
      isStopped() ? resolve([]) : reject(new Error(`the thread that closes months ended with ${code}`)),
    );
  });
}
