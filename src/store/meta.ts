import { randomBytes } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { Instant } from '../lib/time.ts';
import { fromMicros, toMicros } from './micros.ts';

/** Who a store is: made once, at its creation. */
export interface Identity {
  /** 12 characters of lower-case base32, so that it fits into a token and a local part. */
  readonly instance: string;
  /** Signs the store's tokens (HMAC-SHA-256). */
  readonly key: Uint8Array;
  readonly vantage: string;
}

export function createIdentity(vantage: string): Identity {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567';
  const instance = Array.from(randomBytes(12), (byte) => letters[byte % letters.length]).join('');
  return { instance, key: randomBytes(32), vantage };
}

export function writeIdentity(db: Database, identity: Identity, now: Instant): void {
  db.prepare('INSERT INTO meta (one, instance, key, vantage, created_at) VALUES (1, ?, ?, ?, ?)').run(
    identity.instance,
    identity.key,
    identity.vantage,
    toMicros(now),
  );
}

export function readIdentity(db: Database): Identity | null {
  return db.prepare<[], Identity>('SELECT instance, key, vantage FROM meta').get() ?? null;
}

export interface Pulse {
  set(at: Instant): void;
  get(): Instant | null;
}

/** The last instant at which a running agent wrote to the store. */
export function createPulse(db: Database): Pulse {
  const set = db.prepare('UPDATE meta SET last_alive_at = ?');
  const get = db.prepare<[], number | null>('SELECT last_alive_at FROM meta').pluck();
  return {
    set: (at) => void set.run(toMicros(at)),
    get() {
      const at = get.get() ?? null;
      return at === null ? null : fromMicros(at);
    },
  };
}
