import type { Instant, Ms } from '../lib/time.ts';
import type { Failure, PhaseTime, TranscriptLine } from './visit.ts';

/** What became of one attempt to hand a probe to the mail system, as our side of the dialogue saw it. */
export type SendResult = SendFacts &
  (
    | {
        readonly kind: 'accepted';
        /** The 250 after DATA. */
        readonly acceptedAt: Instant;
        /** The server's line, `250 2.0.0 Ok: queued as 4cX...`. */
        readonly line: string;
      }
    /** A reply of 4xx or 5xx: an answer. `permanent` is 5xx. */
    | { readonly kind: 'refused'; readonly permanent: boolean; readonly failure: Failure }
    /** No whole dialogue came about, and the letter was surely not accepted: the final dot was not sent. */
    | { readonly kind: 'unreachable'; readonly failure: Failure }
    /** The final dot was sent and no reply came: it may still come out, and then it counts. */
    | {
        readonly kind: 'uncertain';
        readonly failure: Failure;
        /** When the final dot had been written: the earliest instant at which it can have been accepted. */
        readonly dotAt: Instant;
      }
  );

interface SendFacts {
  /** When the attempt began, and when its last answer (or the end of waiting) came. */
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** `host:port` that was spoken to. */
  readonly peer: string;
  readonly phases: readonly PhaseTime[];
  /** Without the letter itself. */
  readonly transcript: readonly TranscriptLine[];
  readonly certificateExpiresAt?: Instant;
}

/** A letter ready to be handed over: the raw message is built before the clock runs. */
export interface Letter {
  readonly from: string;
  readonly to: string;
  /** The Message-ID header's value with its angle brackets. */
  readonly messageId: string;
  readonly raw: Buffer;
}

/** Waiting that an inbound launch did, like an MTA, while it was refused with 4xx. */
export interface Deferral {
  readonly attempts: number;
  readonly refusedForMs: Ms;
}
