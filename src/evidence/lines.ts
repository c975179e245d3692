import { isAscii, isUtf8 } from 'node:buffer';
import { refusal } from './refusal.ts';

/** One line as it stands in the file. */
export interface Line {
  /** 1-based. */
  readonly number: number;
  /** All of it, its line feed included; the last may have none. */
  readonly bytes: Uint8Array;
}

/** The longest line, in bytes. A list of every day of a year takes some 5,000. */
export const LONGEST_LINE = 1_048_576;

const LINE_FEED = 0x0a;

/** Cuts the bytes of a file into lines, whatever pieces it comes in; no byte is looked at twice. Refuses lines too long. */
export interface LineCutter {
  cut(chunk: Uint8Array): Iterable<Line>;
  /** What stands after the last line feed, if anything does. */
  rest(): Line | undefined;
}

export function createLineCutter(file: string): LineCutter {
  let number = 0;
  let carried: Uint8Array[] = [];
  let length = 0;

  function take(piece: Uint8Array): void {
    length += piece.length;
    if (length > LONGEST_LINE)
      throw refusal({ file, line: number + 1 }, { path: '', expected: `a line of at most ${LONGEST_LINE} bytes` });
    carried.push(piece);
  }
  function give(): Line {
    number += 1;
    const line = { number, bytes: carried.length === 1 && carried[0] ? carried[0] : Buffer.concat(carried) };
    carried = [];
    length = 0;
    return line;
  }

  return {
    *cut(chunk): Iterable<Line> {
      let start = 0;
      for (;;) {
        const end = chunk.indexOf(LINE_FEED, start);
        if (end === -1) break;
        take(chunk.subarray(start, end + 1));
        yield give();
        start = end + 1;
      }
      if (start < chunk.length) take(chunk.subarray(start));
    },
    rest: () => (length === 0 ? undefined : give()),
  };
}

/** The text of a line, without a byte order mark before the first; refuses what is not UTF-8. */
export function textOf(line: Line, file: string): string {
  const { buffer, byteOffset, byteLength } = line.bytes;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  // Most lines are, and then this is twice as fast.
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (!isUtf8(bytes)) throw refusal({ file, line: line.number }, { path: '', expected: 'text in UTF-8' });
  const text = bytes.toString('utf8');
  return line.number === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text;
}
