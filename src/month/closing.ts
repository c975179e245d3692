import { Worker } from 'node:worker_threads';
import { closeDueMonths, type DueAsked, type DueClosed } from './close-due.ts';

/** Closes months while an agent measures. */
export interface Closing {
  /** Closes what is due; while one call is under way a second one does nothing. Rejects with what went wrong. */
  run(asked: DueAsked): Promise<readonly DueClosed[]>;
  /** Ends what is under way: a month is closed as a whole or not at all. */
  stop(): Promise<void>;
}

/**
 * In a thread of its own, which ends with its work: a month takes as long as it takes, and holds up no measurement.
 * `thread`: default yes where the code is compiled.
 */
export function createClosing({
  thread = !import.meta.url.endsWith('.ts'),
}: { readonly thread?: boolean } = {}): Closing {
  let underWay: Promise<unknown> | null = null;
  let worker: Worker | null = null;
  let stopped = false;

  async function inThread(asked: DueAsked): Promise<readonly DueClosed[]> {
    worker = new Worker(new URL('./closing-thread.js', import.meta.url), { workerData: asked, name: 'closing' });
    try {
      return await answerOf(worker, () => stopped);
    } finally {
      await worker.terminate();
      worker = null;
    }
  }

  return {
    async run(asked) {
      if (underWay !== null || stopped) return [];
      const work = thread ? inThread(asked) : closeDueMonths(asked);
      underWay = work;
      try {
        return await work;
      } finally {
        underWay = null;
      }
    },
    async stop() {
      stopped = true;
      await worker?.terminate();
      await underWay?.catch(() => {});
    },
  };
}

function answerOf(worker: Worker, isStopped: () => boolean): Promise<readonly DueClosed[]> {
  return new Promise((resolve, reject) => {
    worker.once('message', (answer: readonly DueClosed[] | { readonly failed: string }) =>
      'failed' in answer ? reject(new Error(answer.failed)) : resolve(answer),
    );
    worker.once('error', reject);
    worker.once('exit', (code) =>
      isStopped() ? resolve([]) : reject(new Error(`the thread that closes months ended with ${code}`)),
    );
  });
}
