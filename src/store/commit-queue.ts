import { messageOf } from '../lib/errors.ts';
import type { Ms } from '../lib/time.ts';
import type { Entry, Refused } from './ledger.ts';

/** Entries of one transaction at most, so that the first of a flood does not wait for the last. */
export const BATCH_LIMIT = 500;
/** From so many waiting entries on, further ones are held without their dialogues. */
export const EVIDENCE_LIMIT = 5_000;
/** What nobody waits for is held so long at most, to go with others: a transaction wakes two threads. */
export const SOON_MS: Ms = 200;
const FIRST_RETRY_MS: Ms = 100;
const LAST_RETRY_MS: Ms = 5_000;

export interface CommitQueue {
  /** Resolves once the entry is on disk. Rejects when it can never be, and when the queue was closed without it. */
  push(entry: Entry, when?: 'now' | 'soon'): Promise<void>;
  readonly waiting: number;
  readonly commits: number;
  /** In ms; null before the first commit. */
  readonly lastCommitMs: Ms | null;
  readonly maxCommitMs: Ms | null;
  /** Takes nothing new, writes what is there, tries once more where writing fails, and rejects what stays. */
  close(): Promise<void>;
}

interface Waiting {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Group commit: what comes while a transaction is written goes into the next one, so a burst pays for one fsync.
 * Where writing fails (disk full, file locked) the same entries are tried again until they go through; `onTrouble` is
 * told once what is wrong, and once that it is over. Whoever awaits each entry stops by itself meanwhile, which is what
 * bounds the queue; `waiting` shows it.
 */
export function createCommitQueue(options: {
  readonly commit: (entries: readonly Entry[]) => Promise<readonly Refused[]>;
  readonly onTrouble: (message: string) => void;
}): CommitQueue {
  let queue: Waiting[] = [];
  let writing = false;
  let written = Promise.resolve();
  let closed = false;
  let trouble: string | null = null;
  let commits = 0;
  let lastCommitMs: Ms | null = null;
  let maxCommitMs: Ms | null = null;
  let wake: () => void = () => {};
  let urgent = false;

  async function writeAll(): Promise<void> {
    if (!urgent) await pause(SOON_MS);
    // The rest of this turn of the event loop belongs to the same burst.
    await new Promise((resolve) => setImmediate(resolve));
    let retryMs = FIRST_RETRY_MS;
    while (queue.length > 0) {
      const lastTry = closed;
      try {
        await writeBatch(queue.slice(0, BATCH_LIMIT));
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        if (lastTry) giveUp(messageOf(error));
        else {
          tellTrouble(messageOf(error));
          await pause(retryMs);
          retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
        }
      }
    }
    // In the same breath as the last look at the queue, or an entry pushed in between would wait for the next one.
    writing = false;
    urgent = false;
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    const startedAt = performance.now();
    const refused = await options.commit(batch.map(({ entry }) => entry));
    lastCommitMs = performance.now() - startedAt;
    maxCommitMs = Math.max(maxCommitMs ?? 0, lastCommitMs);
    commits += 1;
    queue = queue.slice(batch.length);
    settle(batch, refused);
    if (trouble !== null) options.onTrouble('the store can be written again; nothing was lost');
    trouble = null;
  }

  function tellTrouble(message: string): void {
    if (message === trouble) return;
    trouble = message;
    options.onTrouble(`the store cannot be written (${message}); ${queue.length} entries wait, it is tried again`);
  }

  async function pause(ms: Ms): Promise<void> {
    if (closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends the wait for others. */
  function hurry(): void {
    urgent = true;
    if (trouble === null) wake();
  }

  function giveUp(why: string): void {
    const lost = queue;
    queue = [];
    for (const { reject } of lost) reject(new Error(`the store was closed before it could be written: ${why}`));
  }

  return {
    push(entry, when = 'now') {
      if (closed) return Promise.reject(new Error('the store is closed'));
      const held = queue.length >= EVIDENCE_LIMIT ? withoutDialogue(entry) : entry;
      return new Promise((resolve, reject) => {
        queue.push({ entry: held, resolve, reject });
        if (when === 'now' && !urgent) hurry();
        if (writing) return;
        writing = true;
        written = writeAll();
      });
    },
    get waiting() {
      return queue.length;
    },
    get commits() {
      return commits;
    },
    get lastCommitMs() {
      return lastCommitMs;
    },
    get maxCommitMs() {
      return maxCommitMs;
    },
    async close() {
      closed = true;
      wake();
      await written;
    },
  };
}

function settle(batch: readonly Waiting[], refused: readonly Refused[]): void {
  const messages = new Map(refused.map(({ index, message }) => [index, message]));
  for (const [index, { entry, resolve, reject }] of batch.entries()) {
    const message = messages.get(index);
    if (message === undefined) resolve();
    else reject(new Error(`the store refuses ${nameOf(entry)}: ${message}`));
  }
}

function nameOf(entry: Entry): string {
  return entry.kind === 'event' ? `a "${entry.event.kind}" event` : `a ${entry.kind}`;
}

// Figures are kept at any price; what was said is the first to go when memory fills.
function withoutDialogue(entry: Entry): Entry {
  if (entry.kind !== 'event') return entry;
  const { event } = entry;
  if (event.kind === 'sent') {
    return { kind: 'event', event: { ...event, result: { ...event.result, transcript: [] } } };
  }
  if (event.kind === 'sampled') return { kind: 'event', event: { ...event, visits: [] } };
  if (event.kind === 'sighted' && 'headers' in event.sighting) {
    return { kind: 'event', event: { ...event, sighting: { ...event.sighting, headers: '' } } };
  }
  return entry;
}
