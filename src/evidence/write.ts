import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { Fact } from '../facts/facts.ts';
import { lineOf } from './line.ts';
import { createRedactor } from './redact.ts';
import { sealLine } from './seal.ts';

/** Where lines go: a stream, which is left open, or a function that takes one line at a time with its line feed. */
export type EvidenceOut = Writable | ((line: string) => void | Promise<void>);

export interface WriteOptions {
  /** Leaves out the servers' words and all addresses: see `redact.ts`. */
  readonly redact?: boolean;
}

/** What was written. */
export interface WrittenEvidence {
  /** Lines, the seal's included. */
  readonly lines: number;
  readonly bytes: number;
  /** Of the whole file: what names the evidence that a month was closed on. */
  readonly sha256: string;
  /** The seal's. */
  readonly seal: string;
}

/** Lines are handed to a stream in blocks of about so many bytes. */
const BLOCK = 65_536;

/**
 * Writes facts as a file of evidence and seals it. The header comes first; of the rest no order is asked. Memory is flat:
 * no more than one block waits for a stream. Rejects with the stream's error, or when the stream closes too early.
 */
export async function writeEvidence(
  facts: Iterable<Fact> | AsyncIterable<Fact>,
  out: EvidenceOut,
  options: WriteOptions = {},
): Promise<WrittenEvidence> {
  const redact = options.redact === true ? createRedactor() : undefined;
  const sink = typeof out === 'function' ? undefined : sinkOf(out);
  const hash = createHash('sha256');
  let lines = 0;
  let bytes = 0;
  let block = '';

  async function flush(): Promise<void> {
    const raw = Buffer.from(block);
    block = '';
    bytes += raw.length;
    hash.update(raw);
    if (sink !== undefined) await sink.write(raw);
  }
  async function put(line: string): Promise<void> {
    lines += 1;
    block += line;
    if (typeof out === 'function') await out(line);
    if (block.length >= BLOCK) await flush();
  }

  for await (const fact of facts) {
    if ((fact.type === 'header') !== (lines === 0)) throw new Error('the header comes first in evidence, and once');
    await put(`${lineOf(redact === undefined ? fact : redact(fact))}\n`);
  }
  if (lines === 0) throw new Error('evidence needs a header');
  await flush();
  // The one seal stands over all lines, and no other before it.
  const seal = hash.copy().digest('hex');
  await put(`${sealLine({ sha256: seal, previous: '' })}\n`);
  await flush();
  sink?.release();
  return { lines, bytes, sha256: hash.digest('hex'), seal };
}

interface Sink {
  /** One block is on its way at a time: the next waits until the stream has handed it on. */
  write(block: Uint8Array): Promise<void>;
  /** After all went well. A stream that failed may tell its error later than its write did, so it stays heard. */
  release(): void;
}

function sinkOf(out: Writable): Sink {
  let failure: Error | undefined;
  // Held between two blocks as well, where an error that nobody hears would end the process.
  const onError = (error: Error): void => {
    failure ??= error;
  };
  out.on('error', onError);
  return {
    write: (block) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        const onClose = (): void => reject(failure ?? new Error('the stream closed before the evidence was written'));
        out.once('close', onClose);
        out.write(block, (error) => {
          out.off('close', onClose);
          if (error) reject(error);
          else resolve();
        });
      }),
    release: () => out.off('error', onError),
  };
}
