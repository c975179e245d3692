/**
 * Numbers in a row, of which there may be millions: no object for each, and as many bytes as its kind has. It grows block by
 * block, so nothing is copied meanwhile.
 */
export interface Column {
  readonly length: number;
  push(value: number): void;
  /** 0 beyond the end. */
  at(index: number): number;
  /** All of them, as a copy. */
  toArray(): Float64Array;
}

/** `kind`: Uint32Array for whole numbers below 2 ** 32, Float64Array for all others. */
export function createColumn(kind: typeof Float64Array | typeof Uint32Array): Column {
  return new Blocks(kind);
}

const BITS = 14;
const BLOCK = 1 << BITS;

// One that is a class is read and written without a closure for each: some ten million times a report.
class Blocks implements Column {
  length = 0;
  readonly #kind: typeof Float64Array | typeof Uint32Array;
  readonly #blocks: (Float64Array | Uint32Array)[] = [];

  constructor(kind: typeof Float64Array | typeof Uint32Array) {
    this.#kind = kind;
  }

  push(value: number): void {
    const within = this.length & (BLOCK - 1);
    let block = this.#blocks[this.length >>> BITS];
    if (block === undefined) this.#blocks.push((block = new this.#kind(BLOCK)));
    block[within] = value;
    this.length++;
  }

  at(index: number): number {
    return this.#blocks[index >>> BITS]?.[index & (BLOCK - 1)] ?? 0;
  }

  toArray(): Float64Array {
    const all = new Float64Array(this.length);
    for (const [index, block] of this.#blocks.entries()) {
      const start = index * BLOCK;
      all.set(block.subarray(0, Math.min(BLOCK, this.length - start)), start);
    }
    return all;
  }
}
