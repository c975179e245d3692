import { messageOf } from '../lib/errors.ts';
import type { Ms } from '../lib/time.ts';
import type { Sample } from '../probe/sample.ts';
import { bytesOf, makeRoom, mayBeStale, sampleOf, standIn, withoutDialogue, type Held } from './backlog.ts';
import type { Entry, Refused } from './ledger.ts';
import { createWriteTrouble } from './write-trouble.ts';

/** Entries of one transaction at most, so that the first of a flood does not wait for the last. */
export const BATCH_LIMIT = 500;
/** From so many waiting entries on, further ones are held without their dialogues. */
export const EVIDENCE_LIMIT = 5_000;
/** What is held in memory at most: two days of an agent of ten routes and checks, and of a thousand a second two minutes. */
const BOUNDS: QueueBounds = { entries: 100_000, bytes: 128 * 1_024 * 1_024 };
/** What nobody waits for is held so long at most, to go with others: a transaction wakes two threads. */
export const SOON_MS: Ms = 200;
/** What somebody waits for is held so long, to go with what comes just after it: its answer is in no figure. */
export const GATHER_MS: Ms = 10;
const FIRST_RETRY_MS: Ms = 100;
const LAST_RETRY_MS: Ms = 5_000;
/** While it may still pass by itself it is tried this often at least. */
const PASSING_RETRY_MS: Ms = 500;

export interface QueueBounds {
  readonly entries: number;
  readonly bytes: number;
}

/** What was dropped for want of room: dialogues of entries, samples (a gap stands for them), records of probes. */
export interface Dropped {
  readonly dialogues: number;
  readonly samples: number;
  readonly records: number;
}

export interface CommitQueue {
  /**
   * Resolves once the entry is on disk, or when room was made by dropping it. Rejects when it can never be written, when
   * there was no room for it, and when the queue was closed without it.
   */
  push(entry: Entry, when?: 'now' | 'soon'): Promise<void>;
  readonly waiting: number;
  readonly commits: number;
  /** In ms; null before the first commit. */
  readonly lastCommitMs: Ms | null;
  readonly maxCommitMs: Ms | null;
  /** Why it cannot be written now, and what that means, one line; null while it can, or while a lock may still pass. */
  readonly trouble: string | null;
  /** Since the queue was made. */
  readonly dropped: Dropped;
  /** No sample is left that could make room: whoever would have more to write later has to wait. */
  readonly isFull: boolean;
  /** Takes nothing new, writes what is there, tries once more where writing fails, and rejects what stays. */
  close(): Promise<void>;
}

