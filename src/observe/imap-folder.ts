import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { MINUTE, SECOND, type Instant } from '../lib/time.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import type { Observer, Watermarks } from '../probe/ports.ts';
import { createCleanUp, disposalOf, packUids, type CleanUp, type CleanUpResult, type Doomed } from './clean-up.ts';
import type { Expectations } from './expectations.ts';
import { createFolderView, type Arrival, type FolderView } from './folder-view.ts';
import type { FolderState, ImapRow, ImapSession } from './imap-session.ts';
import { judgeLetter, judgePlace, readOwnReport, type Place, type TokenReader } from './own-mail.ts';

export interface ImapFolderOptions extends Place {
  readonly tokens: TokenReader;
  readonly watermarks: Watermarks;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly expectations: Expectations;
  readonly log: Log;
}

/** One folder of a mailbox: what came to it is read once, told, and, when it is ours, put down for deletion. It outlives connections. */
export interface ImapFolder {
  readonly view: FolderView;
  readonly cleanUp: CleanUp;
  /** SELECT or STATUS told these numbers. Starts over when the UIDs mean other letters now. */
  opened(state: Omit<FolderState, 'count'>, sentAt: Instant): Promise<void>;
  /** All old letters have to be looked through; the folder is to be selected for it. */
  readonly mustScan: boolean;
  /** Reads what is new in the selected folder. */
  read(session: ImapSession): Promise<void>;
  /** Deletes a batch of own letters that were told until `toldUntil` in the selected folder; null: there are none. */
  tidy(session: ImapSession, trash: string | null, toldUntil: Instant): Promise<CleanUpResult | null>;
  /** When own letters that are only marked as deleted are to be counted: at first on each connection, then each minute. */
  countAt(session: ImapSession, trash: string | null): Instant;
  /** Counts them in the selected folder: an earlier run may have marked some, and others may have taken some out. */
  count(session: ImapSession): Promise<void>;
  /** There is no such folder. */
  missing(session: ImapSession): void;
  /** Writes down how far was read, at most once a second unless `now`. */
  save(now?: boolean): Promise<void>;
}

/** Letters looked through when a scan is needed: the newest so many UIDs, in so large steps. */
const SCAN_STEP = 1_000;
const SCAN_STEPS = 50;
const MOST_CANDIDATES = 5_000;
/** A restart reads so many UIDs anew at most for letters of ours that were not deleted yet, where deleting is refused for good. */
const MOST_HELD = 1_000;

