import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { messageOf } from '../lib/errors.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { Sample } from '../probe/sample.ts';
import { BATCH_LIMIT, createCommitQueue, EVIDENCE_LIMIT, GATHER_MS, type QueueBounds } from './commit-queue.ts';
import type { Entry, Refused } from './ledger.ts';

// By hand, or a machine that stands still for a moment would let a retry fall due between two lines of a test.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

function checkpoint(at: number): Entry {
  return { kind: 'checkpoint', at };
}

function instants(commits: readonly (readonly Entry[])[]): readonly (readonly (number | null)[])[] {
  return commits.map((entries) => entries.map((entry) => (entry.kind === 'checkpoint' ? entry.at : null)));
}

/** Lets what is due by now happen. */
async function turn(): Promise<void> {
  await vi.advanceTimersByTimeAsync(GATHER_MS);
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass until all of them are settled. */
async function settled(...pushed: readonly Promise<unknown>[]): Promise<void> {
  const state = { open: true };
  void Promise.allSettled(pushed).then(() => (state.open = false));
  while (state.open) await turn();
  await Promise.all(pushed);
}

/** A disk whose commits are answered one by one, by hand. */
function disk(bounds?: QueueBounds) {
  const commits: (readonly Entry[])[] = [];
  const answers: (() => Error | readonly Refused[])[] = [];
  const told: string[] = [];
  const queue = createCommitQueue({
    commit: async (entries) => {
      commits.push(entries);
      const answer = answers.shift()?.() ?? [];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onTrouble: (message) => told.push(message),
    ...(bounds && { bounds }),
  });
  return { queue, commits, answers, told };
}

test('a burst is one transaction, and what comes meanwhile the next', async () => {
  const { queue, commits } = disk();
  const burst = [1, 2, 3].map((at) => queue.push(checkpoint(at)));
  await settled(...burst.slice(0, 1));
  await settled(...burst, queue.push(checkpoint(4)), queue.push(checkpoint(5)));
  expect(instants(commits)).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
  expect(queue.commits).toBe(2);
  expect(queue.waiting).toBe(0);
});

test('what nobody waits for goes with the next that somebody waits for, before it', async () => {
  const { queue, commits } = disk();
  const soon = queue.push(checkpoint(1), 'soon');
  await turn();
  expect(commits).toEqual([]);
  await settled(soon, queue.push(checkpoint(2)));
  expect(instants(commits)).toEqual([[1, 2]]);
});

test('what nobody waits for is written all the same, together', async () => {
  const { queue, commits } = disk();
  const first = queue.push(checkpoint(1), 'soon');
  await turn();
  await settled(first, queue.push(checkpoint(2), 'soon'));
  await settled(queue.push(checkpoint(3), 'soon'));
  expect(instants(commits)).toEqual([[1, 2], [3]]);
});

test('at the close nothing waits for others', async () => {
  const { queue, commits } = disk();
  const soon = queue.push(checkpoint(1), 'soon');
  await turn();
  const closed = queue.close();
  await turn();
  expect(instants(commits)).toEqual([[1]]);
  await settled(soon, closed);
});

test('while the disk is full, what comes does not make it try more often', async () => {
  const { queue, commits, answers } = disk();
  answers.push(() => new Error('database or disk is full'));
  const soon = queue.push(checkpoint(1), 'soon');
  const now = queue.push(checkpoint(2));
  await turn();
  expect(commits).toHaveLength(1);
  const later = [3, 4, 5].map((at) => queue.push(checkpoint(at)));
  await turn();
  expect(commits).toHaveLength(1);
  await settled(soon, now, ...later);
  expect(instants(commits)).toEqual([
    [1, 2],
    [1, 2, 3, 4, 5],
  ]);
});

test('a flood is cut into transactions of bounded size', async () => {
  const { queue, commits } = disk();
  await settled(...Array.from({ length: BATCH_LIMIT + 1 }, (_, at) => queue.push(checkpoint(at))));
  expect(commits.map((entries) => entries.length)).toEqual([BATCH_LIMIT, 1]);
});

test('a full disk loses nothing, is told once, and goes on by itself', async () => {
  const { queue, commits, answers, told } = disk();
  answers.push(
    () => new Error('database or disk is full'),
    () => new Error('database or disk is full'),
  );
  await settled(queue.push(checkpoint(1)), queue.push(checkpoint(2)));
  expect(commits.map((entries) => entries.length)).toEqual([2, 2, 2]);
  expect(told).toEqual([
    'the store cannot be written (database or disk is full); 2 entries wait, it is tried again',
    'the store can be written again; nothing was lost',
  ]);
});

describe('what may pass by itself', () => {
  /** Lets so much time pass, in steps in which what falls due happens. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      vi.advanceTimersByTime(50 - GATHER_MS);
      await turn();
    }
  }

  test('a lock of a fraction of a second is no trouble, and one of more than 5 s is', async () => {
    const { queue, answers, commits, told } = disk();
    const locked = (): Error => new Error('database is locked');
    answers.push(locked, locked);
    const first = queue.push(checkpoint(1));
    await turn();
    expect(commits).toHaveLength(1);
    await pass(500);
    await first;
    expect([commits.length, told, queue.trouble]).toEqual([3, [], null]);

    answers.push(...Array.from({ length: 20 }, () => locked));
    const second = queue.push(checkpoint(2));
    await turn();
    await pass(4_500);
    expect([told, queue.trouble]).toEqual([[], null]);
    await pass(1_000);
    expect(told).toEqual(['the store cannot be written (database is locked); 1 entries wait, it is tried again']);
    expect(queue.trouble).toContain('database is locked');
    await pass(60_000);
    await second;
    expect(told.slice(1)).toEqual(['the store can be written again; nothing was lost']);
    expect(queue.trouble).toBe(null);
  });

  test('a disk that does not answer is told after 5 s, once, and that it is over', async () => {
    const told: string[] = [];
    const answers: (() => void)[] = [];
    const commit = (): Promise<[]> => new Promise((resolve) => answers.push(() => resolve([])));
    const queue = createCommitQueue({ commit, onTrouble: (message) => told.push(message) });
    const first = queue.push(checkpoint(1));
    await turn();
    await pass(4_900);
    expect([told, queue.trouble]).toEqual([[], null]);
    await pass(10_000);
    expect(told).toEqual([
      'the store cannot be written (no answer from its disk for 5 s); 1 entries wait, it is tried again',
    ]);
    expect(queue.trouble).toContain('no answer from its disk');
    answers[0]?.();
    await first;
    expect(told.slice(1)).toEqual(['the store can be written again; nothing was lost']);
    expect(queue.trouble).toBe(null);
  });
});

test('only the entry that is to blame is rejected', async () => {
  const { queue, answers } = disk();
  answers.push(() => [{ index: 1, message: 'NOT NULL' }]);
  const pushed = Promise.allSettled([1, 2, 3].map((at) => queue.push(checkpoint(at))));
  await settled(pushed);
  const results = await pushed;
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('closing writes what waits, and takes nothing more', async () => {
  const { queue, commits } = disk();
  const last = queue.push(checkpoint(1));
  await queue.close();
  await last;
  expect(commits).toHaveLength(1);
  await expect(queue.push(checkpoint(2))).rejects.toThrow('the store is closed');
});

test('closing during trouble tries once more and then says what was not written', async () => {
  const { queue, answers, told } = disk();
  const failing = (): Error => new Error('disk I/O error');
  answers.push(failing, failing, failing);
  const lost = queue.push(checkpoint(1));
  const outcome = lost.catch((error: unknown) => messageOf(error));
  while (told.length === 0) await turn();
  await queue.close();
  expect(await outcome).toBe('the store was closed before it could be written: disk I/O error');
  expect(queue.waiting).toBe(0);
});

test('a long queue is held without its dialogues', async () => {
  const { queue, commits } = disk();
  const event = { kind: 'sampled', at: 1, sample: {}, visits: [{ transcript: [{ text: 'hello' }] }] };
  const entry = { kind: 'event', event } as unknown as Entry;
  await settled(...Array.from({ length: EVIDENCE_LIMIT + 1 }, () => queue.push(entry)));
  const held = commits.flat().map((one) => (one as unknown as { event: { visits: unknown[] } }).event.visits.length);
  expect(held.slice(0, EVIDENCE_LIMIT).every((length) => length === 1)).toBe(true);
  expect(held.slice(EVIDENCE_LIMIT)).toEqual([0]);
});

const FULL = (): Error => new Error('database or disk is full');
const BOUNDS = { entries: 20, bytes: 1e9 };

function event(kind: AgentEvent['kind'], at: number, more: object = {}): Entry {
  return { kind: 'event', event: { kind, at, ...more } as unknown as AgentEvent };
}

function sample(at: number, ok = true): Entry {
  const found: Sample = {
    ...{ system: 'corp', check: 'imap', target: 'hq', from: at, to: at + 1, ok, holdMs: 45, phases: [] },
    ...(!ok && { failure: { cause: 'connect', phase: 'connect', detail: 'no' } }),
  };
  return event('sampled', at, { sample: found, visits: [] });
}

/** What was committed, in words: `sampled 3`, `gap 3-8`. */
function words(commits: readonly (readonly Entry[])[]): string[] {
  return commits.flat().map((entry) => {
    if (entry.kind !== 'event') return entry.kind;
    const { event: told } = entry;
    return told.kind === 'gap' ? `gap ${told.gap.from}-${told.gap.to}` : `${told.kind} ${told.at}`;
  });
}

/** A queue whose disk is full, with one entry under way, and what ends that. */
async function fullDisk(bounds: QueueBounds) {
  const made = disk(bounds);
  made.answers.push(FULL);
  const first = made.queue.push(event('launched', 0));
  await turn();
  expect(made.queue.trouble).toBe(
    'the store cannot be written (database or disk is full): 1 entries wait in memory, it is tried again',
  );
  return {
    ...made,
    async free(): Promise<string[]> {
      await made.queue.close();
      await first;
      return words(made.commits.slice(1));
    },
  };
}

test('where memory is full good samples go first, the oldest ones, and a gap stands where they were', async () => {
  const { queue, told, free } = await fullDisk(BOUNDS);
  for (let at = 1; at < 18; at++) void queue.push(sample(at));
  void queue.push(event('launched', 18));
  void queue.push(sample(19));
  expect([queue.waiting, queue.dropped.samples, queue.isFull]).toEqual([18, 3, false]);
  expect(told.at(-1)).toBe(
    '18 entries wait for the store: samples are dropped, and their time is written as unmeasured',
  );
  const written = await free();
  expect(written.slice(0, 3)).toEqual(['launched 0', 'gap 1-4', 'sampled 4']);
  expect(written.slice(-2)).toEqual(['launched 18', 'sampled 19']);
  expect(told.at(-1)).toBe('the store can be written again; lost: 3 samples, whose time is unmeasured');
});

test('what a later entry tells anew, and what no row is made of, goes before any sample, and nothing was lost', async () => {
  const { queue, told, free } = await fullDisk(BOUNDS);
  for (let at = 1; at < 10; at++) void queue.push(sample(at));
  for (let at = 10; at < 15; at++) void queue.push(checkpoint(at));
  for (let at = 15; at < 18; at++) void queue.push(event('foreign', at));
  for (let at = 18; at < 20; at++) void queue.push(event('skipped', at));
  expect([queue.waiting, queue.dropped.samples]).toEqual([11, 0]);
  expect(await free()).toEqual([
    'launched 0',
    ...Array.from({ length: 9 }, (_, at) => `sampled ${at + 1}`),
    'checkpoint',
  ]);
  expect(told.at(-1)).toBe('the store can be written again; nothing was lost');
});

test('bad samples go after all good ones, no run is joined over what went, and no record of a probe goes', async () => {
  const { queue, told, free } = await fullDisk(BOUNDS);
  for (let at = 1; at < 9; at++) void queue.push(sample(at, at % 2 === 0));
  for (let at = 10; at < 40; at++) void queue.push(event('launched', at)).catch(() => undefined);
  expect(queue.isFull).toBe(true);
  expect(queue.trouble).toContain('no new probes are launched');
  expect(told.some((line) => line.includes('all of probes: no new ones are launched'))).toBe(true);
  // Samples of now find no room either; the last tenth is for the probes under way.
  void queue.push(sample(40));
  void queue.push(sample(41, false));
  void queue.push(event('skipped', 41));
  expect(queue.dropped).toEqual({ dialogues: 0, samples: 10, records: 30 - 20 });
  const written = await free();
  expect(written).toEqual([
    'launched 0',
    'gap 1-9',
    ...Array.from({ length: 20 }, (_, at) => `launched ${at + 10}`),
    'gap 40-42',
  ]);
  expect(queue.isFull).toBe(false);
  expect(told.at(-1)).toBe(
    'the store can be written again; lost: 10 samples, whose time is unmeasured; 10 records of probes',
  );
});

test('a good sample that goes between two bad ones leaves a gap there', async () => {
  const { queue, free } = await fullDisk(BOUNDS);
  for (let at = 1; at < 20; at++) void queue.push(sample(at, at % 2 === 1));
  // Ten gaps took the room of ten good samples, so two bad ones went as well.
  expect(await free()).toEqual([
    ...['launched 0', 'gap 1-6'],
    ...[6, 8, 10, 12, 14, 16, 18].flatMap((at) => [`sampled ${at}`, `gap ${at + 1}-${at + 2}`]),
  ]);
});

test('dialogues are bounded by what they take, too', async () => {
  const { queue, told } = await fullDisk({ entries: 100, bytes: 40_000 });
  const visits = [{ transcript: [{ text: 'x'.repeat(5_000) }] }];
  for (let at = 1; at < 10; at++)
    void queue.push(event('sampled', at, { sample: { ok: true, from: at, to: at }, visits }));
  expect(queue.dropped).toMatchObject({ samples: 0, dialogues: 6 });
  expect(told.at(-1)).toBe('4 entries wait for the store: further ones are held without what was said');
});
