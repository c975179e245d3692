/** Longest quotation of another host's words, in characters. */
export const MAX_WORDS = 500;

/** Another host's words, fit for a log, a page and a terminal: no control characters, one line, cut. */
export function cleanWords(text: string, max = MAX_WORDS): string {
  // Cut before the regular expression runs too: a host may send a megabyte.
  const line = text
    .slice(0, max * 4)
    // eslint-disable-next-line no-control-regex -- control characters (and those that turn the writing direction) are what is removed
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim();
  // A pair of surrogates that was cut in two would be no valid text.
  return line.length <= max ? line : `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
