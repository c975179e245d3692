import type { Database } from 'better-sqlite3';
import type { Watermark } from '../probe/ports.ts';

export interface WatermarkTable {
  get(system: string, mailbox: string, folder: string): Watermark | null;
  set(system: string, mailbox: string, folder: string, mark: Watermark): void;
}

export function createWatermarkTable(db: Database): WatermarkTable {
  const get = db.prepare<[string, string, string], Watermark>(
    `SELECT uid_validity AS uidValidity, uid_next AS uidNext FROM watermarks
     WHERE system = ? AND mailbox = ? AND folder = ?`,
  );
  const set = db.prepare(
    `INSERT INTO watermarks (system, mailbox, folder, uid_validity, uid_next) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET uid_validity = excluded.uid_validity, uid_next = excluded.uid_next`,
  );
  return {
    get: (system, mailbox, folder) => get.get(system, mailbox, folder) ?? null,
    set: (system, mailbox, folder, mark) => void set.run(system, mailbox, folder, mark.uidValidity, mark.uidNext),
  };
}
