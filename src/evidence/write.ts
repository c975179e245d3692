import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { Fact } from '../facts/facts.ts';
import { lineOf } from './line.ts';
import { createRedactor } from './redact.ts';
import { createSealChain, sealLine } from './seal.ts';

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
  const chain = createSealChain();
  const whole = createHash('sha256');
  const sink = typeof out === 'function' ? lineByLine(out) : inBlocks(out);
  let lines = 0;
  let bytes = 0;
  const put = (line: string): Promise<void> | void => {
    const text = `${line}\n`;
    lines += 1;
    bytes += Buffer.byteLength(text);
    chain.add(text);
    whole.update(text);
    return sink.put(text);
  };

  for await (const fact of facts) {
    if ((fact.type === 'header') !== (lines === 0)) throw new Error('the header comes first in evidence, and once');
    const written = put(lineOf(redact === undefined ? fact : redact(fact)));
    if (written !== undefined) await written;
  }
  if (lines === 0) throw new Error('evidence needs a header');
  const seal = chain.seal();
  await put(sealLine(seal));
  await sink.flush();
  sink.release();
  return { lines, bytes, sha256: whole.digest('hex'), seal: seal.sha256 };
}

/** What is between lines and the world outside. A promise is only made where something must be waited for. */
interface Sink {
  put(text: string): Promise<void> | void;
  flush(): Promise<void>;
  /** After all went well. A stream that failed may tell its error later than its write did, so it stays heard. */
  release(): void;
}

function lineByLine(out: (line: string) => void | Promise<void>): Sink {
  return { put: out, flush: async () => {}, release: () => {} };
}

/** One block is on its way at a time: the next waits until the stream has handed it on. */
function inBlocks(out: Writable): Sink {
  let block = '';
  let failure: Error | undefined;
  // Held between two blocks as well, where an error that nobody hears would end the process.
  const onError = (error: Error): void => {
    failure ??= error;
  };
  out.on('error', onError);

  function flush(): Promise<void> {
    const text = block;
    block = '';
    return new Promise((resolve, reject) => {
      if (failure !== undefined) return reject(failure);
      const onClose = (): void => reject(failure ?? new Error('the stream closed before the evidence was written'));
      out.once('close', onClose);
      out.write(text, (error) => {
        out.off('close', onClose);
        if (error) reject(error);
        else resolve();
      });
    });
  }
  return {
    put(text) {
      block += text;
      return block.length < BLOCK ? undefined : flush();
    },
    flush,
    release: () => out.off('error', onError),
  };
}
