import { randomInt } from 'node:crypto';
import { createColumn } from '../lib/column.ts';

/** Ids that were told, on which line, and what that line said: some 50 bytes for each, for there may be millions. */
export interface IdIndex {
  /** `said`: what the line says, the same text for the same facts. */
  add(id: string, said: string, line: number): 'new' | 'same' | { readonly saysElseOnLine: number };
}

/**
 * The ids themselves are kept, of what their lines said a digest of 64 bits, which is looked at only where an id comes
 * again.
 */
export function createIdIndex(): IdIndex {
  const texts = createTexts();
  const [placeOf, hashOf, lineOf] = [createColumn(Float64Array), createColumn(Uint32Array), createColumn(Uint32Array)];
  const [lowOf, highOf] = [createColumn(Uint32Array), createColumn(Uint32Array)];
  // Open addressing: 0 is free, else one more than the number of an id.
  let slots = new Uint32Array(1 << 12);

  function slotOf(hash: number, isIt: (entry: number) => boolean): number {
    for (let slot = hash & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const entry = slots[slot] ?? 0;
      if (entry === 0 || isIt(entry - 1)) return slot;
    }
  }
  function grow(): void {
    slots = new Uint32Array(slots.length * 2);
    for (let entry = 0; entry < hashOf.length; entry++) slots[slotOf(hashOf.at(entry), () => false)] = entry + 1;
  }

  return {
    add(id, said, line) {
      // Not as UTF-8 alone, in which halves of surrogate pairs are all the same.
      const text = JSON.stringify(id);
      const [hash] = digest(text);
      const [low, high] = digest(said);
      const slot = slotOf(hash, (entry) => hashOf.at(entry) === hash && texts.isAt(placeOf.at(entry), text));
      const entry = (slots[slot] ?? 0) - 1;
      if (entry >= 0) {
        if (lowOf.at(entry) === low && highOf.at(entry) === high) return 'same';
        return { saysElseOnLine: lineOf.at(entry) };
      }
      placeOf.push(texts.add(text));
      hashOf.push(hash);
      lineOf.push(line);
      lowOf.push(low);
      highOf.push(high);
      slots[slot] = hashOf.length;
      if (hashOf.length * 4 > slots.length * 3) grow();
      return 'new';
    },
  };
}

interface Texts {
  /** Where it begins. */
  add(text: string): number;
  isAt(place: number, text: string): boolean;
}

const BLOCK = 1 << 20;

/** Texts one after the other, each with a line feed, which none of them has inside. */
function createTexts(): Texts {
  const blocks: Buffer[] = [];
  let next = 0;
  return {
    add(text) {
      const length = Buffer.byteLength(text) + 1;
      const left = BLOCK * blocks.length - next;
      if (length > left) {
        next = BLOCK * blocks.length;
        // A text that is longer than a block has several to itself.
        const whole = Buffer.allocUnsafeSlow(Math.ceil(length / BLOCK) * BLOCK);
        for (let at = 0; at < whole.length; at += BLOCK) blocks.push(whole.subarray(at));
      }
      const place = next;
      blocks[Math.floor(place / BLOCK)]?.write(`${text}\n`, place % BLOCK);
      next += length;
      return place;
    },
    isAt(place, text) {
      const block = blocks[Math.floor(place / BLOCK)];
      const start = place % BLOCK;
      const length = Buffer.byteLength(text) + 1;
      return block?.toString('utf8', start, Math.min(block.length, start + length)) === `${text}\n`;
    },
  };
}

/** Another one in each process: nobody makes up ids that are all in one place. */
const SEEDS = [randomInt(2 ** 32), randomInt(2 ** 32)] as const;

/** Two numbers of 32 bits that all of the text goes into. */
function digest(text: string): readonly [low: number, high: number] {
  let [low, high]: [number, number] = [...SEEDS];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x9e3779b1);
    high = Math.imul(high ^ code, 0x5f356495);
    // The high bits come down, or the low ones would never hear of them.
    low ^= low >>> 15;
    high ^= high >>> 13;
  }
  low = Math.imul(low ^ (high >>> 16), 0x85ebca6b);
  high = Math.imul(high ^ (low >>> 13), 0xc2b2ae35);
  return [(low ^ (low >>> 13)) >>> 0, (high ^ (high >>> 16)) >>> 0];
}
