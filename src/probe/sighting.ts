import type { Instant } from '../lib/time.ts';
import type { Probe } from './probe.ts';

/**
 * Probe X was seen at place P at instant T. `at` is on the agent's one clock.
 * contact: the mail system began to transmit it to our sink (TCP accept, or MAIL FROM for a later message of a connection) ·
 * copy: the sink took a whole copy · visible: the first answer of a mailbox that showed it · bounce: a report says it failed.
 */
export type Sighting = {
  readonly probeId: string;
  readonly at: Instant;
  /** The probe as its own verified token tells it; absent where no token was read. */
  readonly signed?: Probe;
} &
  /** `isNew`: from that address nothing had come before. */
  (
    | { readonly kind: 'contact'; readonly peer: string; readonly isNew?: true }
    | {
        readonly kind: 'copy';
        readonly bytes: number;
        readonly altered: boolean;
        readonly headers: string;
        readonly renamed?: boolean;
      }
    | {
        readonly kind: 'visible';
        /** Its Message-ID is not the one that our letter carries. */
        readonly renamed?: boolean;
        readonly mailbox: string;
        /** Mailbox name on the server: `INBOX`, `Junk`. */
        readonly folder: string;
        readonly junk: boolean;
        /** The sending instant of the last command that did not yet show it; null when the mailbox was not watched before. */
        readonly unseenUntil: Instant | null;
        /** Identity of this copy in its folder, so that one copy seen twice (after a restart) is no duplicate. */
        readonly copyId: string;
        /** The letter's raw header block, cut at 16 KiB: evidence only, no figure is read from it. */
        readonly headers: string;
      }
    | {
        readonly kind: 'bounce';
        /** Null: it came to our sink. */
        readonly mailbox: string | null;
        readonly permanent: boolean;
        readonly words: string;
        readonly enhanced?: string;
      }
  );

/**
 * Mail that looks like ours and is not to be believed, counted and ignored. replayed: a token of ours in a letter that is
 * not the probe's · other-system: a token that was signed for another mail system.
 */
export type ForgeryKind = 'forged' | 'other-instance' | 'malformed' | 'replayed' | 'other-system';
