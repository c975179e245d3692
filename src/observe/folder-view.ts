import type { Instant } from '../lib/time.ts';
import type { Watermark } from '../probe/ports.ts';

/** When a letter was first shown, and until when it surely was not. */
export interface Arrival {
  readonly at: Instant;
  readonly unseenUntil: Instant | null;
}

/**
 * What is known of one folder: up to which UID it was looked at, and which letters the server has counted since, each
 * with its arrival. UIDs are told by FETCH only, so arrivals are kept by sequence number, which shift when others expunge.
 */
export interface FolderView {
  readonly uidValidity: string | null;
  /** First UID that was not looked at. */
  readonly uidNext: number;
  /** The highest UID there can be, by what the server has told: UIDNEXT, and one for each letter that it has counted since. */
  readonly highest: number;
  /** The server has counted letters that were not fetched yet. */
  readonly fresh: boolean;
  /** What is in the folder and was not read was surely not there until then; null: it may have been there from the start. */
  readonly clearUntil: Instant | null;
  /** SELECT or STATUS, sent at `sentAt`, was answered at `at` with these numbers. `changed`: the UIDs mean other letters now. */
  opened(
    state: { readonly uidValidity: string; readonly uidNext: number },
    sentAt: Instant,
    at: Instant,
  ): 'same' | 'changed' | 'first';
  /** UIDNEXT as it was told later on. */
  told(uidNext: number): void;
  /** Takes over where an earlier run had read to. */
  resume(mark: Watermark): void;
  /** UIDs below are old letters (first start). */
  skipTo(mark: Watermark): void;
  /** EXISTS: letters `from` to `to` by number are new. */
  counted(from: number, to: number, at: Instant): void;
  expunged(seq: number): void;
  /** A command sent at `sentAt` was completed; what it did not show was not there then. */
  asked(sentAt: Instant): void;
  /** By other means it is known that nobody could see anything until `at`. */
  unseenUntil(at: Instant): void;
  /** A FETCH from `uidNext` on is about to be sent. */
  fetching(): void;
  /** It was completed. */
  fetched(): void;
  arrivalOf(seq: number, now: Instant): Arrival;
  /** The letter with this UID was looked at. */
  looked(uid: number): void;
  /** The connection is gone, and with it all sequence numbers. */
  closed(): void;
}

interface Range extends Arrival {
  from: number;
  to: number;
  asked: boolean;
}

export function createFolderView(): FolderView {
  let uidValidity: string | null = null;
  let uidNext = 1;
  let highest = 0;
  let clearAt: Instant | null = null;
  let ranges: Range[] = [];
  /** Letters that were there when the folder was opened, numbers unknown. */
  let atOpening: (Arrival & { asked: boolean }) | null = null;

  function clearUntil(): Instant | null {
    const unread = [...ranges, ...(atOpening === null ? [] : [atOpening])].map((it) => it.unseenUntil ?? -Infinity);
    const until = Math.min(clearAt ?? -Infinity, ...unread);
    return until === -Infinity ? null : until;
  }

  return {
    get uidValidity() {
      return uidValidity;
    },
    get uidNext() {
      return uidNext;
    },
    get highest() {
      return highest;
    },
    get fresh() {
      return ranges.length > 0 || atOpening !== null;
    },
    get clearUntil() {
      return clearUntil();
    },
    opened(state, sentAt, at) {
      const before = uidValidity;
      uidValidity = state.uidValidity;
      highest = state.uidNext - 1;
      ranges = [];
      // Fewer than before under the same UIDVALIDITY: against RFC 3501 section 2.3.1.1, and seen after restored backups.
      const changed = before !== null && (before !== state.uidValidity || state.uidNext < uidNext);
      if (changed) uidNext = 1;
      const grown = state.uidNext > uidNext ? { at, unseenUntil: clearAt, asked: false } : null;
      // STATUS may have shown them before SELECT does.
      atOpening = changed ? grown : (atOpening ?? grown);
      clearAt = later(clearAt, sentAt);
      return before === null ? 'first' : changed ? 'changed' : 'same';
    },
    told(next) {
      highest = Math.max(highest, next - 1);
    },
    resume(mark) {
      ({ uidValidity, uidNext } = mark);
    },
    skipTo(mark) {
      ({ uidValidity, uidNext } = mark);
      atOpening = null;
    },
    counted(from, to, at) {
      if (from > to) return;
      ranges.push({ from, to, at, unseenUntil: clearAt, asked: false });
      highest += to - from + 1;
    },
    expunged(seq) {
      for (const range of ranges) {
        if (seq < range.from) range.from -= 1;
        if (seq <= range.to) range.to -= 1;
      }
      ranges = ranges.filter((range) => range.from <= range.to);
    },
    asked(sentAt) {
      clearAt = later(clearAt, sentAt);
    },
    unseenUntil(at) {
      clearAt = later(clearAt, at);
    },
    fetching() {
      for (const range of ranges) range.asked = true;
      if (atOpening !== null) atOpening.asked = true;
    },
    fetched() {
      ranges = ranges.filter((range) => !range.asked);
      if (atOpening?.asked === true) atOpening = null;
    },
    arrivalOf(seq, now) {
      const range = ranges.find((it) => it.from <= seq && seq <= it.to);
      const { at, unseenUntil } = range ?? atOpening ?? { at: now, unseenUntil: clearAt };
      return { at, unseenUntil };
    },
    looked(uid) {
      uidNext = Math.max(uidNext, uid + 1);
    },
    closed() {
      // What was counted and not read is found again as if it were new.
      clearAt = clearUntil();
      ranges = [];
      atOpening = null;
    },
  };
}

function later(a: Instant | null, b: Instant): Instant {
  return a === null ? b : Math.max(a, b);
}
