import type { Database } from 'better-sqlite3';

const TABLES = ['exclusions', 'exclusion_acts', 'records', 'record_withdrawals'] as const;

/**
 * Copies of the tables that people enter into, which stand before the true ones for this connection until its transaction
 * is rolled back: what is entered then is entered nowhere, and all that is computed from the store takes it in. A
 * connection that only reads can do so, too. To be called inside a transaction.
 */
export function shadowEntries(db: Database): void {
  const sqlOf = db
    .prepare<[string], string>("SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = ?")
    .pluck();
  for (const table of TABLES) {
    // SQLite looks for a table without a schema's name in temp first.
    db.exec((sqlOf.get(table) ?? '').replace(/^CREATE TABLE/, 'CREATE TEMP TABLE'));
    db.exec(`INSERT INTO temp.${table} SELECT * FROM main.${table}`);
  }
}
