import { expect, test } from 'vitest';
import { messageOf } from '../lib/errors.ts';
import { BATCH_LIMIT, createCommitQueue, EVIDENCE_LIMIT } from './commit-queue.ts';
import type { Entry, Refused } from './ledger.ts';

function checkpoint(at: number): Entry {
  return { kind: 'checkpoint', at };
}

function instants(commits: readonly (readonly Entry[])[]): readonly (readonly (number | null)[])[] {
  return commits.map((entries) => entries.map((entry) => (entry.kind === 'checkpoint' ? entry.at : null)));
}

/** Lets what is due by now happen. */
async function turn(): Promise<void> {
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve));
}

/** A disk whose commits are answered one by one, by hand. */
function disk() {
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
  });
  return { queue, commits, answers, told };
}

test('a burst is one transaction, and what comes meanwhile the next', async () => {
  const { queue, commits } = disk();
  const burst = [1, 2, 3].map((at) => queue.push(checkpoint(at)));
  await burst[0];
  await Promise.all([...burst, queue.push(checkpoint(4)), queue.push(checkpoint(5))]);
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
  await Promise.all([soon, queue.push(checkpoint(2))]);
  expect(instants(commits)).toEqual([[1, 2]]);
});

test('what nobody waits for is written all the same, together', async () => {
  const { queue, commits } = disk();
  const first = queue.push(checkpoint(1), 'soon');
  await turn();
  await Promise.all([first, queue.push(checkpoint(2), 'soon')]);
  await queue.push(checkpoint(3), 'soon');
  expect(instants(commits)).toEqual([[1, 2], [3]]);
});

test('at the close nothing waits for others', async () => {
  const { queue, commits } = disk();
  const soon = queue.push(checkpoint(1), 'soon');
  await turn();
  const closed = queue.close();
  await turn();
  expect(instants(commits)).toEqual([[1]]);
  await Promise.all([soon, closed]);
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
  await Promise.all([soon, now, ...later]);
  expect(instants(commits)).toEqual([
    [1, 2],
    [1, 2, 3, 4, 5],
  ]);
});

test('a flood is cut into transactions of bounded size', async () => {
  const { queue, commits } = disk();
  await Promise.all(Array.from({ length: BATCH_LIMIT + 1 }, (_, at) => queue.push(checkpoint(at))));
  expect(commits.map((entries) => entries.length)).toEqual([BATCH_LIMIT, 1]);
});

test('a full disk loses nothing, is told once, and goes on by itself', async () => {
  const { queue, commits, answers, told } = disk();
  answers.push(
    () => new Error('database or disk is full'),
    () => new Error('database or disk is full'),
  );
  await Promise.all([queue.push(checkpoint(1)), queue.push(checkpoint(2))]);
  expect(commits.map((entries) => entries.length)).toEqual([2, 2, 2]);
  expect(told).toEqual([
    'the store cannot be written (database or disk is full); 2 entries wait, it is tried again',
    'the store can be written again; nothing was lost',
  ]);
});

test('only the entry that is to blame is rejected', async () => {
  const { queue, answers } = disk();
  answers.push(() => [{ index: 1, message: 'NOT NULL' }]);
  const results = await Promise.allSettled([1, 2, 3].map((at) => queue.push(checkpoint(at))));
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
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await queue.close();
  expect(await outcome).toBe('the store was closed before it could be written: disk I/O error');
  expect(queue.waiting).toBe(0);
});

test('a long queue is held without its dialogues', async () => {
  const { queue, commits } = disk();
  const event = { kind: 'sampled', at: 1, sample: {}, visits: [{}] };
  const entry = { kind: 'event', event } as unknown as Entry;
  await Promise.all(Array.from({ length: EVIDENCE_LIMIT + 1 }, () => queue.push(entry)));
  const held = commits.flat().map((one) => (one as unknown as { event: { visits: unknown[] } }).event.visits.length);
  expect(held.slice(0, EVIDENCE_LIMIT).every((length) => length === 1)).toBe(true);
  expect(held.slice(EVIDENCE_LIMIT)).toEqual([0]);
});
