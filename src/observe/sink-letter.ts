import type { Readable } from 'node:stream';
import { headerBlock } from '../probe/headers.ts';

/** Longest header block that is kept as evidence, in characters; of a letter at the sink and of one in a mailbox. */
export const MAX_HEADERS = 16_384;

/** What is kept of a letter. */
export interface SinkLetter {
  readonly bytes: number;
  /** The raw header block, cut at `MAX_HEADERS`. */
  readonly headers: string;
  /** Its first bytes, as many as were asked for. */
  readonly start: Buffer;
}

/**
 * Reads a letter to its end and keeps its headers, or so many bytes as `keep` says, only. Null when it is longer than `maxBytes`, as soon as that shows:
 * the rest is not read. Rejects when the connection breaks before its end.
 */
export async function readLetter(
  stream: Readable,
  maxBytes: number,
  keep: number = MAX_HEADERS,
): Promise<SinkLetter | null> {
  let bytes = 0;
  const kept: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (bytes < keep) kept.push(chunk.subarray(0, keep - bytes));
    bytes += chunk.length;
    if (bytes > maxBytes) return null;
  }
  const start = Buffer.concat(kept);
  return { bytes, headers: headerBlock(start, MAX_HEADERS), start };
}
