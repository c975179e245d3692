import type { Instant } from '../lib/time.ts';
import { readBounce } from '../probe/bounce.ts';
import { headerBlock, readHeaders } from '../probe/headers.ts';
import { isNamedAfter } from '../probe/letter.ts';
import type { Probe } from '../probe/probe.ts';
import type { ForgeryKind, Sighting } from '../probe/sighting.ts';
import { TOKEN_HEADER, type Tokens } from '../probe/token.ts';
import { MAX_HEADERS } from './sink-letter.ts';

/** What a letter's headers say that it is. Only `probe` and a `report` that proves to be about one are ours to delete. */
export type LetterKind =
  | {
      readonly kind: 'probe';
      readonly probe: Probe;
      readonly headers: string;
      /** See Sighting. */
      readonly renamed: boolean;
    }
  /** A delivery report (RFC 3464); its body tells about what. */
  | { readonly kind: 'report' }
  /** It has our header, and is not to be believed. */
  | { readonly kind: 'forgery'; readonly what: ForgeryKind }
  | { readonly kind: 'foreign' };

export type TokenReader = Pick<Tokens, 'read'>;

/** Judges a letter by its header block. Whoever forwards or answers a probe does not carry its header on. */
export function judgeLetter(text: string, tokens: TokenReader): LetterKind {
  const headers = readHeaders(text);
  const token = headers.first(TOKEN_HEADER);
  if (token !== null) {
    const reading = tokens.read(token);
    return reading.kind === 'ours'
      ? {
          kind: 'probe',
          probe: reading.probe,
          headers: headerBlock(text, MAX_HEADERS),
          renamed: !isNamedAfter(headers.first('Message-ID'), reading.probe.id),
        }
      : { kind: 'forgery', what: reading.kind };
  }
  const isReport = /^\s*multipart\/report\b/i.test(headers.first('Content-Type') ?? '');
  // A report is sent with a null return path (RFC 3464 section 2); where the server wrote another one it is none.
  const returnPath = headers.first('Return-Path');
  return isReport && (returnPath === null || /^\s*<\s*(?:MAILER-DAEMON[^>]*)?>/i.test(returnPath))
    ? { kind: 'report' }
    : { kind: 'foreign' };
}

/** Where a letter was found. */
export interface Place {
  readonly system: string;
  /** Name of the mailbox in the configuration. */
  readonly mailbox: string;
  /** Another watcher looks into this very account, for that probe. */
  readonly isShared: (probe: Probe) => boolean;
}

/** Whether a letter with that token is for here, for the watcher of another mailbox of the same account, or for neither. */
export function judgePlace(probe: Probe, place: Place): 'here' | 'shared' | 'other-system' | 'replayed' {
  const isHere = probe.kind === 'outbound' || probe.mailbox === place.mailbox;
  if (probe.system === place.system && isHere) return 'here';
  if (place.isShared(probe)) return 'shared';
  return probe.system === place.system ? 'replayed' : 'other-system';
}

/** A delivery report that embeds one of our own verified tokens. */
export interface OwnReport {
  readonly probe: Probe;
  /** Absent where it tells no failure and no delay. */
  readonly bounce?: Extract<Sighting, { kind: 'bounce' }>;
}

/**
 * Reads the whole report; null when it is about nobody's letter of ours, so that it stays where it is. `mailbox` is where
 * it came, null at our sink.
 */
export function readOwnReport(
  text: string,
  tokens: TokenReader,
  mailbox: string | null,
  at: Instant,
): OwnReport | null {
  const report = readBounce(text);
  if (report === null || report.token === null) return null;
  const reading = tokens.read(report.token);
  if (reading.kind !== 'ours') return null;
  const { probe } = reading;
  const told =
    report.recipients.find((it) => it.action === 'failed') ?? report.recipients.find((it) => it.action === 'delayed');
  if (told === undefined) return { probe };
  const words = told.words === '' ? (told.status ?? told.action) : told.words;
  const permanent = told.action === 'failed';
  const enhanced = told.status === null ? {} : { enhanced: told.status };
  return {
    probe,
    bounce: { kind: 'bounce', probeId: probe.id, signed: probe, at, mailbox, permanent, words, ...enhanced },
  };
}
