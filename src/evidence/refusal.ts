import { ConfigError } from '../lib/errors.ts';

/** A line of a file of evidence; 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** What is wrong on a line: the path of the key, empty for the line as a whole, and what was expected there. */
export interface Fault {
  readonly path: string;
  readonly expected: string;
  /** What stood there; absent where nothing did. */
  readonly got?: unknown;
}

/** The longest piece of a file that an error shows, in characters. */
const LONGEST = 60;

/** One error, one line: a file of evidence is refused at the first thing that is wrong with it. */
export function refusal(place: Place, fault: Fault): ConfigError {
  const { path, expected, got } = fault;
  return new ConfigError([
    { file: place.file, line: place.line, path, expected, ...(got === undefined ? {} : { got: shown(got) }) },
  ]);
}

/** A key whose value is wrong, or that is missing (null is the same). */
export function keyFault(path: string, expected: string, got: unknown): Fault {
  return got === undefined || got === null
    ? { path, expected: `${expected}; the key is missing` }
    : { path, expected, got };
}

/** A value as the file says it, short, and without what a terminal might obey: the file comes from the other party. */
function shown(value: unknown): string {
  // 1e999 is JSON, and no number that JSON could say again.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return cut.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
