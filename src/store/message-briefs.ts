import type { MessageFact } from '../facts/facts.ts';
import type { RouteName } from '../lib/check-names.ts';

/**
 * Many messages as one text, made by SQLite and taken apart here: row by row the same takes three times as long, and a
 * report waits for little else. A message that came out once, and into the inbox, is its id, the µs of its acceptance (16
 * digits until the year 2286), and the µs from there to its arrival and, where a mailbox was asked, to when it was not there
 * yet; of every other row it is `#` and its number. Semicolons stand between them.
 */
export function briefOf(check: RouteName): string {
  const isPlain = `copies < 2 AND outcome <> 'void' AND accepted_at >= 1000000000000000 AND length(id) = ${ID_LENGTH}`;
  const brief =
    check === 'outbound'
      ? `WHEN ${isPlain} AND unseen_until_at IS NULL THEN id || accepted_at || (relayed_at - accepted_at)`
      : `WHEN ${isPlain} AND folder = 'INBOX'
           THEN id || accepted_at || (visible_at - accepted_at) || ',' || (unseen_until_at - accepted_at)`;
  // What is not known is NULL, and so is all of the text then.
  return `group_concat(ifnull(CASE ${brief} END, '#' || n), ';')`;
}

const ID_LENGTH = 20;
const ACCEPTED_LENGTH = 16;
const [ZERO, HASH, MINUS, COMMA] = [0x30, 0x23, 0x2d, 0x2c];

/** Adds the messages of a text to `facts`, but for those named in `skip`; returns the numbers of the other rows. */
export function readBriefs(
  text: string,
  {
    vantage,
    check,
    target,
    skip,
  }: {
    readonly vantage: string;
    readonly check: RouteName;
    readonly target: string;
    readonly skip: ReadonlySet<string>;
  },
  facts: MessageFact[],
): readonly number[] {
  const others: number[] = [];
  const isOut = check === 'outbound';
  let at = 0;

  function number(): number {
    const sign = text.charCodeAt(at) === MINUS ? -1 : 1;
    if (sign < 0) at += 1;
    let value = 0;
    // Past the end of the text the code is NaN.
    for (let digit = text.charCodeAt(at) - ZERO; digit >= 0 && digit <= 9; digit = text.charCodeAt(at) - ZERO) {
      value = value * 10 + digit;
      at += 1;
    }
    return sign * value;
  }

  for (; at < text.length; at += 1) {
    if (text.charCodeAt(at) === HASH) {
      at += 1;
      others.push(number());
      continue;
    }
    const id = text.slice(at, at + ID_LENGTH);
    at += ID_LENGTH;
    let micros = 0;
    for (const end = at + ACCEPTED_LENGTH; at < end; at++) micros = micros * 10 + text.charCodeAt(at) - ZERO;
    const accepted = Math.floor(micros / 1_000);
    const out = Math.floor((micros + number()) / 1_000);
    let unseen = accepted;
    if (text.charCodeAt(at) === COMMA) {
      at += 1;
      unseen = Math.max(accepted, Math.floor((micros + number()) / 1_000));
    }
    if (skip.size > 0 && skip.has(id)) continue;
    // Written out, so that all of them are of two or three shapes.
    if (isOut) {
      facts.push({
        type: 'message',
        vantage,
        id,
        route: check,
        target,
        accepted_at: accepted,
        relayed_at: out,
        outcome: 'relayed',
      });
    } else if (unseen < out) {
      facts.push({
        type: 'message',
        vantage,
        id,
        route: check,
        target,
        accepted_at: accepted,
        visible_at: out,
        unseen_until: unseen,
        outcome: 'delivered',
      });
    } else {
      facts.push({
        type: 'message',
        vantage,
        id,
        route: check,
        target,
        accepted_at: accepted,
        visible_at: out,
        outcome: 'delivered',
      });
    }
  }
  return others;
}