/** `path` is the folder's name on the server. */
export function createImapFolder(path: string, junk: boolean, options: ImapFolderOptions): ImapFolder {
  const { system, mailbox, tokens, watermarks, clock, observer, expectations, log } = options;
  const view = createFolderView();
  const cleanUp = createCleanUp();
  /** Letters told under another UIDVALIDITY that must be somewhere in here still. */
  const moved = new Map<string, string[]>();
  let asked = false;
  let mustScan = false;
  let countedOn: ImapSession | null = null;
  let countedAt = 0;
  let saved = '';
  let savedAt = 0;

  async function opened(state: Omit<FolderState, 'count'>, sentAt: Instant): Promise<void> {
    const at = clock.now();
    const mark = asked ? null : await watermarks.get(system, mailbox, path);
    asked = true;
    if (mark !== null) view.resume(mark);
    const told = view.opened(state, sentAt, at);
    if (told === 'changed') {
      log.warn({ system, mailbox, folder: path }, 'UIDVALIDITY changed: the folder is looked through anew');
      remember(cleanUp.forget());
      mustScan = true;
    } else if (told === 'first') {
      // Before the first launch of all no letter here is ours. Else an earlier run may have been killed before it wrote
      // down how far it had read, and be it in the midst of a launch of which no row tells.
      mustScan = expectations.size > 0 || !watermarks.isBlank;
      if (!mustScan) view.skipTo(state);
    }
  }

  function remember(letters: readonly Doomed[]): void {
    moved.clear();
    for (const { probeId, copyId } of letters) moved.set(probeId, [...(moved.get(probeId) ?? []), copyId]);
  }

  async function read(session: ImapSession): Promise<void> {
    // What is counted from here on is for the next time.
    view.fetching();
    const range = mustScan ? await candidates(session) : `${view.uidNext}:*`;
    const first = mustScan ? 1 : view.uidNext;
    const reports: { uid: number; arrival: Arrival }[] = [];
    const own: { uid: number; letter: Doomed }[] = [];
    let last = mustScan ? scannedTo : 0;
    /** The highest of those that can be by what is known already. */
    let within = last;
    const row = (row: ImapRow): void => {
      // `n:*` shows the last letter even when its UID is below n (RFC 3501 section 6.4.8).
      if (row.uid < first) return;
      last = Math.max(last, row.uid);
      if (row.uid <= view.highest) within = Math.max(within, row.uid);
      const arrival = view.arrivalOf(row.seq, clock.now());
      const taken = take(row, arrival);
      if (taken === 'report') reports.push({ uid: row.uid, arrival });
      else if (taken !== null) own.push({ uid: row.uid, letter: taken });
    };
    if (range !== '') await session.fetch(range, 'headers', row);
    const bound = await boundOf(session, last);
    for (const { uid, letter } of own) if (uid <= bound) cleanUp.doom(uid, letter, clock.now());
    for (const { uid, arrival } of reports) if (uid <= bound) await takeReport(session, uid, arrival);
    mustScan = false;
    view.fetched();
    const looked = last <= bound ? last : within;
    if (looked > 0) view.looked(looked);
  }

  /**
   * The highest UID that is believed. One that does not exist yet will be another's letter: it must neither be passed over
   * as looked at, nor be deleted. Letters that others took out before they were counted leave gaps, so UIDNEXT is asked for.
   */
  async function boundOf(session: ImapSession, last: number): Promise<number> {
    if (last <= view.highest) return view.highest;
    const state = await session.status(path);
    if (state !== null && state.uidValidity === view.uidValidity) view.told(state.uidNext);
    if (last > view.highest)
      log.warn(
        { system, mailbox, folder: path, uid: last },
        'a letter was shown with a UID that cannot be: UIDNEXT is lower',
      );
    return view.highest;
  }

  let scannedTo = 0;

  /** UIDs of letters that may be ours, the newest first looked at; by two header fields, so that a large folder is no large answer. */
  async function candidates(session: ImapSession): Promise<string> {
    const found: number[] = [];
    scannedTo = view.highest;
    for (let step = 0, to = scannedTo; step < SCAN_STEPS && to >= 1; step++, to -= SCAN_STEP) {
      const from = Math.max(1, to - SCAN_STEP + 1);
      await session.fetch(`${from}:${to}`, 'token', ({ uid, text }) => {
        const { kind } = judgeLetter(text, tokens);
        if ((kind === 'probe' || kind === 'report') && found.length < MOST_CANDIDATES) found.push(uid);
      });
    }
    return packUids(found);
  }

  /** Tells what came. What is to be deleted is returned; null: nothing. */
  function take(row: ImapRow, { at, unseenUntil }: Arrival): 'report' | Doomed | null {
    const letter = judgeLetter(row.text, tokens);
    if (letter.kind === 'report') return 'report';
    if (letter.kind === 'forgery') observer.foreign('mailbox', letter.what);
    if (letter.kind !== 'probe') return null;
    const { id: probeId, kind } = letter.probe;
    const place = judgePlace(letter.probe, options);
    if (place !== 'here') {
      // Its figure is that of the way to where it belongs, and its watcher is to find and to delete it.
      log.warn(
        { system, mailbox, folder: path, probe: probeId, place },
        'a probe for another place was found and is left',
      );
      if (place !== 'shared') observer.foreign('mailbox', place);
      return null;
    }
    const copyId = moved.get(probeId)?.shift() ?? `${system}/${mailbox}/${path}/${view.uidValidity}/${row.uid}`;
    expectations.drop(probeId);
    // One that was to leave the system and is found inside says nothing of its way out.
    if (kind === 'outbound')
      log.warn({ system, mailbox, folder: path, probe: probeId }, 'an outbound probe was found in a mailbox');
    else
      observer.sighted({
        kind: 'visible',
        probeId,
        signed: letter.probe,
        ...(letter.renamed && { renamed: true }),
        at,
        unseenUntil,
        mailbox,
        folder: path,
        junk,
        copyId,
        headers: letter.headers,
      });
    return { probeId, copyId };
  }

  async function takeReport(session: ImapSession, uid: number, { at }: Arrival): Promise<void> {
    await session.fetch(`${uid}`, 'report', ({ uid: shown, text }) => {
      if (shown !== uid) return;
      const report = readOwnReport(text, tokens, mailbox, at);
      if (report === null || report.probe.system !== system) return;
      cleanUp.doom(uid, { probeId: report.probe.id, copyId: '' }, clock.now());
      if (report.bounce !== undefined) observer.sighted(report.bounce);
    });
  }

  async function count(session: ImapSession): Promise<void> {
    const isFirst = countedOn !== session;
    counted(session);
    try {
      const there = await session.flagged();
      const ours = there.filter((uid) => cleanUp.flagged.has(uid));
      const unknown = there.filter((uid) => !cleanUp.flagged.has(uid)).slice(-MOST_CANDIDATES);
      if (isFirst && unknown.length > 0) {
        await session.fetch(packUids(unknown), 'token', ({ uid, text }) => {
          const letter = judgeLetter(text, tokens);
          if (letter.kind === 'probe' && judgePlace(letter.probe, options) === 'here') ours.push(uid);
        });
      }
      cleanUp.recount(ours);
    } catch (error) {
      if (!(error instanceof DialogueError) || error.failure.cause !== 'refused' || !session.usable) throw error;
      log.warn({ system, mailbox, folder: path, error: error.failure.detail }, 'own letters could not be counted');
    }
  }

  function counted(session: ImapSession): void {
    countedOn = session;
    countedAt = clock.now();
  }

  return {
    view,
    cleanUp,
    count,
    missing: counted,
    countAt(session, trash) {
      if (disposalOf(session, trash) !== 'flag') return Infinity;
      if (countedOn !== session) return -Infinity;
      return cleanUp.flagged.size === 0 ? Infinity : countedAt + MINUTE;
    },
    opened,
    read,
    get mustScan() {
      return mustScan;
    },
    tidy: (session, trash, toldUntil) => cleanUp.run(session, trash, clock.now(), toldUntil),
    async save(now = false) {
      if (view.uidValidity === null || mustScan || (!now && clock.now() - savedAt < SECOND)) return;
      const hold = Math.max(cleanUp.holdFrom ?? Infinity, view.uidNext - MOST_HELD);
      const uidNext = Math.min(view.uidNext, hold);
      const key = `${view.uidValidity} ${uidNext}`;
      if (key === saved) return;
      savedAt = clock.now();
      try {
        const mark = { uidValidity: view.uidValidity, uidNext };
        await watermarks.set(system, mailbox, path, mark, now ? 'now' : 'soon');
        saved = key;
      } catch (error) {
        log.warn(
          { system, mailbox, error: messageOf(error) },
          'how far the mailbox was read could not be written down',
        );
      }
    },
  };
}
