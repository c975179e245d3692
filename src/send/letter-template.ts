import type { LetterRequest } from '../probe/letter.ts';

/** What the letter of one probe is made from. */
export interface ComposeRequest extends LetterRequest {
  /** Bytes of the whole letter, at least; a signature comes on top. */
  readonly size: number;
}

/**
 * A letter taken apart into what every letter of its route says and the places of a probe's own words. MIME is made once
 * for a route that way: making it for each letter costs as much as handing one over.
 */
export interface LetterTemplate {
  /** The letter for another probe; null when it is not of the same shape and has to be made anew. */
  fill(request: ComposeRequest): Buffer | null;
}

/** `raw` is the letter that was made for `request`. */
export function createLetterTemplate(request: ComposeRequest, raw: Buffer): LetterTemplate {
  const own = wordsOf(request);
  const shape = shapeOf(request, own);
  const pieces = takeApart(raw.toString('latin1'), own);
  return {
    fill(next) {
      const words = wordsOf(next);
      if (shapeOf(next, words) !== shape) return null;
      const text = pieces.map((it) => (typeof it === 'string' ? it : words[it.word]?.slice(it.from, it.to))).join('');
      return Buffer.from(text, 'latin1');
    },
  };
}

/** What every letter says, or the place of a part of one of the words. */
type Piece = string | { readonly word: number; readonly from: number; readonly to: number };

/** Quoted-printable may have to break a line anywhere (RFC 2045 section 6.7, rule 5). */
const SOFT_BREAK = '=\r\n';

function takeApart(text: string, words: readonly string[]): readonly Piece[] {
  const index = new Map(words.map((word, at) => [word, at]));
  // The longest first: the address at the sink begins with the probe's id.
  const forms = [...words]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.split('').map(literally).join(`(?:${SOFT_BREAK})?`));
  const pieces: Piece[] = [];
  for (const [at, piece] of text.split(new RegExp(`(${forms.join('|')})`, 'u')).entries()) {
    // Every second one is what the expression found.
    if (at % 2 === 0) pieces.push(piece);
    else pieces.push(...placesOf(piece.split(SOFT_BREAK), index));
  }
  return pieces;
}

function placesOf(parts: readonly string[], index: ReadonlyMap<string, number>): readonly Piece[] {
  const word = index.get(parts.join('')) ?? -1;
  let to = 0;
  return parts.flatMap((part, nth): Piece[] => {
    const from = to;
    to += part.length;
    return nth === 0 ? [{ word, from, to }] : [SOFT_BREAK, { word, from, to }];
  });
}

/** What a probe's letter says that no other one says, each as it stands in the letter. None of it is ever encoded. */
function wordsOf({ probe, token, to }: ComposeRequest): readonly string[] {
  const { id, launchedAt } = probe;
  const date = new Date(launchedAt);
  const fields = token.split('; ').filter((field) => /^(?:id|at|mac)=/u.test(field));
  // RFC 5322 section 3.3, as MailComposer writes it.
  return [
    id,
    date.toUTCString().replace('GMT', '+0000'),
    date.toISOString(),
    ...fields,
    ...(to.includes(id) ? [to] : []),
  ];
}

/** Letters of one shape have the same folds and the same padding: all that is not a word of the probe's own, and their lengths. */
function shapeOf({ probe, token, from, to, size }: ComposeRequest, words: readonly string[]): string {
  const { id, system, route, kind, mailbox } = probe;
  const fixed = token.split('; ').filter((field) => !words.includes(field));
  const address = to.includes(id) ? '' : to;
  return JSON.stringify([system, route, kind, mailbox, from, address, size, fixed, words.map((word) => word.length)]);
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
}
