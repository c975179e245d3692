import { Worker } from 'node:worker_threads';
import { messageOf } from '../lib/errors.ts';
import { openCurrentReadOnly } from '../store/file.ts';
import { createMonthAnswers, type Agreement, type MonthAnswers } from './month-answers.ts';

export interface AnsweringOptions {
  readonly store: string;
  readonly agreements: readonly Agreement[];
}

/**
 * The answers from a distance: each takes as long as it takes and holds up no measurement. Rejects when one could not be
 * computed. When `signal` fires the thread is ended in the middle of it, with all that waits there; the next call has a new one.
 */
export type Answering = {
  readonly [Name in keyof MonthAnswers]: (
    asked: Parameters<MonthAnswers[Name]>[0],
    signal: AbortSignal,
  ) => Promise<Awaited<ReturnType<MonthAnswers[Name]>>>;
} & {
  /** What is under way is given up. */
  stop(): Promise<void>;
};

export interface Call {
  readonly id: number;
  readonly name: keyof MonthAnswers;
  readonly asked: unknown;
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly message: string };

/** Compiled code answers in a thread that is begun with the first call; tests without a build answer in their own. */
export function createAnswering(options: AnsweringOptions, thread = !import.meta.url.endsWith('.ts')): Answering {
  return thread ? inThread(options) : inHere(options);
}

/**
 * An agent with little memory lives on whatever a month holds. A small young generation costs a tenth of the time and saves
 * some 50 MB that the thread would keep between two questions.
 */
const THREAD = { name: 'months', resourceLimits: { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 8 } };

interface Open {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly open: Map<number, Open>;
}

function inThread(options: AnsweringOptions): Answering {
  let thread: Thread | null = null;
  let lastId = 0;
  let stopped = false;

  function begin(): Thread {
    const worker = new Worker(new URL('./answering-thread.js', import.meta.url), { workerData: options, ...THREAD });
    const begun: Thread = { worker, open: new Map() };
    worker.on('message', (reply: Reply) => {
      const waiting = begun.open.get(reply.id);
      begun.open.delete(reply.id);
      if ('value' in reply) waiting?.resolve(reply.value as never);
      else waiting?.reject(new Error(reply.message));
    });
    worker.on('error', (error) => end(begun, `the thread that computes months has died: ${messageOf(error)}`));
    worker.once('exit', () => end(begun, 'the thread that computes months has ended'));
    // The measurements keep the process alive, and not what is asked about them.
    worker.unref();
    return begun;
  }

  function end(ended: Thread, why: string): void {
    if (thread === ended) thread = null;
    for (const { reject } of ended.open.values()) reject(new Error(why));
    ended.open.clear();
  }

  async function call(name: keyof MonthAnswers, asked: unknown, signal: AbortSignal): Promise<never> {
    signal.throwIfAborted();
    if (stopped) throw new Error('the agent is stopping');
    const mine = (thread ??= begin());
    const id = ++lastId;
    const giveUp = (): void => {
      end(mine, 'the thread that computes months took too long and was ended');
      void mine.worker.terminate();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await new Promise<never>((resolve, reject) => {
        mine.open.set(id, { resolve, reject });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
        mine.worker.postMessage({ id, name, asked } satisfies Call);
      });
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  return {
    report: (asked, signal) => call('report', asked, signal),
    page: (asked, signal) => call('page', asked, signal),
    list: (system, signal) => call('list', system, signal),
    figures: (system, signal) => call('figures', system, signal),
    exclusions: (asked, signal) => call('exclusions', asked, signal),
    records: (asked, signal) => call('records', asked, signal),
    acts: (asked, signal) => call('acts', asked, signal),
    preview: (asked, signal) => call('preview', asked, signal),
    history: (system, signal) => call('history', system, signal),
    day: (asked, signal) => call('day', asked, signal),
    delays: (asked, signal) => call('delays', asked, signal),
    chart: (asked, signal) => call('chart', asked, signal),
    evidence: (id, signal) => call('evidence', id, signal),
    async stop() {
      stopped = true;
      await thread?.worker.terminate();
    },
  };
}

function inHere({ store, agreements }: AnsweringOptions): Answering {
  const asking = async <Value>(signal: AbortSignal, ask: (answers: MonthAnswers) => Value): Promise<Awaited<Value>> => {
    signal.throwIfAborted();
    const db = openCurrentReadOnly(store);
    try {
      return await ask(createMonthAnswers(db, agreements));
    } finally {
      db.close();
    }
  };
  return {
    report: (asked, signal) => asking(signal, ({ report }) => report(asked)),
    page: (asked, signal) => asking(signal, ({ page }) => page(asked)),
    list: (system, signal) => asking(signal, ({ list }) => list(system)),
    figures: (system, signal) => asking(signal, ({ figures }) => figures(system)),
    exclusions: (asked, signal) => asking(signal, ({ exclusions }) => exclusions(asked)),
    records: (asked, signal) => asking(signal, ({ records }) => records(asked)),
    acts: (asked, signal) => asking(signal, ({ acts }) => acts(asked)),
    preview: (asked, signal) => asking(signal, ({ preview }) => preview(asked)),
    history: (system, signal) => asking(signal, ({ history }) => history(system)),
    day: (asked, signal) => asking(signal, ({ day }) => day(asked)),
    delays: (asked, signal) => asking(signal, ({ delays }) => delays(asked)),
    chart: (asked, signal) => asking(signal, ({ chart }) => chart(asked)),
    evidence: (id, signal) => asking(signal, ({ evidence }) => evidence(id)),
    stop: async () => {},
  };
}
