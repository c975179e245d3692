import { assert, integer, property, uniqueArray } from 'fast-check';
import { expect, test } from 'vitest';
import { DialogueError } from '../net/dialogue-error.ts';
import { createCleanUp, packUids } from './clean-up.ts';
import type { ImapSession } from './imap-session.ts';

test.each([
  [[], ''],
  [[5], '5'],
  [[7, 5, 6, 9], '5:7,9'],
])('%j is written as "%s"', (uids, text) => {
  expect(packUids(uids)).toBe(text);
});

test('what is written names exactly the UIDs that were given', () => {
  assert(
    property(uniqueArray(integer({ min: 1, max: 60 })), (uids) => {
      const named = packUids(uids)
        .split(',')
        .filter((part) => part !== '')
        .flatMap((part) => {
          const [from = 0, to = from] = part.split(':').map(Number);
          return Array.from({ length: to - from + 1 }, (_, index) => from + index);
        });
      expect(named).toEqual([...uids].sort((a, b) => a - b));
    }),
  );
});

test('letters wait for others to go with, for 5 s or until there are 50', () => {
  const cleanUp = createCleanUp();
  cleanUp.doom(1, letter, 1_000);
  cleanUp.doom(2, letter, 3_000);
  expect(cleanUp.dueAt).toBe(6_000);
  for (let uid = 3; uid <= 50; uid++) cleanUp.doom(uid, letter, 3_001);
  expect(cleanUp.dueAt).toBe(4_001);
});

test('a letter stays until what it tells has had its time to be written down', async () => {
  const cleanUp = createCleanUp();
  cleanUp.doom(1, letter, 1_000);
  cleanUp.doom(2, letter, 5_900);
  const session = sessionThat({ refuses: false });
  expect(await cleanUp.run(session, null, 6_000, 5_000)).toEqual({ deleted: 1 });
  expect(cleanUp).toMatchObject({ size: 1, holdFrom: 2, dueAt: 7_000 });
  expect(await cleanUp.run(session, null, 6_100, 5_100)).toBeNull();
  expect(cleanUp).toMatchObject({ size: 1, holdFrom: 2, dueAt: 7_100 });
  expect(await cleanUp.run(session, null, 7_100, 6_100)).toEqual({ deleted: 1 });
  expect(cleanUp).toMatchObject({ size: 0, dueAt: null });
});

test('after a refusal it is tried again ever more seldom, and a restart is to find it again', async () => {
  const cleanUp = createCleanUp();
  cleanUp.doom(4, letter, 0);
  expect(cleanUp.holdFrom).toBe(4);
  const session = sessionThat({ refuses: true });
  expect(await cleanUp.run(session, null, 10_000, 9_000)).toMatchObject({ deleted: 0, words: 'no' });
  expect(cleanUp).toMatchObject({ left: 1, holdFrom: 4, dueAt: 70_000 });
  await cleanUp.run(session, null, 70_000, 69_000);
  expect(cleanUp.dueAt).toBe(190_000);
  expect(await cleanUp.run(sessionThat({ refuses: false }), null, 190_000, 189_000)).toEqual({ deleted: 1 });
  expect(cleanUp).toMatchObject({ left: 0, size: 0, dueAt: null, holdFrom: null });
});

test('what is only marked counts until it is gone', async () => {
  const cleanUp = createCleanUp();
  for (const uid of [4, 5]) cleanUp.doom(uid, letter, 0);
  await cleanUp.run({ ...sessionThat({ refuses: false }), disposal: 'flag' }, null, 10_000, 9_000);
  expect(cleanUp).toMatchObject({ left: 2, size: 0 });
  cleanUp.recount([5]);
  expect(cleanUp.left).toBe(1);
  cleanUp.forget();
  expect(cleanUp.left).toBe(0);
});

test('UIDs of before a new UIDVALIDITY are never named again', async () => {
  const cleanUp = createCleanUp();
  cleanUp.doom(4, letter, 0);
  expect(cleanUp.forget()).toEqual([letter]);
  expect(cleanUp).toMatchObject({ size: 0, dueAt: null, holdFrom: null });
});

const letter = { probeId: 'p', copyId: 'c' };

/** As much of a session as deleting uses; the real one has its own tests against servers. */
function sessionThat({ refuses }: { readonly refuses: boolean }): ImapSession {
  const act = async (): Promise<void> => {
    if (refuses) throw new DialogueError({ cause: 'refused', phase: 'fetch', detail: 'refused', words: 'no' });
  };
  return { usable: true, disposal: 'expunge', expunge: act, flagDeleted: act } as Partial<ImapSession> as ImapSession;
}
