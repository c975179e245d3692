import type { Database } from 'better-sqlite3';
import { HOUR, type Ms } from '../lib/time.ts';
import type { Sample } from '../probe/sample.ts';
import { toMicros } from './micros.ts';

/** Upper edges of the buckets b0 to b14, inclusive, in ms; b15 holds what lies above the last. */
export const DIGEST_EDGES_MS: readonly Ms[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000,
];

export interface DigestTable {
  /** Counts the times of a sample's phases in the hour in which it ended, and keeps a first attempt that failed alone. */
  add(target: number, sample: Sample): void;
}

export function createDigestTable(db: Database): DigestTable {
  const names = Array.from({ length: DIGEST_EDGES_MS.length + 1 }, (_, bucket) => `b${bucket}`);
  const count = db.prepare(
    `INSERT INTO digests (target, phase, hour, count, sum_us, max_us, ${names.join(', ')})
     VALUES (:target, :phase, :hour, 1, :us, :us, ${names.map((_, bucket) => `:bucket = ${bucket}`).join(', ')})
     ON CONFLICT (target, phase, hour) DO UPDATE SET
       count = count + 1, sum_us = sum_us + excluded.sum_us, max_us = max(max_us, excluded.max_us),
       ${names.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`,
  );
  const addTransient = db.prepare('INSERT INTO transients (target, at, failure) VALUES (?, ?, ?)');
  return {
    add(target, sample) {
      const hour = Math.floor(sample.to / HOUR);
      for (const { phase, ms } of sample.phases) {
        count.run({ target, phase, hour, us: toMicros(Math.max(0, ms)), bucket: bucketOf(ms) });
      }
      if (sample.transient !== undefined) {
        addTransient.run(target, toMicros(sample.from), JSON.stringify(sample.transient));
      }
    },
  };
}

function bucketOf(ms: Ms): number {
  const bucket = DIGEST_EDGES_MS.findIndex((edge) => ms <= edge);
  return bucket === -1 ? DIGEST_EDGES_MS.length : bucket;
}
