/** Longest part of a message that is looked at for its headers, in characters: evidence needs no more. */
export const MAX_HEADER_BLOCK = 64 * 1_024;
const MAX_FIELDS = 1_000;
const MAX_HOPS = 50;
const MAX_HOP_LENGTH = 1_000;

export interface Headers {
  /** Value of the first field of that name, whatever the case, unfolded (RFC 5322 section 2.2.3); null where there is none. */
  first(name: string): string | null;
  /** The `Received` fields as text, the last hop first, as they stand. Evidence only: their dates enter no figure. */
  readonly received: readonly string[];
}

/** Reads the header block of a message that another host wrote. Never throws; what is no field is passed over. */
export function readHeaders(message: string | Buffer): Headers {
  const fields = unfold(headerBlock(message)).slice(0, MAX_FIELDS).flatMap(fieldOf);
  return {
    first(name) {
      const wanted = name.toLowerCase();
      return fields.find((field) => field.name === wanted)?.value ?? null;
    },
    received: fields
      .filter((field) => field.name === 'received')
      .slice(0, MAX_HOPS)
      .map((field) => field.value.replace(/\s+/gu, ' ').slice(0, MAX_HOP_LENGTH)),
  };
}

/** The text before the first empty line (all of it where there is none), at most `max` characters. */
export function headerBlock(message: string | Buffer, max = MAX_HEADER_BLOCK): string {
  // A character of UTF-8 has at most 4 bytes; cut before decoding, for a message may be large.
  const text =
    typeof message === 'string'
      ? message.slice(0, max)
      : message
          .subarray(0, max * 4)
          .toString('utf8')
          .slice(0, max);
  // A message that begins with an empty line has no headers.
  const end = /(?:^|\r?\n)\r?\n/u.exec(text);
  return end === null ? text : text.slice(0, end.index);
}

/** Lines of fields, each with its continuation lines: a fold is a line break before white space, which stays. */
function unfold(block: string): string[] {
  const fields: string[][] = [];
  for (const line of block.split(/\r?\n/u)) {
    const current = fields.at(-1);
    if (/^[ \t]/u.test(line) && current !== undefined) current.push(line);
    else fields.push([line]);
  }
  return fields.map((lines) => lines.join(''));
}

interface Field {
  readonly name: string;
  readonly value: string;
}

function fieldOf(line: string): Field[] {
  const colon = line.indexOf(':');
  // Obsolete syntax allows white space before the colon (RFC 5322 section 4.5).
  const name = line.slice(0, Math.max(0, colon)).trimEnd().toLowerCase();
  return /^[\x21-\x39\x3b-\x7e]{1,100}$/u.test(name) ? [{ name, value: line.slice(colon + 1).trim() }] : [];
}
