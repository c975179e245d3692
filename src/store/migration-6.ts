/**
 * The sixth step of the schema: records can be taken back, as windows can. Never edited once it was released (see
 * migrations.ts).
 */
export const WITHDRAWN_RECORDS = `
  CREATE TABLE record_withdrawals (
    record TEXT PRIMARY KEY REFERENCES records (id),
    withdrawn_by TEXT NOT NULL CHECK (withdrawn_by <> ''),
    withdrawn_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER record_withdrawals_stay BEFORE UPDATE ON record_withdrawals
    BEGIN SELECT RAISE(ABORT, 'what was withdrawn stays so'); END;
  CREATE TRIGGER record_withdrawals_are_kept BEFORE DELETE ON record_withdrawals
    BEGIN SELECT RAISE(ABORT, 'what was withdrawn stays so'); END;
  CREATE TRIGGER record_withdrawals_of_what_stands BEFORE INSERT ON record_withdrawals
    WHEN EXISTS (SELECT 1 FROM records WHERE replaces = NEW.record)
    BEGIN SELECT RAISE(ABORT, 'a record that was replaced is not withdrawn'); END;
  CREATE TRIGGER records_replace_what_stands BEFORE INSERT ON records
    WHEN EXISTS (SELECT 1 FROM record_withdrawals WHERE record = NEW.replaces)
    BEGIN SELECT RAISE(ABORT, 'a record replaces one that was not withdrawn'); END;
`;
