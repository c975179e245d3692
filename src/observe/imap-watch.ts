import type { Clock } from '../lib/clock.ts';
import { SECOND, type Instant, type Ms } from '../lib/time.ts';
import { BEHIND_MS } from '../probe/behind.ts';
import type { Observer } from '../probe/ports.ts';
import type { Expectations } from './expectations.ts';
import type { ImapFolder } from './imap-folder.ts';
import type { ImapSession } from './imap-session.ts';
import { askGap, junkAge } from './pace.ts';
import type { Vigil } from './vigil.ts';

export interface ImapWatchOptions {
  /** What is known of a folder, by its name on the server. */
  readonly folder: (path: string, junk: boolean) => ImapFolder;
  /** Configured name; null: by its special use, else `Junk`. */
  readonly junkName: string | null;
  readonly expectations: Expectations;
  readonly clock: Clock;
  readonly gapMs: Ms;
  readonly slowGapMs: Ms;
  readonly vigil: Pick<Vigil, 'wait' | 'stopping'>;
  readonly observer: Pick<Observer, 'ledgerIsBehind' | 'written'>;
  /** The mailbox can be looked at. */
  readonly ready: () => void;
  /** Own letters were deleted, or could not be. */
  readonly tidied: (result: { readonly deleted: number; readonly words?: string }) => void;
}

const INBOX = 'INBOX';
const YOUNG_MS: Ms = 1_000;
const MOST_DEFERRED_MS: Ms = 5_000;

/**
 * Looks after one mailbox over one connection until it is told to stop; throws DialogueError when the connection is of no
 * more use. It asks with NOOP, often while a probe is young: IDLE is announced up to half a second late by Dovecot.
 */
export async function watchOver(session: ImapSession, options: ImapWatchOptions): Promise<void> {
  const { folder, expectations, clock, gapMs, vigil, observer } = options;
  const inbox = folder(INBOX, false);
  let junkPath = '';
  let trash: string | null = null;
  /** Age of the youngest probe at the last look into Junk, and who that was. */
  let junkLooked: { readonly youngestAt: Instant; readonly age: Ms } | null = null;
  let askedAt = clock.now();

  async function open(): Promise<void> {
    const sentAt = clock.now();
    await inbox.opened(await session.select(INBOX), sentAt);
    while (inbox.view.fresh || inbox.mustScan) await inbox.read(session);
  }

  async function findJunk(): Promise<void> {
    const named = await session.folders();
    trash = named.trash;
    junkPath = options.junkName ?? named.junk ?? 'Junk';
    if (hasJunk()) await lookIntoJunk();
  }

  function hasJunk(): boolean {
    return junkPath !== '' && junkPath.toUpperCase() !== INBOX;
  }

  async function lookIntoJunk(): Promise<void> {
    const youngestAt = expectations.youngestAt;
    const sentAt = (askedAt = clock.now());
    if (youngestAt !== null) junkLooked = { youngestAt, age: sentAt - youngestAt };
    const state = await session.status(junkPath);
    const junk = folder(junkPath, true);
    const { cleanUp } = junk;
    // What was refused before is due by itself: it does not wait for a letter that is new.
    const due = (cleanUp.dueAt ?? Infinity) <= clock.now();
    const counts = junk.countAt(session, trash) <= clock.now();
    if (state === null) {
      junk.missing(session);
      if (due) cleanUp.postpone(clock.now());
      // Where there is no such folder, nothing lies in it.
      junk.view.asked(sentAt);
      return;
    }
    await junk.opened(state, sentAt);
    if (!junk.view.fresh && !junk.mustScan && !due && !counts) {
      // From the first look on, so that a later run need not look through all of it.
      void junk.save();
      return;
    }
    // What INBOX has shown meanwhile would lose its number.
    while (inbox.view.fresh) await inbox.read(session);
    // Told again: since STATUS another folder may have taken its place, and the UIDs mean other letters then.
    await junk.opened(await session.select(junkPath), sentAt);
    if (junk.view.fresh || junk.mustScan) await junk.read(session);
    await tidyAll(junk);
    if (counts) await count(junk);
    // Nor is it waited for here: while a disk is full the mailbox is looked at all the same.
    void junk.save(true);
    await open();
  }

  /** Nothing goes before what it tells is written down, which the last moment's is not. */
  async function tidy(folder: ImapFolder, toldUntil = clock.now() - BEHIND_MS): Promise<void> {
    if (folder.cleanUp.size === 0 || observer.ledgerIsBehind()) return;
    const result = await folder.tidy(session, trash, toldUntil);
    if (result !== null) options.tidied(result);
  }

  /** What was told just now, too: it is waited for until that is written down. */
  async function tidyAll(folder: ImapFolder): Promise<void> {
    if (folder.cleanUp.size === 0) return;
    const toldUntil = clock.now();
    await observer.written();
    await tidy(folder, toldUntil);
  }

  async function count(folder: ImapFolder): Promise<void> {
    const before = folder.cleanUp.left;
    await folder.count(session);
    if (folder.cleanUp.left !== before) options.tidied({ deleted: 0 });
  }

  async function ask(): Promise<void> {
    const sentAt = clock.now();
    await session.noop();
    inbox.view.asked(sentAt);
    askedAt = clock.now();
  }

  function nextAskAt(): Instant {
    const { youngestAt } = expectations;
    if (youngestAt === null) return askedAt + Math.max(gapMs, options.slowGapMs);
    const from = Math.max(askedAt, youngestAt);
    return Math.max(askedAt + gapMs, from + askGap(from - youngestAt, 0, options.slowGapMs));
  }

  function nextJunkAt(): Instant {
    const { youngestAt } = expectations;
    if (youngestAt === null || !hasJunk()) return Infinity;
    const looked = junkLooked?.youngestAt === youngestAt ? junkLooked.age : 0;
    return Math.max(youngestAt + junkAge(looked), askedAt + gapMs);
  }

  /** Deleting takes Dovecot some 20 ms; a probe that may come out any moment goes before it, for a while. */
  function whenCalm(dueAt: Instant | null): Instant {
    const due = Math.max(dueAt ?? Infinity, observer.ledgerIsBehind() ? clock.now() + SECOND : -Infinity);
    const calmAt = (expectations.youngestAt ?? -Infinity) + YOUNG_MS;
    return Math.max(due, Math.min(calmAt, due + MOST_DEFERRED_MS));
  }

  function junkDueAt(junk: ImapFolder): Instant {
    return Math.min(whenCalm(junk.cleanUp.dueAt), junk.countAt(session, trash));
  }

  await open();
  await findJunk();
  options.ready();
  while (!vigil.stopping) {
    if (inbox.view.fresh) {
      await inbox.read(session);
      continue;
    }
    const now = clock.now();
    const [askAt, tidyAt] = [nextAskAt(), whenCalm(inbox.cleanUp.dueAt)];
    const countAt = inbox.countAt(session, trash);
    const junkAt = Math.min(nextJunkAt(), hasJunk() ? junkDueAt(folder(junkPath, true)) : Infinity);
    if (askAt <= now) await ask();
    else if (junkAt <= now) await lookIntoJunk();
    else if (tidyAt <= now) await tidy(inbox);
    else if (countAt <= now) await count(inbox);
    else {
      // Not waited for: a disk that is slow must not hold up a question.
      void inbox.save();
      await vigil.wait(Math.min(askAt, junkAt, tidyAt, countAt) - now);
    }
  }
  await tidyAll(inbox);
}