interface Waiting extends Held {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const NOTHING: Dropped = { dialogues: 0, samples: 0, records: 0 };

/**
 * Group commit: what comes while a transaction is written goes into the next one, so a burst pays for one fsync.
 * Where writing fails (disk full, file locked) the same entries are tried again until they go through; `onTrouble` is
 * told once what is wrong (of a lock, or a disk that gives no answer, once it has lasted for seconds), once of each kind of
 * thing that is dropped, and once that it is over. Memory is bounded: first dialogues go, then samples, for which gaps are
 * written; then `isFull` stops new probes, and the tenth of the room that is left is for the records of those under way.
 */
export function createCommitQueue(options: {
  readonly commit: (entries: readonly Entry[]) => Promise<readonly Refused[]>;
  readonly onTrouble: (message: string) => void;
  readonly bounds?: QueueBounds;
}): CommitQueue {
  const { bounds = BOUNDS } = options;
  const tenth = Math.ceil(bounds.entries / 10);
  let queue: Waiting[] = [];
  let bytes = 0;
  /** So many of them are being written. */
  let flying = 0;
  let isFull = false;
  let dropped = NOTHING;
  /** The same since writing went well. */
  let lost = NOTHING;
  let writing = false;
  let written = Promise.resolve();
  let closed = false;
  const trouble = createWriteTrouble((message) =>
    options.onTrouble(`the store cannot be written (${message}); ${queue.length} entries wait, it is tried again`),
  );
  let commits = 0;
  let lastCommitMs: Ms | null = null;
  let maxCommitMs: Ms | null = null;
  let wake: () => void = () => {};
  let urgent = false;

  async function writeAll(): Promise<void> {
    if (!urgent) await pause(SOON_MS);
    await pause(GATHER_MS);
    let retryMs = FIRST_RETRY_MS;
    while (queue.length > 0) {
      const lastTry = closed;
      try {
        await writeBatch(queue.slice(0, BATCH_LIMIT));
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        if (lastTry) giveUp(messageOf(error));
        else {
          trouble.failed(messageOf(error));
          await pause(retryMs);
          retryMs = Math.min(retryMs * 2, trouble.told === null ? PASSING_RETRY_MS : LAST_RETRY_MS);
        }
      }
    }
    // In the same breath as the last look at the queue, or an entry pushed in between would wait for the next one.
    writing = false;
    urgent = false;
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    const startedAt = performance.now();
    flying = batch.length;
    const commit = options.commit(batch.map(({ entry }) => entry));
    const refused = await trouble.underWay(commit).finally(() => (flying = 0));
    lastCommitMs = performance.now() - startedAt;
    maxCommitMs = Math.max(maxCommitMs ?? 0, lastCommitMs);
    commits += 1;
    queue = queue.slice(batch.length);
    for (const one of batch) bytes -= one.bytes;
    settle(batch, refused);
    const hasRoom = queue.length < bounds.entries / 2 && bytes < bounds.bytes / 2;
    if (hasRoom) isFull = false;
    if (trouble.told !== null || (lost !== NOTHING && hasRoom)) {
      options.onTrouble(`the store can be written again; ${lostWords(lost)}`);
      lost = NOTHING;
    }
    trouble.over();
  }

  function drop(what: keyof Dropped, count: number): void {
    if (count === 0) return;
    if (lost[what] === 0) options.onTrouble(`${queue.length} entries wait for the store: ${DROPPED[what]}`);
    dropped = { ...dropped, [what]: dropped[what] + count };
    lost = { ...lost, [what]: lost[what] + count };
  }

  /** The entry as it is held. */
  function heldAs(entry: Entry): Held {
    const size = bytesOf(entry);
    if (queue.length < EVIDENCE_LIMIT && bytes + size < bounds.bytes / 2) return { entry, bytes: size };
    const bare = { entry: withoutDialogue(entry), bytes: bytesOf(withoutDialogue(entry)) };
    if (bare.bytes < size) drop('dialogues', 1);
    return bare;
  }

  /** Where no room is left, a sample becomes a part of the gap that stands last. */
  function turnAway(sample: Sample): void {
    drop('samples', 1);
    const last = queue.length > flying ? queue.at(-1) : undefined;
    const isGap = last?.standsIn === true;
    const gap = waitingFor(standIn(sample, isGap ? last : undefined));
    if (isGap) queue[queue.length - 1] = gap;
    else {
      queue.push(gap);
      bytes += gap.bytes;
    }
  }

  function shrink(): void {
    const room = makeRoom(queue.slice(flying), tenth);
    // What waits is what was handed in, or one of the gaps that stand for it.
    const kept = room.kept.map((held) => ('resolve' in held ? (held as Waiting) : waitingFor(held)));
    for (const held of room.gone) if ('resolve' in held) (held as Waiting).resolve();
    queue = [...queue.slice(0, flying), ...kept];
    bytes = queue.reduce((sum, one) => sum + one.bytes, 0);
    drop('samples', room.samples);
    if (queue.length <= bounds.entries - tenth && bytes < bounds.bytes) return;
    isFull = true;
    options.onTrouble(`${queue.length} entries wait for the store, all of probes: no new ones are launched`);
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
    if (!trouble.isFailing) wake();
  }

  function giveUp(why: string): void {
    const lost = queue;
    queue = [];
    for (const { reject } of lost) reject(new Error(`the store was closed before it could be written: ${why}`));
  }

  return {
    push(entry, when = 'now') {
      if (closed) return Promise.reject(new Error('the store is closed'));
      const sample = sampleOf(entry);
      if (isFull && sample !== null) turnAway(sample);
      if (isFull && (sample !== null || mayBeStale(entry))) return Promise.resolve();
      if (queue.length >= bounds.entries + tenth) {
        drop('records', 1);
        return Promise.reject(new Error('no room is left to hold it until the store can be written'));
      }
      const held = heldAs(entry);
      return new Promise((resolve, reject) => {
        queue.push({ ...held, resolve, reject });
        bytes += held.bytes;
        if (!isFull && (queue.length >= bounds.entries || bytes >= bounds.bytes)) shrink();
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
    get trouble() {
      if (trouble.told === null && !isFull) return null;
      const why = trouble.told === null ? 'the store is too slow' : `the store cannot be written (${trouble.told})`;
      const what = isFull ? 'no new probes are launched' : 'it is tried again';
      return `${why}: ${queue.length} entries wait in memory, ${what}`;
    },
    get dropped() {
      return dropped;
    },
    get isFull() {
      return isFull;
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

const DROPPED: Readonly<Record<keyof Dropped, string>> = {
  dialogues: 'further ones are held without what was said',
  samples: 'samples are dropped, and their time is written as unmeasured',
  records: 'there is no room for more, records of probes are lost',
};

function lostWords(lost: Dropped): string {
  const { dialogues, samples, records } = lost;
  const words = [
    ...(dialogues > 0 ? [`dialogues of ${dialogues} entries`] : []),
    ...(samples > 0 ? [`${samples} samples, whose time is unmeasured`] : []),
    ...(records > 0 ? [`${records} records of probes`] : []),
  ];
  return words.length === 0 ? 'nothing was lost' : `lost: ${words.join('; ')}`;
}

function waitingFor(held: Held): Waiting {
  return { ...held, resolve() {}, reject() {} };
}
