import { Worker } from 'node:worker_threads';
import { ConfigError, type Problem } from '../lib/errors.ts';
import { openLedger, type Ledger, type LedgerOptions } from './ledger.ts';

/** A ledger from a distance: the same calls, answered later. */
export type RemoteLedger = {
  readonly [Name in keyof Ledger]: (...args: Parameters<Ledger[Name]>) => Promise<Awaited<ReturnType<Ledger[Name]>>>;
};

export interface Call {
  readonly id: number;
  readonly name: keyof Ledger;
  readonly args: readonly unknown[];
}

/** `id` 0 answers the opening itself. An error crosses over as its parts, for a class does not. */
export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly message: string; readonly problems?: readonly Problem[] };

/** The ledger in a thread of its own: the event loop that measures never waits for a disk. Compiled code only. */
export async function openLedgerThread(options: LedgerOptions): Promise<RemoteLedger> {
  const worker = new Worker(new URL('./ledger-thread.js', import.meta.url), { workerData: options });
  const open = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let gone: Error | null = null;

  function end(error: Error): void {
    gone ??= error;
    for (const { reject } of open.values()) reject(gone);
    open.clear();
  }

  function call<Value>(name: keyof Ledger, args: readonly unknown[], id: number): Promise<Value> {
    if (gone !== null) return Promise.reject(gone);
    return new Promise((resolve, reject) => {
      open.set(id, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
      if (id > 0) worker.postMessage({ id, name, args } satisfies Call);
    });
  }

  worker.on('message', (reply: Reply) => {
    const waiting = open.get(reply.id);
    open.delete(reply.id);
    if ('value' in reply) waiting?.resolve(reply.value as never);
    else waiting?.reject(reply.problems === undefined ? new Error(reply.message) : new ConfigError(reply.problems));
  });
  worker.on('error', (error) => {
    const opening = open.has(0);
    end(error);
    // A bug: what was in flight may be written or not, so nothing may go on as if it were known. A restart finds out.
    if (!opening) throw new Error('the thread of the store has died', { cause: error });
  });
  worker.once('exit', () => end(new Error('the thread of the store has ended')));

  const remote =
    (name: keyof Ledger) =>
    (...args: readonly unknown[]): Promise<never> =>
      call(name, args, ++lastId);
  await call('identity', [], 0);
  return {
    identity: remote('identity'),
    isNew: remote('isNew'),
    commit: remote('commit'),
    act: remote('act'),
    openProbes: remote('openProbes'),
    probe: remote('probe'),
    newestIds: remote('newestIds'),
    shunning: remote('shunning'),
    purged: remote('purged'),
    lastAliveAt: remote('lastAliveAt'),
    watermark: remote('watermark'),
    backup: remote('backup'),
    tidy: remote('tidy'),
    close: remote('close'),
  };
}

/** The ledger in this thread: for tests that run without a build. */
export async function openLedgerHere(options: LedgerOptions): Promise<RemoteLedger> {
  const ledger = openLedger(options);
  return {
    identity: async () => ledger.identity(),
    isNew: async () => ledger.isNew(),
    commit: async (entries) => ledger.commit(entries),
    act: async (deed, actor, now) => ledger.act(deed, actor, now),
    openProbes: async (lostSince) => ledger.openProbes(lostSince),
    probe: async (id) => ledger.probe(id),
    newestIds: async (most) => ledger.newestIds(most),
    shunning: async (since) => ledger.shunning(since),
    purged: async (system, from, to) => ledger.purged(system, from, to),
    lastAliveAt: async () => ledger.lastAliveAt(),
    watermark: async (system, mailbox, folder) => ledger.watermark(system, mailbox, folder),
    backup: async (file) => await ledger.backup(file),
    tidy: async () => ledger.tidy(),
    close: async (at) => ledger.close(at),
  };
}
