import type { Database } from 'better-sqlite3';
import type { Millis } from '../facts/facts.ts';
import { createPulse } from '../store/meta.ts';

/** Until when a store was told what happened: its agent last wrote then. 0: no agent ever did. Whole ms, floored. */
export function knownUntil(db: Database): Millis {
  return Math.floor(createPulse(db).get() ?? 0);
}
