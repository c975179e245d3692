import { createHash } from 'node:crypto';

/** What a seal says of the lines since the one before it. */
export interface Seal {
  /** SHA-256, 64 hex digits in lower case. */
  readonly sha256: string;
  /** The seal before; empty for the first. */
  readonly previous: string;
}

/**
 * The chain of seals of a file: SHA-256 over the hex text of the seal before (empty for the first) and the raw bytes,
 * line feeds included, of the lines since.
 */
export interface SealChain {
  /** Lines, or any part of them: what counts is the order of the bytes. */
  add(bytes: Uint8Array): void;
  /** Closes what was added since the last seal, and begins the next link with it. */
  seal(): Seal;
}

/** Bytes that are hashed at a time: a call for every line costs more than the hashing. */
const BATCH = 65_536;

export function createSealChain(): SealChain {
  let previous = '';
  let hash = createHash('sha256');
  const batch = new Uint8Array(BATCH);
  let waiting = 0;
  function digest(): void {
    hash.update(batch.subarray(0, waiting));
    waiting = 0;
  }
  return {
    add(bytes): void {
      if (waiting + bytes.length > BATCH) digest();
      if (bytes.length > BATCH) {
        hash.update(bytes);
        return;
      }
      batch.set(bytes, waiting);
      waiting += bytes.length;
    },
    seal(): Seal {
      digest();
      const made = { sha256: hash.digest('hex'), previous };
      previous = made.sha256;
      hash = createHash('sha256').update(previous);
      return made;
    },
  };
}

/** The line of a seal, without its line feed. */
export function sealLine({ sha256, previous }: Seal): string {
  return JSON.stringify({ type: 'seal', sha256, previous });
}

/** What names a whole file of evidence: SHA-256 of all its bytes, in hex. `sha256sum` says the same. */
export function hashOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
