import type { Instant, Ms } from '../lib/time.ts';
import type { Store } from '../probe/ports.ts';
import { createCommitQueue, type Dropped } from './commit-queue.ts';
import type { Actor, Deed, Done } from './acts.ts';
import type { LedgerOptions } from './ledger.ts';
import { openLedgerHere, openLedgerThread } from './remote-ledger.ts';

export interface StoreOptions extends LedgerOptions {
  /** Whether the file is written in a thread of its own; default: yes where the code is compiled. */
  readonly thread?: boolean | undefined;
  /** Told once when the store cannot be written, with why, and once when it can again. */
  readonly onTrouble?: ((message: string) => void) | undefined;
}

/** The ledger behind its port, and how it is doing. */
export interface OpenStore extends Store {
  stats(): StoreStats;
  /** What a person does on the pages. Rejects when it cannot be written, and then it was not done. */
  act(deed: Deed, actor: Actor, now: Instant): Promise<Done>;
  /** Upkeep of the file, for a quiet hour. */
  tidy(): Promise<void>;
}

export interface StoreStats {
  readonly open: boolean;
  /** Entries waiting for their commit. */
  readonly queue: number;
  /** Transactions since the store was opened. */
  readonly commits: number;
  /** From handing a transaction over to its being on disk; null before the first one. */
  readonly lastCommitMs: Ms | null;
  readonly maxCommitMs: Ms | null;
  /** Why it cannot be written now, and what that means, one line; null while it can. */
  readonly trouble: string | null;
  /** Since the store was opened. */
  readonly dropped: Dropped;
}

/**
 * Opens the store, or creates it where there is none. Throws ConfigError for a file that is no store of ours, is
 * damaged, newer, of another vantage, or in use by another agent; such a file is left as it is.
 */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  const { thread = !import.meta.url.endsWith('.ts'), onTrouble = () => {}, ...rest } = options;
  const ledger = thread ? await openLedgerThread(rest) : await openLedgerHere(rest);
  const { instance, key } = await ledger.identity();
  let isBlank = await ledger.isNew();
  const queue = createCommitQueue({ commit: ledger.commit, onTrouble });
  let closing: Promise<void> | null = null;

  async function close(at: Instant): Promise<void> {
    await queue.close();
    await ledger.close(at);
  }

  return {
    get isFull() {
      return queue.isFull;
    },
    instance,
    key: Buffer.from(key),
    get isBlank() {
      return isBlank;
    },
    append(event, when) {
      if (event.kind === 'launched') isBlank = false;
      return queue.push({ kind: 'event', event }, when);
    },
    checkpoint: (at, looks = []) => queue.push({ kind: 'checkpoint', at, looks }),
    set: (system, mailbox, folder, mark, when) =>
      queue.push({ kind: 'watermark', system, mailbox, folder, mark }, when),
    get: (system, mailbox, folder) => ledger.watermark(system, mailbox, folder),
    openProbes: (lostSince: Instant | null = null) => ledger.openProbes(lostSince),
    probe: (id) => ledger.probe(id),
    newestIds: (most) => ledger.newestIds(most),
    shunning: (since) => ledger.shunning(since),
    purged: (system, from, to) => ledger.purged(system, from, to),
    lastAliveAt: () => ledger.lastAliveAt(),
    act: (deed, actor, now) => ledger.act(deed, actor, now),
    backup: (file) => ledger.backup(file),
    tidy: () => ledger.tidy(),
    close: (at) => (closing ??= close(at)),
    stats: () => ({
      open: closing === null,
      queue: queue.waiting,
      commits: queue.commits,
      lastCommitMs: queue.lastCommitMs,
      maxCommitMs: queue.maxCommitMs,
      trouble: queue.trouble,
      dropped: queue.dropped,
    }),
  };
}
